"""Telegram's Bot API server, strictly: updates wait until they are confirmed, limits and errors are the real ones."""

from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.state import BOT, Json, Sent
from tests.fakes.telegram.troubles import EVERYWHERE, Trouble

__all__ = ["BOT", "EVERYWHERE", "FakeTelegram", "Json", "Sent", "Trouble"]
