"""How often somebody may try to sign in: per address and per name, counted in SQL for all processes."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final

from sqlalchemy import case, delete, select, update

from bridge.ports import Clock
from handoff.database import Database, insert
from handoff.tables import login_attempts

_WINDOW: Final = timedelta(minutes=5)
_PER_ADDRESS: Final = 10
_PER_NAME: Final = 30
"""Higher, so that one stranger cannot lock a colleague out."""

_a = login_attempts.c


class Attempts:
    """Counts an attempt before its password is looked at, so that many at once gain nothing.

    All transactions take the address's row before the name's, so that two never wait for each other.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Works on `login_attempts`."""
        self._database = database
        self._clock = clock

    async def count(self, name: str, address: str) -> int | None:
        """Count one more; return the seconds to wait when it is one too many. Raises StoreError."""
        waits = []
        async with self._database.write() as connection:
            now = self._clock.now()
            over = _a.since < now - _WINDOW
            for key, most in ((_key("address", _network(address)), _PER_ADDRESS), (_key("name", name), _PER_NAME)):
                new = insert(connection, login_attempts).values(key=key, count=1, since=now)
                more = {"count": case((over, 1), else_=_a.count + 1), "since": case((over, now), else_=_a.since)}
                counted = new.on_conflict_do_update(index_elements=["key"], set_=more)
                row = (await connection.execute(counted.returning(_a.count, _a.since))).one()
                if row[0] > most:
                    waits.append(ceil((row[1] + _WINDOW - now).total_seconds()))
            # What others hold just now is theirs to count anew; the next attempt clears what is left.
            old = select(_a.key).where(over).with_for_update(skip_locked=True)
            await connection.execute(delete(login_attempts).where(_a.key.in_(old)))
        return max(waits) if waits else None

    async def forgive(self, name: str, address: str, attempts: int) -> None:
        """A sign-in succeeded after so many attempts: they do not count. Raises StoreError."""
        left = case((_a.count > attempts, _a.count - attempts), else_=0)
        async with self._database.write() as connection:
            here = update(login_attempts).where(_a.key == _key("address", _network(address)))
            await connection.execute(here.values(count=left))
            await connection.execute(delete(login_attempts).where(_a.key == _key("name", name)))


def _network(address: str) -> str:
    """An address as it is rationed: who has one of IPv6 has 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))


def _key(kind: str, value: str) -> str:
    return sha256(f"{kind}:{value.casefold()}".encode("utf-8", "replace")).hexdigest()
