"""The visitor's token: which conversation is his, signed so that nobody can name another's."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_VERSION: Final = "v1"
_LABEL: Final = b"switchboard visitor token v1"
_KEY_BYTES: Final = 16
_SKEW: Final = timedelta(minutes=5)


class BadToken(Exception):
    """The token is not ours, was changed, or is too old."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads tokens. `life`: a token older than this is refused; each connection renews it."""

    secret: bytes
    life: timedelta

    def new_key(self) -> str:
        """A conversation key that nobody can guess."""
        return secrets.token_hex(_KEY_BYTES)

    def issue(self, key: str, now: datetime) -> str:
        """Return the token of a conversation key."""
        body = f"{_VERSION}.{key}.{int(now.timestamp())}"
        return f"{body}.{self._sign(body)}"

    def read(self, token: str, now: datetime) -> str:
        """Return the conversation key. Raises BadToken."""
        body, _, signature = token.rpartition(".")
        parts = body.split(".")
        if len(parts) != 3 or parts[0] != _VERSION or not parts[2].isdecimal() or not token.isascii():
            raise BadToken("malformed")
        if not hmac.compare_digest(signature, self._sign(body)):
            raise BadToken("forged")
        issued = datetime.fromtimestamp(int(parts[2]), UTC)
        if not issued - _SKEW <= now <= issued + self.life:
            raise BadToken("expired")
        return parts[1]

    def _sign(self, body: str) -> str:
        key = hmac.digest(self.secret, _LABEL, hashlib.sha256)
        return hmac.digest(key, body.encode(), hashlib.sha256).hex()
