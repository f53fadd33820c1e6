"""Refusals on command."""

from __future__ import annotations

from typing import Final

from tests.fakes.x import problems
from tests.fakes.x.limits import DAY, DAY_S, told
from tests.fakes.x.shapes import Trouble
from tests.fakes.x.writing import CLOSED

_SOON_S: Final = 3


def fail(trouble: Trouble | None, headers: dict[str, str], now: int) -> None:
    """Raise what a trouble means, where it means an answer; `headers` then tell of the limit that was met."""
    match trouble:
        case Trouble.SLOW_DOWN:
            headers |= told(5, 0, now + _SOON_S)
            raise problems.slow_down()
        case Trouble.DAY_LIMIT:
            headers |= told(500, 0, now + DAY_S, DAY)
            raise problems.slow_down()
        case Trouble.UNAUTHORIZED:
            raise problems.unauthorized()
        case Trouble.FORBIDDEN:
            raise problems.forbidden(CLOSED)
        case Trouble.BROKEN:
            raise problems.broken()
        case Trouble.OVERLOADED:
            raise problems.overloaded()
        case Trouble.CAPPED:
            raise problems.usage_capped()
        case Trouble.SPENT:
            raise problems.spend_capped()
        case _:
            pass
