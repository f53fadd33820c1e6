"""Every table of the desk. The migrations make them; a test holds both together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

metadata: Final = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite keeps no zones, so there it is written without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


tickets: Final = Table(
    "tickets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("hand_off", Text, nullable=False, unique=True),
    Column("conversation", Text, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("address_key", Text, nullable=False),
    Column("language", String(64), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("intent", Text),
    Column("subject", Text, nullable=False),
    Column("customer_name", Text),
    Column("urgent", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    # When the customer began to wait. It never changes: who is put back in line keeps his place.
    Column("requested_at", Moment, nullable=False),
    Column("assignee", Text),
    Column("assignee_name", Text),
    Column("taken_at", Moment),
    Column("ended_at", Moment),
    Column("ending", String(16)),
    Column("reservation", Text),
    Column("reserved_by", Text),
    Column("reserved_at", Moment),
    Column("details", Text, nullable=False, server_default="[]"),
    Column("rating", Integer),
    # When the core was told of the ticket; until then it is told again and again.
    Column("opened_at", Moment),
    Index("ix_tickets_line", "status", "queue", "urgent", "requested_at"),
    Index("ix_tickets_assignee", "assignee", "status"),
    Index("ix_tickets_reserved_by", "reserved_by"),
    Index("ix_tickets_ended", "status", "ended_at"),
    Index("ix_tickets_conversation", "conversation", "number"),
    Index(
        "ix_tickets_unopened",
        "number",
        sqlite_where=text("opened_at IS NULL"),
        postgresql_where=text("opened_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

lines: Final = Table(
    "lines",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("speaker", String(16), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("payload", Text, nullable=False),
)

agents: Final = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("languages", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", Text),
    Column("totp_pending", Text),
    Column("totp_step", BigInteger),
    # What the agent says of himself; who was not seen for a while counts as offline whatever he says.
    Column("presence", String(16), nullable=False),
    Column("presence_since", Moment, nullable=False),
    Column("last_seen", Moment),
    Column("created_at", Moment, nullable=False),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("agent", Text, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
    Column("address", Text, nullable=False),
)

login_attempts: Final = Table(
    "login_attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Moment, nullable=False, index=True),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("agent", Text),
    Column("action", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_audit_target", "target", "at"),
    Index("ix_audit_agent", "agent", "at"),
    sqlite_autoincrement=True,
)

positions: Final = Table(
    "positions",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("position", String(64), nullable=False),
)

ledger: Final = Table(
    "ledger",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(64), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("received_at", Moment),
    Column("ended", String(16)),
    Column("ended_at", Moment),
    Column("intent", Text),
    Index("ix_ledger_channel", "channel", "ended"),
    Index(
        "ix_ledger_broken",
        "conversation",
        "entry",
        sqlite_where=text("ended IS NULL OR received_at IS NULL"),
        postgresql_where=text("ended IS NULL OR received_at IS NULL"),
    ),
)

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    # The place of its record in `events`, which is unique.
    Column("id", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("entry", BigInteger),
    Column("external_id", Text),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

delivery_cases: Final = Table(
    "delivery_cases",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("outgoing", Text, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("line", BigInteger),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index(
        "ix_delivery_cases_open",
        "at",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

ratings: Final = Table(
    "ratings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("hand_off", Text, index=True),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
