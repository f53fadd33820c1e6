"""Reads a client's frame: whatever comes in, out comes a frame or the reason why not. Pure."""

from __future__ import annotations

import json
import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_LARGEST_ID: Final = 2**53

_MOST_FILES: Final = 20
_LONGEST_FILE_ID: Final = 4096

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
LineNumber = Annotated[int, Field(ge=0, le=_LARGEST_ID)]


class Refused(Exception):
    """The frame cannot be taken. `code` is the protocol's word, `id` the frame's own if it had one."""

    def __init__(self, code: str, detail: str, frame_id: str | None = None) -> None:
        """`detail` says what to do, in English, for developers."""
        super().__init__(detail)
        self.code = code
        self.id = frame_id


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Frame):
    """The first frame: who comes back, and from which line on."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=512)] | None = None
    language: Annotated[str, Field(max_length=35)] | None = None
    # Accepted so that pages may send it already; believed from the issue on that binds accounts.
    identity: Annotated[str, Field(max_length=8192)] | None = None
    after: LineNumber = 0


class Said(_Frame):
    """A message; `attachments` are the ids of uploads."""

    type: Literal["message"]
    id: Id
    text: str
    attachments: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=_LONGEST_FILE_ID)]], Field(max_length=_MOST_FILES)
    ] = []


class Choose(_Frame):
    """A button was pressed."""

    type: Literal["choose"]
    id: Id
    choice: Annotated[str, Field(min_length=1, max_length=128)]


class Human(_Frame):
    """A person is wanted."""

    type: Literal["human"]
    id: Id


class Leave(_Frame):
    """The visitor leaves the line."""

    type: Literal["leave"]
    id: Id


class Rate(_Frame):
    """The visitor's satisfaction, 1 to 5."""

    type: Literal["rate"]
    id: Id
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=2000)] = ""


class IsTyping(_Frame):
    """The visitor is writing."""

    type: Literal["typing"]


class Read(_Frame):
    """The visitor has seen everything up to a line."""

    type: Literal["read"]
    upto: LineNumber


ClientFrame = Hello | Said | Choose | Human | Leave | Rate | IsTyping | Read
_FRAME: Final[TypeAdapter[ClientFrame]] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


def parse(text: str, most_bytes: int, most_characters: int) -> ClientFrame:
    """Read one text frame. Raises Refused."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > most_bytes:
        raise Refused("too_large", f"A frame has at most {most_bytes} bytes.")
    try:
        frame = _FRAME.validate_json(raw)
    except ValidationError as error:
        raise _refusal(error, text) from None
    if isinstance(frame, Said):
        cleaned = visible(frame.text)
        if not cleaned.strip() and not frame.attachments:
            raise Refused("malformed", "The text is empty.", frame.id)
        if len(cleaned) > most_characters:
            raise Refused("too_large", f"A text has at most {most_characters} characters.", frame.id)
        return frame.model_copy(update={"text": cleaned})
    if isinstance(frame, Rate):
        return frame.model_copy(update={"comment": visible(frame.comment)})
    return frame


def visible(text: str) -> str:
    """Return the text without control characters and direction overrides; line breaks and tabs stay."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _refusal(error: ValidationError, text: str) -> Refused:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    frame_id = _id_in(text)
    if problem["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return Refused("unknown_type", "A frame has a known `type`.", frame_id)
    where = ".".join(str(part) for part in problem["loc"])
    return Refused("malformed", f"{where}: {problem['msg']}" if where else problem["msg"], frame_id)


def _id_in(text: str) -> str | None:
    """The id of a frame that is otherwise wrong, so that the client knows which one it was."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    frame_id = frame.get("id") if isinstance(frame, dict) else None
    return frame_id if isinstance(frame_id, str) and _ID.fullmatch(frame_id) else None
