"""What a visitor does, as an entry of his conversation's mailbox. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, assert_never

from bots.web.frames import external
from bots.web.parse import Choose, Human, Leave, Rate, Said
from bridge.types import (
    Address,
    Attachment,
    ChoiceId,
    Chosen,
    Entry,
    ExternalId,
    Incoming,
    PersonWanted,
    QueueLeft,
    Rated,
)

Act: TypeAlias = Said | Choose | Human | Leave | Rate
"""The frames that are stored, and acknowledged by their ids."""


def entry(act: Act, address: Address, language: str, at: datetime, files: tuple[Attachment, ...] = ()) -> Entry:
    """Return what to put, a message with its files. The same act has the same external id, however often it is sent."""
    external_id = ExternalId(external(act.type, act.id))
    match act:
        case Said():
            return Incoming(
                address=address, external_id=external_id, text=act.text, at=at, language=language, attachments=files
            )
        case Choose():
            choice = ChoiceId(act.choice)
            return Chosen(address=address, external_id=external_id, choice=choice, at=at, language=language)
        case Human():
            return PersonWanted(address=address, external_id=external_id, at=at, language=language)
        case Leave():
            return QueueLeft(address=address, external_id=external_id, at=at)
        case Rate():
            return Rated(address=address, external_id=external_id, score=act.score, comment=act.comment, at=at)
        case _:
            assert_never(act)
