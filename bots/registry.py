"""Every channel, one line each."""

from __future__ import annotations

from typing import Final

from bridge.types import ChannelName

FROM_HISTORY: Final = frozenset({ChannelName("web"), ChannelName("rest")})
"""Channels whose lines are delivered when they stand in the history: their clients fetch what they missed."""
