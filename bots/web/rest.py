"""Rasa's endpoints: its REST channel, `/model/parse`, version and status. For servers and tests, never for browsers."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from importlib import metadata
from typing import Annotated, Final, TypeVar, cast

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bots.web.dependencies import WebState
from bots.web.parse import visible
from bots.web.peers import FORWARDED, is_loopback
from bridge.errors import NluUnavailable, StoreError
from bridge.types import Address, ChannelName, ChoiceId, Chosen, Entry, ExternalId, Incoming, Line, LineId, Speaker

CHANNEL: Final = ChannelName("rest")
RASA: Final = "3.6.21"
"""The Rasa whose HTTP interface this is: its clients compare numbers, so that ours would mislead them."""
CHOOSE: Final = "/choose "
"""A message that begins so is a button's payload coming back."""
M = TypeVar("M", bound=BaseModel)

_REPLY_S: Final = 10.0
_LARGEST: Final = 64 * 1024
_LONGEST_CHOICE: Final = 128


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    sender: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w.@:+-]+$")]
    message: str


class _Text(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    text: Annotated[str, Field(max_length=100_000)]


async def webhook(state: WebState, request: web.Request) -> web.Response:
    """`{"sender","message"}` -> `[{"recipient_id","text","buttons"?,"custom"?}]`; waits for the reply."""
    _only_servers(state, request)
    body = await _body(request, _Message)
    address = Address(channel=CHANNEL, key=body.sender)
    entry = _entry(state, address, _text(state, body.message))
    listening = cast("AsyncGenerator[str]", state.deps.live.listen(address.conversation))
    try:
        await anext(listening)
        await _put(state, entry)
        async with asyncio.timeout(_REPLY_S):
            lines = await _reply(state, address, entry.external_id, listening)
    except (TimeoutError, StoreError):
        detail = "there was no reply in time; the message is kept: do not send it again"
        raise _problem(web.HTTPGatewayTimeout, "timeout", detail) from None
    finally:
        await listening.aclose()
    return web.json_response([_said(body.sender, line) for line in lines])


async def parse(state: WebState, request: web.Request) -> web.Response:
    """`{"text"}` -> what the bot understands, in Rasa's shape."""
    _only_servers(state, request)
    body = await _body(request, _Text)
    try:
        return web.json_response(await state.deps.parse(visible(body.text)))
    except NluUnavailable as error:
        raise _problem(web.HTTPServiceUnavailable, "unavailable", str(error)) from error


async def version(state: WebState, request: web.Request) -> web.Response:
    """The version of Rasa that its clients may take us for, and our own."""
    _only_servers(state, request)
    body = {"version": RASA, "minimum_compatible_version": RASA, "switchboard": metadata.version("switchboard")}
    return web.json_response(body)


async def status(state: WebState, request: web.Request) -> web.Response:
    """The model that interprets now, in Rasa's shape."""
    _only_servers(state, request)
    try:
        model = await state.deps.model()
    except NluUnavailable as error:
        raise _problem(web.HTTPServiceUnavailable, "unavailable", str(error)) from error
    # Training is a command of its own here, never a job of the server.
    return web.json_response({"model_file": model, "model_id": model, "num_active_training_jobs": 0})


async def _put(state: WebState, entry: Entry) -> None:
    try:
        await state.deps.put(entry)
    except StoreError:
        raise _problem(web.HTTPServiceUnavailable, "unavailable", "not stored; send it again") from None


def _text(state: WebState, message: str) -> str:
    text, most = visible(message), state.deps.settings.limits.text_characters
    if not text.strip():
        raise _problem(web.HTTPBadRequest, "bad_request", "message: it is empty")
    if len(text) > most:
        raise _problem(web.HTTPBadRequest, "too_large", f"message: at most {most} characters")
    return text


def _entry(state: WebState, address: Address, text: str) -> Entry:
    now, external_id = state.deps.clock.now(), ExternalId(secrets.token_hex(12))
    if text.startswith(CHOOSE):
        choice = ChoiceId(text.removeprefix(CHOOSE).strip()[:_LONGEST_CHOICE])
        return Chosen(address=address, external_id=external_id, choice=choice, at=now)
    return Incoming(address=address, external_id=external_id, text=text, at=now)


async def _reply(
    state: WebState, address: Address, client_id: ExternalId, listening: AsyncGenerator[str]
) -> list[Line]:
    """Wait until the message stands in the history; what was said in the same step is its reply."""
    while True:
        lines = await state.deps.history.lines(address.conversation, after=LineId(0), limit=50)
        places = [place for place, line in enumerate(lines) if line.client_id == client_id]
        if places:
            return _until_next(lines[places[0] + 1 :])
        await anext(listening)


def _until_next(lines: Sequence[Line]) -> list[Line]:
    reply: list[Line] = []
    for line in lines:
        if line.speaker is Speaker.CUSTOMER:
            break
        if not line.private:
            reply.append(line)
    return reply


def _said(recipient: str, line: Line) -> dict[str, object]:
    said: dict[str, object] = {"recipient_id": recipient, "text": line.text}
    if line.choices:
        said["buttons"] = [{"title": choice.label, "payload": CHOOSE + choice.id} for choice in line.choices]
    if line.article is not None:
        article = line.article
        said["custom"] = {"article": {"slug": article.slug, "version": article.version, "url": article.url}}
    return said


def _only_servers(state: WebState, request: web.Request) -> None:
    """A bearer token, or (demo) a program on this machine; a browser's cross-site request is neither."""
    token = state.deps.api_token
    if token:
        # Bytes that are no UTF-8 come as lone surrogates.
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            raise _problem(web.HTTPUnauthorized, "unauthorized", "send Authorization: Bearer <SWITCHBOARD_API_TOKEN>")
    elif (
        not is_loopback(request.remote or "")
        or not _loopback_host(request.host)
        or any(header in request.headers for header in FORWARDED)
    ):
        raise _problem(web.HTTPForbidden, "forbidden", "set SWITCHBOARD_API_TOKEN to use this from elsewhere")
    # A page can make a browser GET this, but not read the answer.
    if request.method == "POST" and request.content_type != "application/json":
        raise _problem(web.HTTPUnsupportedMediaType, "bad_request", "the content type is application/json")


def _loopback_host(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name.lower() == "localhost" or is_loopback(name)


async def _body(request: web.Request, model: type[M]) -> M:
    raw = bytearray()
    async for part in request.content.iter_any():
        raw += part
        if len(raw) > _LARGEST:
            detail = f"at most {_LARGEST} bytes"
            raise _problem(web.HTTPRequestEntityTooLarge, "too_large", detail, _LARGEST, len(raw))
    try:
        return model.model_validate_json(bytes(raw))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise _problem(web.HTTPBadRequest, "bad_request", f"{where}: {problem['msg']}") from None


def _problem(kind: type[web.HTTPException], code: str, detail: str, *sizes: int) -> web.HTTPException:
    text = json.dumps({"code": code, "detail": detail})
    if kind is web.HTTPRequestEntityTooLarge:
        return web.HTTPRequestEntityTooLarge(*sizes, text=text, content_type="application/json")
    return kind(text=text, content_type="application/json")
