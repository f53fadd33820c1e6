"""The account of every received entry: opened by `Received`, closed by `Accounted`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.types import Accounted, Received
from handoff.database import insert, plain
from handoff.tables import ledger

_KEY = ["conversation", "entry"]


async def open_accounts(connection: AsyncConnection, received: Sequence[Received]) -> None:
    """Note that entries came."""
    if not received:
        return
    new = insert(connection, ledger)
    rows = [
        {
            "conversation": one.conversation,
            "entry": one.entry,
            "channel": one.channel,
            "external_id": plain(one.external_id),
            "received_at": one.at,
        }
        for one in received
    ]
    await connection.execute(
        new.on_conflict_do_update(index_elements=_KEY, set_={"received_at": new.excluded.received_at}), rows
    )


async def close_accounts(connection: AsyncConnection, accounted: Sequence[Accounted]) -> None:
    """Note what became of entries."""
    if not accounted:
        return
    new = insert(connection, ledger)
    rows = [
        {
            "conversation": one.conversation,
            "entry": one.entry,
            # A conversation's id is its address: the channel, a colon, the key.
            "channel": one.conversation.partition(":")[0],
            "external_id": plain(one.external_id),
            "ended": one.ended,
            "ended_at": one.at,
            "intent": one.intent,
        }
        for one in accounted
    ]
    closed = {name: new.excluded[name] for name in ("ended", "ended_at", "intent")}
    await connection.execute(new.on_conflict_do_update(index_elements=_KEY, set_=closed), rows)
