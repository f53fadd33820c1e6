"""What the library raises, named by what is to be done: the one place that knows its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bots.errors import ChannelAuthError, DeliveryRefused, DeliveryRetry, DeliveryUncertain

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_AGAIN_S: Final = 2.0
ADVICE: Final = "is SWITCHBOARD_TELEGRAM_TOKEN right? @BotFather shows it"


class Moved(DeliveryRetry):
    """The group has another id now."""

    def __init__(self, chat: int) -> None:
        """`chat` is its new id."""
        super().__init__(0.1, "the group became a supergroup")
        self.chat = chat


class Unformatted(DeliveryRefused):
    """Telegram does not take the formatting."""


class TopicGone(DeliveryRefused):
    """The forum topic does not exist any more."""


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    _, (after,) = error.__reduce__()
    return float(after)


@asynccontextmanager
async def mapped() -> AsyncIterator[None]:
    """Raise ours instead of the library's: ChannelAuthError, DeliveryRetry, DeliveryRefused, DeliveryUncertain."""
    try:
        yield
    except RetryAfter as error:
        raise DeliveryRetry(seconds(error), "Telegram says that we write too fast") from error
    except ChatMigrated as error:
        raise Moved(error.new_chat_id) from error
    except InvalidToken as error:
        raise ChannelAuthError(f"Telegram refuses the token; {ADVICE}") from error
    except Forbidden as error:
        raise DeliveryRefused("the customer has blocked the bot, or it may not write there") from error
    except BadRequest as error:
        raise _refused(error) from error
    except NetworkError as error:
        if isinstance(error.__cause__, _NOT_SENT):
            raise DeliveryRetry(_AGAIN_S, "Telegram cannot be reached") from error
        raise DeliveryUncertain(f"Telegram's answer was lost: {type(error).__name__}") from error
    except TelegramError as error:
        raise DeliveryUncertain(f"Telegram answered something else: {type(error).__name__}") from error


def _refused(error: BadRequest) -> DeliveryRefused:
    said = error.message.lower()
    if "parse entities" in said or "entity" in said:
        return Unformatted("Telegram does not take the formatting")
    if "thread not found" in said:
        return TopicGone("the topic does not exist any more")
    return DeliveryRefused(f"Telegram refuses it: {error.message}")
