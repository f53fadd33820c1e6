"""X's people as addresses, and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.errors import DeliveryRefused
from bridge.types import Address, ChannelName

X: Final = ChannelName("x")
_PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on X, by direct message or in public: what is said in public is a conversation of its own."""

    id: str
    public: bool = False

    @property
    def address(self) -> Address:
        """The author himself; in public with a mark behind."""
        key = f"{self.id}:{_PUBLIC}" if self.public else self.id
        return Address(channel=X, key=key, public=self.public)


def person_of(address: Address) -> Person:
    """Read an address of ours. Raises DeliveryRefused for any other."""
    author, mark, rest = address.key.partition(":")
    if not author.isdecimal() or (mark and rest != _PUBLIC):
        raise DeliveryRefused("this address is not X's")
    return Person(author, public=bool(mark))
