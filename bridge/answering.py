"""What the bot does with a customer's words and buttons. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, assert_never

from bridge import casework, in_public
from bridge.articles import article_ref, article_text, cite, offers
from bridge.brain import Brain
from bridge.choices import picked
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
    for_intent,
)
from bridge.script import is_traditional
from bridge.transcript import Turn
from bridge.types import (
    Article,
    AskPerson,
    Began,
    Certainty,
    ChoiceId,
    Chosen,
    Ended,
    Incoming,
    Intent,
    Interpretation,
    LanguageSet,
    Meaning,
    NoneOfThese,
    PersonWanted,
    PickIntent,
    Reason,
    SayHelped,
    SkipDetail,
    Status,
    Unreachable,
    Woken,
)

OPENING: Final = "intent:"
"""A choice id that begins so asks an article's question at any time; the widget's opening buttons are such."""
_ASSETS: Final = frozenset({"coin", "network"})
_DETAIL_CHARACTERS: Final = 500
_SHAPES: Final = {
    "uid": re.compile(r"(?<!\d)\d{6,12}(?!\d)"),
    "txid": re.compile(
        r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{64}(?![0-9A-Za-z])|(?<!\w)[1-9A-HJ-NP-Za-km-z]{80,90}(?!\w)"
    ),
    "order": re.compile(r"(?<!\d)\d{8,24}(?!\d)"),
}


def incoming(turn: Turn, entry: Incoming, heard: Interpretation | None, brain: Brain) -> None:
    """Answer a message, or leave it to the person who holds the conversation."""
    pick = picked(entry.text, turn.conversation) if turn.conversation.status is not Status.HUMAN else None
    if pick is not None and not entry.attachments:
        _chosen(turn, entry, pick.id, entry.text, brain)
        return
    heard = _begin(turn, entry.language, heard)
    _note_script(turn, entry.text)
    if entry.name:
        turn.conversation = replace(turn.conversation, name=entry.name)
    turn.heard(entry.text, entry.external_id, at=entry.at, understood=heard, attachments=entry.attachments)
    if turn.conversation.status is Status.HUMAN:
        turn.account(entry.external_id, Ended.QUEUED)
        return
    if _is_detail(turn, entry, heard):
        casework.detail_given(turn, _detail(turn, entry), brain)
        turn.account(entry.external_id, Ended.QUEUED)
        return
    if heard is None and not entry.text.strip():
        turn.say(brain.phrases.say("got_file", turn.conversation.language))
        turn.account(entry.external_id, Ended.ANSWERED)
        return
    decision = decide(turn.conversation, heard, brain.rules, brain.answers)
    turn.conversation = replace(turn.conversation, question=entry.text)
    _remember(turn, heard)
    _act(turn, decision, heard, brain)
    turn.account(entry.external_id, _ended(turn), _intent(heard))


def chosen(turn: Turn, entry: Chosen, brain: Brain) -> None:
    """Do what a button means."""
    _chosen(turn, entry, entry.choice, "", brain)


def began(turn: Turn, entry: Began, brain: Brain) -> None:
    """Greet a customer who opened the chat, with the questions that are asked most."""
    _begin(turn, entry.language, None)
    if entry.name:
        turn.conversation = replace(turn.conversation, name=entry.name)
    language = turn.conversation.language
    if turn.conversation.status is Status.QUEUED:
        turn.say(brain.phrases.say("already_queued", language))
    elif turn.conversation.status is not Status.HUMAN:
        opening = [(article.title, PickIntent(intent=article.intent)) for article in brain.answers.opening(language)]
        turn.say(brain.phrases.say("welcome", language), offers=opening)
    turn.account(entry.external_id, _ended(turn))


def language_set(turn: Turn, entry: LanguageSet, brain: Brain) -> None:
    """Keep to the language the customer chose."""
    conversation = turn.conversation
    chosen = entry.language is not None
    language = entry.language or conversation.language
    turn.conversation = replace(conversation, language=language, language_set=chosen, language_chosen=chosen)
    turn.say(brain.phrases.say("language_kept" if chosen else "language_followed", language))
    turn.account(entry.external_id, Ended.ANSWERED)


def unreachable(turn: Turn, entry: Unreachable) -> None:
    """Send nothing more until the customer writes again, and tell the agent."""
    if turn.conversation.reachable:
        turn.conversation = replace(turn.conversation, reachable=False)
        turn.note("The customer has blocked the bot: nothing reaches them until they write again.")


def _chosen(turn: Turn, entry: Chosen | Incoming, choice: ChoiceId, said: str, brain: Brain) -> None:
    _begin(turn, entry.language, None)
    meaning, label = _meaning(turn, choice, brain)
    turn.heard(said or label, entry.external_id, at=entry.at)
    if turn.conversation.status is Status.HUMAN:
        turn.account(entry.external_id, Ended.QUEUED)
        return
    match meaning:
        case None:
            turn.say(brain.phrases.say("choice_gone", turn.conversation.language))
        case PickIntent():
            language = turn.conversation.language
            decision = for_intent(turn.conversation, meaning.intent, language, brain.rules, brain.answers)
            turn.conversation = replace(turn.conversation, question=turn.conversation.question or label)
            _act(turn, decision, None, brain, intent=meaning.intent)
        case SayHelped():
            _act(turn, Feedback(helped=meaning.helped), None, brain, intent=meaning.intent)
        case AskPerson():
            _act(turn, HandOff(reason=Reason.ASKED), None, brain, intent=turn.conversation.topic)
        case NoneOfThese():
            missed = turn.conversation.misses >= brain.rules.misses_before_person
            _act(turn, HandOff(reason=Reason.NOT_UNDERSTOOD) if missed else Rephrase(), None, brain)
        case SkipDetail():
            casework.detail_given(turn, None, brain)
        case _:
            assert_never(meaning)
    turn.account(entry.external_id, _ended(turn))


def person_wanted(turn: Turn, entry: PersonWanted, brain: Brain) -> None:
    """Bring a person because the customer pressed for one."""
    _begin(turn, entry.language, None)
    if turn.conversation.status is not Status.HUMAN:
        turn.heard(brain.phrases.say("person", turn.conversation.language), entry.external_id, at=entry.at)
        _act(turn, HandOff(reason=Reason.ASKED), None, brain, intent=turn.conversation.topic)
    turn.account(entry.external_id, _ended(turn))


def woken(turn: Turn, entry: Woken) -> None:
    """Stop asking for details when the customer did not answer; the place in line is kept anyway."""
    case = turn.conversation.case
    if case is not None and case.asking and turn.conversation.last_line <= entry.line + 1:
        turn.conversation = replace(turn.conversation, case=replace(case, asking=()))


def _begin(turn: Turn, hint: str | None, heard: Interpretation | None) -> Interpretation | None:
    """Begin anew after a solved case, and settle the language; return what was heard, in that language."""
    conversation = replace(turn.conversation, reachable=True)
    if conversation.language_chosen:
        heard = None if heard is None else replace(heard, language=conversation.language)
    elif heard is not None:
        conversation = replace(conversation, language=heard.language, language_set=True)
    elif hint and not conversation.language_set:
        conversation = replace(conversation, language=hint, language_set=True)
    if conversation.status is Status.RESOLVED:
        conversation = replace(conversation, status=Status.BOT, case=None, topic=None, misses=0)
    turn.conversation = conversation
    return heard


def _note_script(turn: Turn, text: str) -> None:
    if turn.conversation.language == "zh" and (traditional := is_traditional(text)) is not None:
        turn.conversation = replace(turn.conversation, traditional=traditional)


def _act(
    turn: Turn, decision: Decision, heard: Interpretation | None, brain: Brain, intent: Intent | None = None
) -> None:
    intent = intent or _intent(heard)
    language = turn.conversation.language
    if turn.conversation.address.public:
        in_public.act(turn, decision, brain)
        return
    match decision:
        case Answer():
            _answer(turn, decision.article, brain)
        case AnswerAndHandOff():
            before = article_text(decision.article, turn.conversation, brain)
            casework.hand_off(
                turn,
                decision.reason,
                decision.article.intent,
                brain,
                question=turn.conversation.question,
                heard=heard,
                before=before,
            )
            cite(turn, decision.article)
        case SmallTalk():
            turn.conversation = replace(turn.conversation, misses=0)
            turn.say(brain.phrases.say(decision.phrase, language))
        case Feedback():
            _feedback(turn, decision.helped, brain)
        case Clarify():
            _offer(turn, "clarify", decision.candidates, brain)
        case Rephrase():
            turn.conversation = replace(turn.conversation, misses=turn.conversation.misses + 1)
            phrase = "out_of_scope" if _outside(heard) else "rephrase"
            turn.say(brain.phrases.say(phrase, language), offers=[_person(brain, language)])
        case HandOff():
            casework.hand_off(
                turn,
                decision.reason,
                intent,
                brain,
                question=turn.conversation.question,
                heard=heard,
            )
        case _:
            assert_never(decision)


def _answer(turn: Turn, article: Article, brain: Brain) -> None:
    language = turn.conversation.language
    turn.conversation = replace(turn.conversation, misses=0, topic=article.intent)
    helped, not_helped = (brain.phrases.say(key, language) for key in ("helped", "not_helped"))
    turn.say(
        article_text(article, turn.conversation, brain),
        article=article_ref(article),
        offers=[
            (helped, SayHelped(intent=article.intent, helped=True)),
            (not_helped, SayHelped(intent=article.intent, helped=False)),
        ],
    )


def _feedback(turn: Turn, helped: bool, brain: Brain) -> None:
    conversation = turn.conversation
    if helped:
        turn.conversation = replace(conversation, topic=None, alternatives=(), misses=0)
        turn.say(brain.phrases.say("helped_thanks", conversation.language))
        return
    found = [brain.answers.find(intent, conversation.language) for intent in conversation.alternatives]
    articles = [article for article in found if article is not None and article.intent != conversation.topic]
    turn.conversation = replace(conversation, alternatives=())
    if articles:
        _offer(turn, "not_helped_alternatives", articles[: brain.rules.candidates], brain)
        return
    _act(turn, HandOff(reason=Reason.NOT_HELPED), None, brain, intent=conversation.topic)


def _offer(turn: Turn, phrase: str, articles: Sequence[Article], brain: Brain) -> None:
    language = turn.conversation.language
    turn.conversation = replace(turn.conversation, misses=turn.conversation.misses + 1)
    shown = [*offers(articles, turn.conversation, brain), _person(brain, language)]
    turn.say(brain.phrases.say(phrase, language), offers=shown)


def _person(brain: Brain, language: str) -> tuple[str, Meaning]:
    return brain.phrases.say("person", language), AskPerson()


def _meaning(turn: Turn, choice: ChoiceId, brain: Brain) -> tuple[Meaning | None, str]:
    for offer in turn.conversation.offers:
        if offer.choice.id == choice:
            return offer.meaning, offer.choice.label
    if choice.startswith(OPENING):
        intent = Intent(choice.removeprefix(OPENING))
        article = brain.answers.find(intent, turn.conversation.language)
        if article is not None:
            turn.conversation = replace(turn.conversation, question=article.title)
            return PickIntent(intent=intent), article.title
    return None, "…"


def _is_detail(turn: Turn, entry: Incoming, heard: Interpretation | None) -> bool:
    """Whether a message answers the question for a detail, rather than asking one of its own."""
    case = turn.conversation.case
    if turn.conversation.status is not Status.QUEUED or case is None or not case.asking:
        return False
    if _shaped(case.asking[0], entry.text) is not None or (case.asking[0] == "screenshot" and entry.attachments):
        return True
    return heard is None or heard.certainty is not Certainty.SURE or _intent(heard) in ("deny", "affirm")


def _detail(turn: Turn, entry: Incoming) -> str | None:
    case = turn.conversation.case
    assert case is not None
    shaped = _shaped(case.asking[0], entry.text)
    if shaped is not None:
        return shaped
    names = ", ".join(attachment.name for attachment in entry.attachments)
    return (entry.text.strip() or names)[:_DETAIL_CHARACTERS] or None


def _shaped(name: str, text: str) -> str | None:
    shape = _SHAPES.get(name)
    found = shape.search(text) if shape is not None else None
    return found[0] if found else None


def _remember(turn: Turn, heard: Interpretation | None) -> None:
    """Keep what a choice, made later, is answered by."""
    if heard is not None:
        others = tuple(ranked.intent for ranked in heard.ranking[1:6])
        named = dict.fromkeys(one.value for one in heard.entities if one.entity in _ASSETS)
        turn.conversation = replace(turn.conversation, alternatives=others, assets=tuple(named))


def _outside(heard: Interpretation | None) -> bool:
    return _intent(heard) == "out_of_scope"


def _intent(heard: Interpretation | None) -> Intent | None:
    return heard.ranking[0].intent if heard is not None and heard.ranking else None


def _ended(turn: Turn) -> Ended:
    return Ended.QUEUED if turn.conversation.status in (Status.QUEUED, Status.HUMAN) else Ended.ANSWERED
