"""What is said, as X's posts and direct messages: plain text, choices as a numbered list. Pure."""

from __future__ import annotations

import re
from typing import Final

from bots.channel import Limits, Unit
from bots.markup import Styled, plain, styled
from bots.rendering import split, with_choices
from bridge.types import Say

LIMITS: Final = Limits(text=10_000, unit=Unit.CODE_POINTS, choices=0, attachments=0)
"""Those of a direct message; a public post carries less."""
POST: Final = 280
_LINK: Final = re.compile(r"https?://\S+|\b[\w-]+\.(?:com|org|net|io|example)\b(?:/\S*)?")


def messages(say: Say) -> list[str]:
    """A reply as direct messages."""
    name = f"{say.agent.name}:\n" if say.agent is not None else ""
    text = plain(styled(with_choices(say.text, say.choices)))
    return split(f"{name}{text}", LIMITS.text, LIMITS.unit)


def posts(say: Say, username: str | None, *, links: bool) -> list[str]:
    """A reply as a thread of posts. The customer's name comes first: X refuses the same words twice a day."""
    whole = styled(with_choices(say.text, say.choices))
    said = plain(whole) if links else _unlinked(whole)
    name = f"@{username} " if username else ""
    return split(f"{name}{said}", POST, Unit.WEIGHTED)


def has_link(text: str) -> bool:
    """Whether X takes a part of a text for a link, and charges for it."""
    return _LINK.search(text) is not None


def _unlinked(whole: Styled) -> str:
    """The text with the words of its links, without their addresses."""
    return re.sub(r"https?://\S+", "", whole.text)
