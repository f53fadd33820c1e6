"""Runs the desk: a reader for each shard of `events`, and the watch over presence."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

from bridge.ports import Clock, Events, Live, Put
from handoff.announce import Announcer
from handoff.database import Database
from handoff.desk import Desk
from handoff.history import StoredHistory
from handoff.presence import Presences
from handoff.queues import DeskRules
from handoff.records import Records
from handoff.roster import Duty
from handoff.standing import StoredStandings


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """The parts of the desk, put together."""

    database: Database
    records: Records
    presences: Presences
    announcer: Announcer
    desk: Desk
    history: StoredHistory
    standings: StoredStandings
    shards: int

    @classmethod
    def build(cls, *, database: Database, put: Put, events: Events, live: Live, rules: DeskRules, clock: Clock) -> Self:
        """Put the parts together. Nothing runs yet, and the database must have been migrated before `run`."""
        duty = Duty(database, rules, clock)
        announcer = Announcer(database, put, live, duty, rules, clock)
        return cls(
            database=database,
            records=Records(database, events, announcer, rules, clock),
            presences=Presences(database, put, announcer, rules, clock),
            announcer=announcer,
            desk=Desk(database, put, live, rules, clock),
            history=StoredHistory(database, events),
            standings=StoredStandings(database, duty, rules),
            shards=events.shards,
        )


async def run(hand_off: HandOff, stop: asyncio.Event) -> None:
    """Keep SQL up with `events` and presence up with agents, until `stop`; then end what is under way.

    As many processes as wanted may do this at once.
    """
    async with asyncio.TaskGroup() as tasks:
        for shard in range(hand_off.shards):
            tasks.create_task(hand_off.records.follow(shard, stop))
        tasks.create_task(hand_off.presences.watch(stop))
