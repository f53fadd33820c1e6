"""What the bot would do with a text, in one word: for `/model/parse` and `switchboard parse`."""

from __future__ import annotations

from typing import assert_never

from bridge.brain import Brain
from bridge.policy import Answer, AnswerAndHandOff, Clarify, Feedback, HandOff, Rephrase, SmallTalk, decide
from bridge.ports import Interpreter
from bridge.types import Address, ChannelName, Conversation, ConversationId, Interpretation, Utterance
from nlu.gathered import Gathered
from nlu.wire import Parsed, parsed

_NOBODY = Conversation(id=ConversationId("parse:"), address=Address(channel=ChannelName("parse"), key=""))


async def parse(gathered: Gathered, brain: Brain, text: str, language: str = "en") -> Parsed:
    """Understand a text as the first of a conversation. Raises NluUnavailable."""
    interpretation = await gathered.interpret(Utterance(text=text, language=language))
    return parsed(text, interpretation, decision_word(interpretation, brain))


async def model(interpreter: Interpreter) -> str:
    """Name the model that interprets now. Raises NluUnavailable."""
    return (await interpreter.interpret([Utterance(text="hello", language="en")]))[0].model


def decision_word(interpretation: Interpretation, brain: Brain) -> str:
    """Return `answer`, `clarify` (a question back) or `handoff`."""
    decision = decide(_NOBODY, interpretation, brain.rules, brain.answers)
    match decision:
        case Answer() | SmallTalk() | Feedback():
            return "answer"
        case Clarify() | Rephrase():
            return "clarify"
        case HandOff() | AnswerAndHandOff():
            return "handoff"
    assert_never(decision)
