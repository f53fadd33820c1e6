"""The slash commands, described in every language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bots.discord.parse import Command
from bots.languages import own_names
from bridge.phrases import Phrases

_LOCALES: Final[Mapping[str, tuple[str, ...]]] = {"zh": ("zh-CN", "zh-TW"), "ja": ("ja",), "ko": ("ko",)}
"""Discord's names for our languages; English is what all others see."""
_TEXT: Final = 3
_NAMES: Final[tuple[Command, ...]] = ("ask", "human", "status", "language")
AUTO: Final = "auto"


def slash_commands(phrases: Phrases) -> list[Mapping[str, object]]:
    """What is registered with Discord."""
    options: Mapping[Command, list[Mapping[str, object]]] = {
        "ask": [_described("command_ask_question", phrases, name="question", type=_TEXT, required=True)],
        "language": [
            _described(
                "command_language_which",
                phrases,
                name="language",
                type=_TEXT,
                required=True,
                choices=[
                    {"name": name, "value": tag}
                    for tag, name in {**own_names(phrases.languages), AUTO: phrases.say("language_auto", "en")}.items()
                ],
            )
        ],
    }
    return [_described(f"command_{name}", phrases, name=name, type=1, options=options.get(name, [])) for name in _NAMES]


def _described(key: str, phrases: Phrases, **values: object) -> Mapping[str, object]:
    localized = {
        locale: phrases.say(key, language) for language in phrases.languages for locale in _LOCALES.get(language, ())
    }
    return {**values, "description": phrases.say(key, "en"), "description_localizations": localized}
