"""Files stay readable as they were stored, and look the same on every screen."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bridge.attachments import attachment_row
from bridge.codec import line_from_json, line_to_json
from bridge.types import Attachment, ConversationId, Line, LineId, Speaker

KEPT = Attachment(name="a.png", media_type="image/png", size=9, url="/attachments/1/a.png")
REFUSED = Attachment(name="x.exe", media_type="application/octet-stream", size=0, url="", refused="type_refused")
LINE = Line(
    id=LineId(7),
    conversation=ConversationId("web:a"),
    speaker=Speaker.CUSTOMER,
    text="",
    at=datetime(2026, 11, 23, tzinfo=UTC),
    language="en",
    attachments=(KEPT, REFUSED),
)


def test_a_line_comes_back_with_its_files_and_the_reasons() -> None:
    assert line_from_json(line_to_json(LINE)) == LINE


def test_a_line_that_was_stored_before_there_were_reasons_is_read() -> None:
    stored = json.loads(line_to_json(LINE))
    for attachment in stored["attachments"]:
        del attachment["refused"]
    first, second = line_from_json(json.dumps(stored)).attachments
    assert first == KEPT
    assert second.refused == ""


def test_a_file_without_an_address_is_shown_without_one() -> None:
    old = Attachment(name="x", media_type="image/png", size=0, url="")
    row = attachment_row(old, LINE.conversation, lambda attachment, conversation: "never")
    assert (row["url"], row["image"]) == ("", False)
    assert "refused" not in row
