"""What a payload looks like without a word of what stands in it: for the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_DEEP: Final = 4
_WIDE: Final = 30
_KEY: Final = 40


def shape(value: object, deep: int = _DEEP) -> object:
    """Keys and types of a payload; texts, numbers and ids are left out."""
    if deep and isinstance(value, Mapping):
        return {str(key)[:_KEY]: shape(inner, deep - 1) for key, inner in list(value.items())[:_WIDE]}
    if deep and isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [shape(inner, deep - 1) for inner in value[:1]]
    return type(value).__name__
