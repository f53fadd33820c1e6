"""Puts the four packages together and runs them: the only module that knows them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

from bots.delivery import Delivery
from bots.health import Health
from bots.knowledge import Knowledge
from bots.metrics import Metrics, TimedInterpreter
from bots.registry import CHANNELS, from_history
from bots.settings import Settings
from bots.stores import Stores, open_stores
from bridge.events import Events
from bridge.inbox import Inbox
from bridge.later import run_later
from bridge.live import Live
from bridge.ports import Interpreter
from bridge.router import Router
from bridge.worker import Worker
from handoff.database import Database
from handoff.migrate import migrate
from handoff.queues import load_rules as load_desk_rules
from handoff.service import HandOff
from handoff.service import run as run_hand_off

log = logging.getLogger(__name__)

_METERS_EACH_S: Final = 5.0


class Role(StrEnum):
    """What a process does. One process does all of it, or several share it."""

    WEB = "web"
    BRIDGE = "bridge"
    HANDOFF = "handoff"
    CHANNELS = "channels"


class SystemClock:
    """The one clock."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)
