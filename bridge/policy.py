"""Decides what the bot does with one understood message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.ports import Answers
from bridge.types import Article, Certainty, Conversation, Intent, Interpretation, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The numbers and lists of data/config/policy.toml."""

    urgent: frozenset[Intent]
    urgent_from: float
    security: frozenset[Intent]
    person: frozenset[Intent]
    complaint: frozenset[Intent]
    small_talk: Mapping[Intent, str]
    affirm: Intent
    deny: Intent
    misses_before_person: int
    candidates: int
    details_wait: timedelta
    details_most: int
    details: Mapping[str, tuple[str, ...]]
    details_default: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Say an article."""

    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAndHandOff:
    """Say an article, and bring a person at once."""

    article: Article
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTalk:
    """Say one of the bot's own phrases."""

    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The customer says in words whether the last answer helped."""

    helped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarify:
    """Offer a few articles as choices."""

    candidates: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rephrase:
    """Ask to say it in other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """Bring a person."""

    reason: Reason


Decision = Answer | AnswerAndHandOff | SmallTalk | Feedback | Clarify | Rephrase | HandOff


def decide(conversation: Conversation, heard: Interpretation | None, rules: Rules, answers: Answers) -> Decision:
    """Return the next step. Pure: the same input gives the same decision.

    No understanding means a person. A sure meaning is followed: safety beats a wish, a wish beats an
    answer. Doubt asks, and after too many misses a person comes.
    """
    if heard is None:
        return HandOff(reason=Reason.NLU_DOWN)
    if heard.certainty is Certainty.SURE and heard.ranking:
        return for_intent(conversation, heard.ranking[0].intent, heard.language, rules, answers)
    if conversation.misses >= rules.misses_before_person:
        return HandOff(reason=Reason.NOT_UNDERSTOOD)
    if heard.certainty is Certainty.DOUBT:
        offered = [answers.find(intent, heard.language) for intent in heard.candidates]
        articles = tuple(article for article in offered if article is not None)[: rules.candidates]
        if articles:
            return Clarify(candidates=articles)
        if any(intent in rules.person for intent in heard.candidates):
            return HandOff(reason=Reason.ASKED)
    return Rephrase()


def for_intent(conversation: Conversation, intent: Intent, language: str, rules: Rules, answers: Answers) -> Decision:
    """Return the step for an intent that is certain: a sure ranking's first, or a button's."""
    article = answers.find(intent, language)
    if intent in rules.urgent:
        if article is None:
            return HandOff(reason=Reason.URGENT)
        return AnswerAndHandOff(article=article, reason=Reason.URGENT)
    if intent in rules.person:
        return HandOff(reason=Reason.ASKED)
    if intent in rules.complaint:
        return HandOff(reason=Reason.COMPLAINT)
    if conversation.topic is not None and intent in (rules.affirm, rules.deny):
        return Feedback(helped=intent == rules.affirm)
    if intent in rules.small_talk:
        return SmallTalk(phrase=rules.small_talk[intent])
    if article is None:
        return HandOff(reason=Reason.NO_ARTICLE)
    return Answer(article=article)
