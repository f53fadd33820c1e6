"""The one form in which our values are stored: JSON, strict both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from bridge.errors import StoreError
from bridge.types import Conversation, Entry, Line, Outgoing, Record

T = TypeVar("T")

_ENTRY: Final[TypeAdapter[Entry]] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
_OUTGOING: Final[TypeAdapter[Outgoing]] = TypeAdapter(Annotated[Outgoing, Field(discriminator="kind")])
_RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])
_CONVERSATION: Final = TypeAdapter(Conversation)
_LINE: Final = TypeAdapter(Line)
_LINES: Final = TypeAdapter(list[Line])


def _read(adapter: TypeAdapter[T], text: str) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        # The input is left out of the message: it may be a customer's.
        problem = error.errors(include_input=False, include_url=False)[0]
        raise StoreError(f"stored value is not ours: {problem['loc']}: {problem['msg']}") from None


def entry_to_json(entry: Entry) -> str:
    """Write a mailbox entry."""
    return _ENTRY.dump_json(entry).decode()


def entry_from_json(text: str) -> Entry:
    """Read a mailbox entry. Raises StoreError."""
    return _read(_ENTRY, text)


def outgoing_to_json(outgoing: Outgoing) -> str:
    """Write what is to be sent."""
    return _OUTGOING.dump_json(outgoing).decode()


def outgoing_from_json(text: str) -> Outgoing:
    """Read what is to be sent. Raises StoreError."""
    return _read(_OUTGOING, text)


def record_to_json(record: Record) -> str:
    """Write a record of `events`."""
    return _RECORD.dump_json(record).decode()


def record_from_json(text: str) -> Record:
    """Read a record of `events`. Raises StoreError."""
    return _read(_RECORD, text)


def conversation_to_json(conversation: Conversation) -> str:
    """Write a conversation's state."""
    return _CONVERSATION.dump_json(conversation).decode()


def conversation_from_json(text: str) -> Conversation:
    """Read a conversation's state. Raises StoreError."""
    return _read(_CONVERSATION, text)


def line_from_json(text: str) -> Line:
    """Read a transcript line. Raises StoreError."""
    return _read(_LINE, text)


def line_to_json(line: Line) -> str:
    """Write a transcript line."""
    return _LINE.dump_json(line).decode()


def lines_to_json(lines: Sequence[Line]) -> str:
    """Write transcript lines as one JSON array."""
    return _LINES.dump_json(list(lines)).decode()


def line_from_dict(value: object) -> Line:
    """Read a transcript line that came inside a JSON frame. Raises StoreError."""
    try:
        return _LINE.validate_python(value)
    except ValidationError:
        raise StoreError("a frame holds no line of ours") from None
