"""Signatures of OAuth 1.0a (RFC 5849), checked as X checks them."""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, quote, unquote

Pairs: TypeAlias = Sequence[tuple[str, str]]

_OLDEST_S: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Those of an app and of the account that uses it."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_secret: str


class Signatures:
    """Knows every nonce that was used."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._nonces: set[str] = set()

    def problem(self, method: str, url: str, query: str, form: Pairs, header: str) -> str | None:
        """What is wrong with a signed request, if anything.

        `url` is without its query; `query` is as it was sent; `form` are the parameters of a form body.
        """
        if not header.startswith("OAuth "):
            return "it is not signed"
        given = _parts(header.removeprefix("OAuth "))
        signature = given.pop("oauth_signature", "")
        given.pop("realm", None)
        wrong = self._wrong(given)
        if wrong is not None:
            return wrong
        signed = [*given.items(), *parse_qsl(query, keep_blank_values=True), *form]
        if not hmac.compare_digest(signature, self._sign(method, url, signed)):
            return "the signature is wrong"
        # Only a nonce that came with a good signature is used up: nobody else can use it.
        self._nonces.add(given["oauth_nonce"])
        return None

    def _wrong(self, given: dict[str, str]) -> str | None:
        if given.get("oauth_signature_method") != "HMAC-SHA1":
            return "the method of its signature is unknown"
        if given.get("oauth_version", "1.0") != "1.0":
            return "its version is unknown"
        if given.get("oauth_consumer_key") != self._credentials.consumer_key:
            return "the app is unknown"
        if given.get("oauth_token") != self._credentials.access_token:
            return "the token is unknown"
        stamp = given.get("oauth_timestamp", "")
        # Real time whatever clock the fake was given: clients sign with theirs.
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _OLDEST_S:
            return "its time is not now"
        nonce = given.get("oauth_nonce", "")
        if not nonce or nonce in self._nonces:
            return "its nonce is missing or was used before"
        return None

    def _sign(self, method: str, url: str, parameters: Pairs) -> str:
        named = sorted((_quoted(name), _quoted(value)) for name, value in parameters)
        base = "&".join(_quoted(one) for one in (method, url, "&".join(f"{name}={value}" for name, value in named)))
        key = f"{_quoted(self._credentials.consumer_secret)}&{_quoted(self._credentials.access_secret)}"
        return b64encode(hmac.new(key.encode(), base.encode(), sha1).digest()).decode()


def _parts(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=")[::2] for part in header.split(","))
    return {unquote(name): unquote(value.strip('"')) for name, value in pairs}


def _quoted(text: str) -> str:
    return quote(text, safe="~")
