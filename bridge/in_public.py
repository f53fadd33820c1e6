"""What the bot says where others read along: articles, and the way to the private chat for everything else. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bridge.articles import article_ref, article_text, offers
from bridge.brain import Brain
from bridge.policy import (
    Answer,
    AnswerAndHandOff,
    Clarify,
    Decision,
    Feedback,
    HandOff,
    Rephrase,
    SmallTalk,
    decide,
)
from bridge.transcript import Turn
from bridge.types import Article, Ended, Interpretation, Observed


def act(turn: Turn, decision: Decision, brain: Brain) -> None:
    """Do what was decided, without a person and without a word about an account."""
    language = turn.conversation.language
    match decision:
        case Answer():
            _answer(turn, decision.article, brain)
        case AnswerAndHandOff():
            _answer(turn, decision.article, brain, also=brain.phrases.say("in_private", language))
        case SmallTalk():
            turn.say(brain.phrases.say(decision.phrase, language))
        case Feedback():
            turn.say(brain.phrases.say("helped_thanks" if decision.helped else "in_private", language))
        case Clarify():
            turn.conversation = replace(turn.conversation, misses=turn.conversation.misses + 1)
            shown = offers(decision.candidates, turn.conversation, brain)
            turn.say(brain.phrases.say("clarify", language), offers=shown)
        case Rephrase():
            turn.conversation = replace(turn.conversation, misses=turn.conversation.misses + 1)
            turn.say(brain.phrases.say("rephrase", language), leads_private=True)
        case HandOff():
            turn.say(brain.phrases.say("in_private", language), leads_private=True)
        case _:
            assert_never(decision)


def observed(turn: Turn, entry: Observed, heard: Interpretation | None, brain: Brain) -> None:
    """Record what was said among others; answer it only where that is wanted, and then only with a sure article."""
    turn.heard(entry.text, entry.external_id, at=entry.at, understood=heard, attachments=entry.attachments)
    decision = None if heard is None else decide(turn.conversation, heard, brain.rules, brain.answers)
    if isinstance(decision, Answer | AnswerAndHandOff) and heard is not None:
        turn.conversation = replace(turn.conversation, language=heard.language)
        act(turn, decision, brain)
        turn.account(entry.external_id, Ended.ANSWERED, decision.article.intent)
        return
    turn.account(entry.external_id, Ended.CLOSED)


def _answer(turn: Turn, article: Article, brain: Brain, also: str = "") -> None:
    turn.conversation = replace(turn.conversation, misses=0, topic=None)
    said = article_text(article, turn.conversation, brain)
    text = "\n\n".join(filter(None, (said, also)))
    turn.say(text, article=article_ref(article), leads_private=bool(also))
