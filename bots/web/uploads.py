"""Takes a file in before its message: `POST /chat/attachments`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http import HttpProcessingError

from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, TooMuchToday
from bots.web.addresses import WEB
from bots.web.dependencies import WebState
from bots.web.limits import Connections
from bots.web.peers import may_open
from bots.web.tokens import BadToken
from bridge.types import Address, Attachment, ConversationId

_CHUNK: Final = 64 * 1024
# What multipart/form-data puts around the file.
_AROUND: Final = 16 * 1024
_PREFLIGHT_S: Final = 3600
# No browser sends them with a file, and the library reads such parts in other ways.
_ODD: Final = ("Content-Length", "Content-Transfer-Encoding", "Content-Encoding")
_UNREADABLE: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError, ValueError, RuntimeError)
_STATUS: Final = {"too_large": 413, "type_refused": 415, "infected": 422, "unavailable": 503}


class _Refusal(Exception):
    """The file cannot be taken. `code` is the protocol's word."""

    def __init__(self, status: int, code: str, detail: str, retry_after: float | None = None) -> None:
        """`detail` says what to do, in English, for developers."""
        super().__init__(detail)
        self.status = status
        self.body: dict[str, object] = {"code": code, "detail": detail}
        if retry_after is not None:
            self.body["retry_after"] = round(retry_after, 1)


async def preflight(state: WebState, request: web.Request) -> web.Response:
    """`OPTIONS`: whether a page on another host may upload."""
    try:
        headers = _cors(state, request)
    except _Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    allowed = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization",
        "Access-Control-Max-Age": str(_PREFLIGHT_S),
    }
    return web.Response(status=204, headers={**headers, **allowed})


async def upload(state: WebState, request: web.Request) -> web.Response:
    """`POST`, multipart/form-data with one part `file`: 201 and the id that a message names it by."""
    headers: Mapping[str, str] = {}
    try:
        headers = _cors(state, request)
        body = await _taken(state, request)
    except _Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status, headers=headers)
    return web.json_response(body, status=201, headers=headers)


async def _taken(state: WebState, request: web.Request) -> dict[str, object]:
    deps = state.deps
    visitor, address = _visitor(state, request), state.address_of(request)
    conversation = Address(channel=WEB, key=visitor).conversation
    most = deps.files.limits.bytes
    if (request.content_length or 0) > most + _AROUND:
        raise _Refusal(413, "too_large", f"at most {most} bytes are taken")
    with ExitStack() as running:
        running.enter_context(_one_more(state.visitor_uploads, visitor))
        running.enter_context(_one_more(state.address_uploads, address))
        now = time.monotonic()
        if wait := state.visitor_files.take(visitor, now) or state.address_files.take(address, now):
            raise _Refusal(429, "rate_limited", "too many files at once", wait)
        attachment = await _kept(state, request, conversation)
    return {
        "id": deps.links.upload_id(attachment, conversation, deps.clock.now()),
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
    }


async def _kept(state: WebState, request: web.Request, conversation: ConversationId) -> Attachment:
    try:
        async with asyncio.timeout(state.deps.settings.uploads.seconds):
            form, part = await _form(request)
            return await state.deps.intake.keep(conversation, part.filename or "file", _chunks(form, part))
    except TooMuchToday as over:
        raise _Refusal(429, "rate_limited", str(over), over.retry_after) from None
    except AttachmentRefused as refused:
        raise _Refusal(_STATUS[refused.code], refused.code, str(refused)) from None
    except (AttachmentUnavailable, TimeoutError) as error:
        raise _Refusal(503, "unavailable", str(error) or "the file did not come in time") from None


async def _form(request: web.Request) -> tuple[MultipartReader, BodyPartReader]:
    """The form and its file, not yet read. Raises _Refusal."""
    if request.content_type != "multipart/form-data":
        raise _Refusal(400, "bad_request", "the body is multipart/form-data")
    with _readable():
        form = await request.multipart()
        part = await form.next()
        if isinstance(part, BodyPartReader) and part.name == "file" and not any(odd in part.headers for odd in _ODD):
            return form, part
    raise _Refusal(400, "bad_request", "the form has one part, `file`, as it is")


async def _chunks(form: MultipartReader, part: BodyPartReader) -> AsyncIterator[bytes]:
    while True:
        with _readable():
            chunk = bytes(await part.read_chunk(_CHUNK))
            last = not chunk and await form.next() is None
        if chunk:
            yield chunk
        elif last:
            return
        else:
            raise _Refusal(400, "bad_request", "the form has one part")


@contextmanager
def _readable() -> Iterator[None]:
    """The library's errors, while a body is read, as ours. Raises _Refusal."""
    try:
        yield
    except _UNREADABLE as error:
        raise _Refusal(400, "bad_request", f"the body breaks off or is no form: {type(error).__name__}") from None


def _cors(state: WebState, request: web.Request) -> Mapping[str, str]:
    """What lets the widget on an allowed page read the answer. Raises _Refusal for other pages."""
    deps, origin = state.deps, request.headers.get("Origin")
    if not may_open(origin, request.host, deps.public_url, deps.settings.origins.allowed):
        raise _Refusal(403, "bad_origin", "this page may not upload; see web.toml, origins.allowed")
    return {"Vary": "Origin"} | ({"Access-Control-Allow-Origin": origin} if origin else {})


def _visitor(state: WebState, request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise BadToken("missing")
        return state.tokens.read(token.strip(), state.deps.clock.now())
    except BadToken as bad:
        raise _Refusal(401, "bad_token", f"the token is {bad}; send `Authorization: Bearer` of `ready`") from None


@contextmanager
def _one_more(uploads: Connections, name: str) -> Iterator[None]:
    if not uploads.open(name):
        raise _Refusal(429, "rate_limited", "too many uploads run at once", 1)
    try:
        yield
    finally:
        uploads.close(name)
