"""Addresses of files that work for a while, and tickets for files that wait for their message. Pure."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode

from bridge.types import Attachment, ConversationId

PATH: Final = "/attachments"
_SIGN: Final = 32


class BadLink(ValueError):
    """The address or ticket is not one of ours."""


class OldLink(BadLink):
    """It was ours, and its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A file that was uploaded by a conversation's customer, until a Unix time in seconds."""

    attachment: Attachment
    conversation: ConversationId
    until: int


class Links:
    """Signs with a key of its own, derived from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the installation's."""
        self._key = hmac.new(secret, b"attachments", sha256).digest()

    def link(self, attachment: Attachment, conversation: ConversationId, until: int) -> str:
        """The address of a file for those who see a conversation, until a Unix time in seconds."""
        tag = self._mac(f"for:{conversation}")[:16]
        query = {"for": tag, "until": until, "sign": self._sign(attachment.url, tag, until)}
        return f"{attachment.url}?{urlencode(query)}"

    def check(self, path: str, tag: str, until: str, sign: str, now: float) -> None:
        """Raises BadLink, and OldLink for one whose time is over."""
        if not until.isdecimal() or len(until) > 12:
            raise BadLink("no time of ours")
        if not hmac.compare_digest(sign.encode(), self._sign(path, tag, int(until)).encode()):
            raise BadLink("not signed by us")
        if int(until) < now:
            raise OldLink("its time is over")

    def ticket(self, ticket: Ticket) -> str:
        """What an upload is answered with."""
        body = urlsafe_b64encode(json.dumps(asdict(ticket), ensure_ascii=False).encode()).decode().rstrip("=")
        return f"{body}.{self._mac(f'ticket:{body}')[:_SIGN]}"

    def redeem(self, text: str, conversation: ConversationId, now: float) -> Attachment:
        """The file of a ticket. Raises BadLink unless it is this customer's, and OldLink."""
        body, _, sign = text.rpartition(".")
        if not hmac.compare_digest(sign.encode(), self._mac(f"ticket:{body}")[:_SIGN].encode()):
            raise BadLink("not signed by us")
        found = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if found["conversation"] != conversation:
            raise BadLink("another customer's")
        if found["until"] < now:
            raise OldLink("its time is over")
        return Attachment(**found["attachment"])

    def _sign(self, path: str, tag: str, until: int) -> str:
        return self._mac(f"link:{path}:{tag}:{until}")[:_SIGN]

    def _mac(self, what: str) -> str:
        return hmac.new(self._key, what.encode("utf-8", "replace"), sha256).hexdigest()


def reference(digest: str, name: str) -> str:
    """What `Attachment.url` holds: where the file is, not yet signed."""
    return f"{PATH}/{digest}/{quote(name, safe='')}"
