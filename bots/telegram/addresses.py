"""Telegram's chats, topics and members as addresses, and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.errors import DeliveryRefused
from bridge.types import Address, ChannelName

TELEGRAM: Final = ChannelName("telegram")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a private chat has neither topic nor member."""

    chat: int
    topic: int | None = None
    member: int | None = None

    @property
    def address(self) -> Address:
        """The private chat itself; in a group the chat, the topic (0: none) and the member."""
        if self.member is None:
            return Address(channel=TELEGRAM, key=str(self.chat))
        return Address(channel=TELEGRAM, key=f"{self.chat}:{self.topic or 0}:{self.member}", public=True)


def place_of(address: Address) -> Place:
    """Read an address of ours. Raises DeliveryRefused for any other."""
    try:
        match [int(part) for part in address.key.split(":")]:
            case [chat]:
                return Place(chat)
            case [chat, topic, member]:
                return Place(chat, topic or None, member)
    except ValueError:
        pass
    raise DeliveryRefused("this address is not Telegram's")
