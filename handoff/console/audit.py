"""Who did what, when and from where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from bridge.ports import Clock
from bridge.types import AgentId
from handoff.database import Database, plain
from handoff.tables import audit

_LONGEST_TARGET: Final = 256


class Audit:
    """Writes the audit. Rows are only ever added."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Works on `audit`."""
        self._database = database
        self._clock = clock

    async def write(
        self,
        agent: AgentId | None,
        action: str,
        target: str,
        address: str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Add a row. Details name what was changed, never a password or a customer's words. Raises StoreError."""
        row = {
            "at": self._clock.now(),
            "agent": agent,
            "action": action,
            "target": plain(target)[:_LONGEST_TARGET],
            "address": plain(address),
            "details": json.dumps(dict(details or {})),
        }
        async with self._database.write() as connection:
            await connection.execute(audit.insert().values(row))
