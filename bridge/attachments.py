"""How a file that came with a message looks on every screen. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NotRequired, TypeAlias, TypedDict

from bridge.types import Attachment, ConversationId

Link: TypeAlias = Callable[[Attachment, ConversationId], str]
"""Makes of a kept file the address that works for a while, for those who see a conversation."""

# Pictures that every browser draws; phones' own HEIC is drawn by few.
_DRAWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class AttachmentRow(TypedDict):
    """A file. One that was not kept has no address, and `refused` is the reason's code."""

    name: str
    media_type: str
    size: int
    url: str
    image: bool
    refused: NotRequired[str]


def attachment_row(attachment: Attachment, conversation: ConversationId, link: Link) -> AttachmentRow:
    """A file as the widget and the console show it."""
    kept = bool(attachment.url) and not attachment.refused
    row: AttachmentRow = {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "url": link(attachment, conversation) if kept else "",
        "image": kept and attachment.media_type in _DRAWN,
    }
    if attachment.refused:
        row["refused"] = attachment.refused
    return row
