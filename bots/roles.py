"""What a process does of all that there is to do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """One process does all of it, or several share it."""

    WEB = "web"
    BRIDGE = "bridge"
    HANDOFF = "handoff"
    CHANNELS = "channels"
