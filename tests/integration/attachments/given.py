"""What the tests of files share."""

from __future__ import annotations

from pathlib import Path

from bots.attachments.settings import AttachmentSettings
from bridge.types import ConversationId

ANN, BOB = ConversationId("web:ann"), ConversationId("web:bob")


def limited(settings: AttachmentSettings, **limits: int) -> AttachmentSettings:
    """The same with other limits."""
    return settings.model_copy(update={"limits": settings.limits.model_copy(update=limits)})


def scanned(settings: AttachmentSettings, clamd: str, patience: float) -> AttachmentSettings:
    """The same with a scanner."""
    return settings.model_copy(
        update={"scanner": settings.scanner.model_copy(update={"clamd": clamd, "timeout": patience})}
    )


def kept(var: Path) -> list[Path]:
    """Every file below `var`, whole or not."""
    return sorted(path for path in (var / "attachments").rglob("*") if path.is_file())
