"""Discord's channels, threads and members as addresses, and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.errors import DeliveryRefused
from bridge.types import Address, ChannelName

DISCORD: Final = ChannelName("discord")


@dataclass(frozen=True, slots=True)
class Place:
    """A direct chat or a thread; or one member in a channel that many share."""

    channel: str
    member: str | None = None
    public: bool = False

    @property
    def address(self) -> Address:
        """The chat or thread; among others with the member behind."""
        key = self.channel if self.member is None else f"{self.channel}:{self.member}"
        return Address(channel=DISCORD, key=key, public=self.public)


def place_of(address: Address) -> Place:
    """Read an address of ours. Raises DeliveryRefused for any other."""
    channel, mark, member = address.key.partition(":")
    if not channel.isdecimal() or (mark and not member.isdecimal()):
        raise DeliveryRefused("this address is not Discord's")
    return Place(channel, member or None, public=address.public)
