"""`GET /attachments/…`: gives a file to whoever has a link that still works."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bots.attachments.links import PATH, BadLink, Links, OldLink, reference
from bots.attachments.sniff import NEEDED, media_type
from bots.attachments.store import Opened, Store
from bridge.errors import StoreError
from bridge.ports import Clock

log = logging.getLogger(__name__)

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# What a file holds must not act as our page, whatever a browser makes of it.
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}


def routes(store: Store, links: Links, clock: Clock) -> list[web.RouteDef]:
    """The one path; HEAD too."""
    return [web.get(f"{PATH}/{{digest}}/{{name}}", functools.partial(_give, store, links, clock))]


async def _give(store: Store, links: Links, clock: Clock, request: web.Request) -> web.StreamResponse:
    digest, name = request.match_info["digest"], request.match_info["name"]
    if not _DIGEST.fullmatch(digest):
        raise web.HTTPNotFound(text="There is no such file.")
    seconds = _seconds_left(links, clock, reference(digest, name), request)
    headers = {
        **_SAFE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": f"private, max-age={seconds}",
    }
    try:
        found = await store.open(digest)
        if found is None:
            raise web.HTTPNotFound(text="This file is no longer kept.")
        async with aclosing(found.chunks):
            return await _answer(request, found, headers)
    except StoreError as error:
        log.warning("a file cannot be read", extra={"error": str(error)})
        raise web.HTTPServiceUnavailable(text="Files cannot be read now; try again soon.") from None


def _seconds_left(links: Links, clock: Clock, path: str, request: web.Request) -> int:
    """How long the link still works. Raises HTTPException when it does not."""
    query, now = request.query, clock.now()
    try:
        until = links.check(path, query.get("for", ""), query.get("until", ""), query.get("sign", ""), now)
    except OldLink:
        raise web.HTTPGone(text="This link has ended. Open the conversation again for a new one.") from None
    except BadLink:
        raise web.HTTPForbidden(text="This link is not complete. Open the file from the conversation.") from None
    return until - int(now.timestamp())


async def _answer(request: web.Request, found: Opened, headers: dict[str, str]) -> web.StreamResponse:
    """The library answers parts of files of this machine; others are sent whole. Raises StoreError."""
    start = await anext(found.chunks, b"")
    headers["Content-Type"] = media_type(start[:NEEDED]) or "application/octet-stream"
    if found.path is not None:
        return web.FileResponse(found.path, headers=headers)
    response = web.StreamResponse(headers=headers)
    response.content_length = found.size
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(start)
        await _send_rest(response, found.chunks)
    return response


async def _send_rest(response: web.StreamResponse, chunks: AsyncGenerator[bytes, None]) -> None:
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except StoreError as error:
        # The status is gone out: only a connection that ends too early still says that something is missing.
        log.warning("a file broke off", extra={"error": str(error)})
        response.force_close()
