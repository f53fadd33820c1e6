"""What the library raises, named by what is to be done: the one place that knows its errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import discord

from bots.errors import ChannelAuthError, DeliveryRefused, DeliveryRetry, DeliveryUncertain

_PATIENCE_S: Final = 60.0
_AGAIN_S: Final = 2.0
_BUSY_S: Final = 30.0
_CLOSED: Final = 50007
_HAS_THREAD: Final = 160004
ADVICE: Final = "is SWITCHBOARD_DISCORD_TOKEN right? The developer portal shows it below Bot"
INTENT: Final = "switch on the Message Content Intent in the developer portal, below Bot"


class DirectClosed(DeliveryRefused):
    """The member takes no direct messages."""


class ThreadExists(DeliveryRefused):
    """The message has a thread already."""


@asynccontextmanager
async def mapped(patience_s: float | None = _PATIENCE_S) -> AsyncIterator[None]:
    """Raise ours instead of the library's: ChannelAuthError, DeliveryRetry, DeliveryRefused, DeliveryUncertain.

    What takes longer than `patience_s` is given up; None: never.
    """
    try:
        async with asyncio.timeout(patience_s):
            yield
    except discord.LoginFailure as error:
        raise ChannelAuthError(f"Discord refuses the token; {ADVICE}") from error
    except discord.PrivilegedIntentsRequired as error:
        raise ChannelAuthError(f"Discord does not let the bot read messages; {INTENT}") from error
    except discord.RateLimited as error:
        raise DeliveryRetry(error.retry_after, "Discord says that we write too fast") from error
    except discord.DiscordServerError as error:
        raise DeliveryUncertain("Discord failed inside") from error
    except discord.HTTPException as error:
        raise _of_status(error) from error
    except aiohttp.ClientConnectorError as error:
        raise DeliveryRetry(_AGAIN_S, "Discord cannot be reached") from error
    except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError, LookupError, TypeError, ValueError) as error:
        # The last ones are the library's, when an answer is not what it expects.
        raise DeliveryUncertain(f"Discord's answer was lost: {type(error).__name__}") from error


def _of_status(error: discord.HTTPException) -> Exception:
    if error.status == 401:
        return ChannelAuthError(f"Discord refuses the token; {ADVICE}")
    if error.status == 429:
        return DeliveryRetry(_BUSY_S, "Discord is busy with us")
    if error.code == _CLOSED:
        return DirectClosed("the member takes no direct messages")
    if error.code == _HAS_THREAD:
        return ThreadExists("there is a thread already")
    if error.status >= 500:
        return DeliveryUncertain("Discord failed inside")
    return DeliveryRefused(f"Discord refuses it: {error.code} {error.text}")
