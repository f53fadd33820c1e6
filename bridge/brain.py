"""What the bot knows."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.phrases import Phrases
from bridge.policy import Rules
from bridge.ports import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    """The bot's rules, its approved articles, and its own words."""

    rules: Rules
    answers: Answers
    phrases: Phrases
