"""The names of our languages, each in itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文", "ja": "日本語", "ko": "한국어"}


def own_names(languages: Iterable[str]) -> dict[str, str]:
    """How speakers of each language call it; a tag we have no name for stands for itself."""
    return {language: _NAMES.get(language, language) for language in languages}
