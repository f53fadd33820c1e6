"""The web channel's own word."""

from __future__ import annotations

from typing import Final

from bridge.types import ChannelName

WEB: Final = ChannelName("web")
