"""What the library raises, named by what is to be done: the one place that knows its errors."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from tweepy.errors import (
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    TooManyRequests,
    TwitterServerError,
    Unauthorized,
)

from bots.errors import ChannelAuthError, DeliveryRefused, DeliveryRetry, DeliveryUncertain

_WINDOW_S: Final = 900.0
"""X counts requests in windows of 15 minutes."""
_AGAIN_S: Final = 5.0
ADVICE: Final = "are the four SWITCHBOARD_X_… credentials of one app, with read, write and direct message permission?"


@asynccontextmanager
async def mapped() -> AsyncIterator[None]:
    """Raise ours instead of the library's: ChannelAuthError, DeliveryRetry, DeliveryRefused, DeliveryUncertain."""
    try:
        yield
    except TooManyRequests as error:
        if _capped(error):
            raise DeliveryRefused("X says that the plan's volume is used up") from error
        reset = error.reset_time
        raise DeliveryRetry(max(1.0, reset - time.time()) if reset else _WINDOW_S, "X's limit is reached") from error
    except Unauthorized as error:
        raise ChannelAuthError(f"X refuses the credentials; {ADVICE}") from error
    except Forbidden as error:
        if _capped(error):
            raise DeliveryRefused("X says that the plan's volume is used up") from error
        raise DeliveryRefused(f"X refuses it: {_words(error)}") from error
    except (BadRequest, NotFound) as error:
        raise DeliveryRefused(f"X refuses it: {_words(error)}") from error
    except TwitterServerError as error:
        if error.response.status == 503:
            # Documented as "overloaded, try again later": it was not taken.
            raise DeliveryRetry(_AGAIN_S, "X is overloaded") from error
        raise DeliveryUncertain("X failed inside") from error
    except HTTPException as error:
        raise DeliveryUncertain(f"X answered something else: {type(error).__name__}") from error
    except aiohttp.ClientConnectorError as error:
        raise DeliveryRetry(_AGAIN_S, "X cannot be reached") from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an answer that is no JSON, from something between X and us.
        raise DeliveryUncertain(f"X's answer was lost: {type(error).__name__}") from error


def _capped(error: HTTPException) -> bool:
    return "usage cap" in str(error).lower()


def _words(error: HTTPException) -> str:
    return "; ".join(str(one) for one in error.api_messages) or type(error).__name__
