"""Addresses of files that work for a while, and ids of uploads that wait for their message. Pure."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode

from bots.attachments.settings import LinkLives
from bridge.types import Attachment, ConversationId

PATH: Final = "/attachments"
_LABEL: Final = b"switchboard attachments v1"
_SIGN: Final = 32
_TAG: Final = 16
_LONGEST_TIME: Final = 12


class BadLink(ValueError):
    """The address or id is not one of ours, or not for this conversation."""


class OldLink(BadLink):
    """It was ours, and its time is over."""


class Links:
    """Signs with a key of its own, derived from the installation's secret."""

    def __init__(self, secret: bytes, lives: LinkLives) -> None:
        """`secret` is the installation's."""
        self._key = hmac.digest(secret, _LABEL, sha256)
        self._lives = lives

    def link(self, attachment: Attachment, conversation: ConversationId, now: datetime) -> str:
        """The address of a file for those who see a conversation.

        It works for three quarters of its life at least. The address stays the same for a quarter, so that a screen
        that opens again finds its pictures in the browser's cache.
        """
        quarter = max(1, int(self._lives.seconds / 4))
        until = (int(now.timestamp()) // quarter + 4) * quarter
        # Says which conversation it was made for, to us alone.
        tag = self._mac(f"for:{conversation}")[:_TAG]
        query = {"for": tag, "until": until, "sign": self._sign(attachment.url, tag, until)}
        return f"{attachment.url}?{urlencode(query)}"

    def check(self, path: str, tag: str, until: str, sign: str, now: datetime) -> int:
        """The Unix time until which it works. Raises BadLink, and OldLink for one whose time is over."""
        if not (until.isascii() and until.isdecimal() and len(until) <= _LONGEST_TIME):
            raise BadLink("no time of ours")
        if not _same(sign, self._sign(path, tag, int(until))):
            raise BadLink("not signed by us")
        if int(until) < now.timestamp():
            raise OldLink("its time is over")
        return int(until)

    def upload_id(self, attachment: Attachment, conversation: ConversationId, now: datetime) -> str:
        """What an upload is answered with: names the file in messages of this conversation."""
        until = int(now.timestamp() + self._lives.upload_seconds)
        facts = [conversation, until, attachment.name, attachment.media_type, attachment.size, attachment.url]
        body = urlsafe_b64encode(json.dumps(facts, ensure_ascii=False).encode()).decode().rstrip("=")
        return f"{body}.{self._mac(f'upload:{body}')[:_SIGN]}"

    def redeem(self, upload_id: str, conversation: ConversationId, now: datetime) -> Attachment:
        """The file that was uploaded. Raises BadLink unless it is this conversation's, and OldLink."""
        body, _, sign = upload_id.rpartition(".")
        if not _same(sign, self._mac(f"upload:{body}")[:_SIGN]):
            raise BadLink("not signed by us")
        whose, until, name, media_type, size, url = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if whose != conversation:
            raise BadLink("another conversation's")
        if until < now.timestamp():
            raise OldLink("its time is over")
        return Attachment(name=name, media_type=media_type, size=size, url=url)

    def _sign(self, path: str, tag: str, until: int) -> str:
        return self._mac(f"link:{path}:{tag}:{until}")[:_SIGN]

    def _mac(self, what: str) -> str:
        return hmac.new(self._key, _bytes(what), sha256).hexdigest()


def reference(digest: str, name: str) -> str:
    """What `Attachment.url` holds: where the file is, not yet signed."""
    return f"{PATH}/{digest}/{quote(_bytes(name), safe='')}"


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(right))


def _bytes(text: str) -> bytes:
    # Bytes of a request that are no UTF-8 come as lone surrogates.
    return text.encode("utf-8", "surrogatepass")
