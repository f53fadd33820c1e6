"""The core's scripts, broken on purpose: the tests of the tests."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.store import SOURCES, Name

_WHOLE = SOURCES
_FENCE = "if done + 1 ~= first then"
_SEEN = "if seen then return seen end"


def mutated(mutation: str) -> Mapping[Name, str]:
    """The scripts without the fence, without the dedupe, or whole."""
    match mutation:
        case "none":
            return _WHOLE
        case "fence":
            return {**_WHOLE, "commit": _without(_WHOLE["commit"], _FENCE, "if false then")}
        case "dedupe":
            return {**_WHOLE, "put": _without(_WHOLE["put"], _SEEN, "")}
    raise ValueError(mutation)


def _without(source: str, rule: str, instead: str) -> str:
    assert source.count(rule) == 1, "the script no longer has the rule that this mutation removes"
    return source.replace(rule, instead)
