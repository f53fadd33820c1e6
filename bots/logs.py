"""Logs: one JSON object a line on stderr, or plain text on a terminal; never a customer's words, never a secret."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Writes time, level, logger, event, the extra fields, and where an exception came from.

    An exception's own message is left out: it may quote what a customer wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record."""
        found: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        found |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            found |= _where(record.exc_info[1])
        return json.dumps(found, ensure_ascii=False, default=str)


class TerminalFormatter(logging.Formatter):
    """The same fields, for a reader at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record."""
        extra = "".join(f"  {key}={value}" for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info and record.exc_info[1] is not None:
            extra += "".join(f"  {key}={value}" for key, value in _where(record.exc_info[1]).items())
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        return f"{at} {record.levelname.lower():7} {record.getMessage()}{extra}"


def set_up_logs(level: str) -> None:
    """Send all logs to stderr in the form that fits who reads it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TerminalFormatter() if sys.stderr.isatty() else JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Request lines carry tokens and addresses; what matters of a request is counted in the metrics.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # The platforms' libraries log addresses with tokens in them, and payloads with customers' words; what goes wrong
    # with them our channels say themselves.
    for library in ("httpx", "httpcore", "telegram", "discord", "tweepy", "oauthlib"):
        logging.getLogger(library).setLevel(logging.CRITICAL)


def _where(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "error": type(error).__name__,
        "stack": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
