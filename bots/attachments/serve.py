"""`GET /attachments/…`: gives a file to whoever has a link that still works."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping
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
    """The one path."""
    return [web.get(f"{PATH}/{{digest}}/{{name}}", functools.partial(_give, store, links, clock))]


async def _give(store: Store, links: Links, clock: Clock, request: web.Request) -> web.StreamResponse:
    digest, name = request.match_info["digest"], request.match_info["name"]
    if not _DIGEST.fullmatch(digest):
        raise web.HTTPNotFound(text="There is no such file.")
    query, now = request.query, clock.now().timestamp()
    try:
        links.check(reference(digest, name), query.get("for", ""), query.get("until", ""), query.get("sign", ""), now)
    except OldLink:
        raise web.HTTPGone(text="This link has ended. Open the conversation again for a new one.") from None
    except BadLink:
        raise web.HTTPForbidden(text="This link is not complete. Open the file from the conversation.") from None
    try:
        found = await store.open(digest)
    except StoreError:
        raise web.HTTPServiceUnavailable(text="Files cannot be read now; try again soon.") from None
    if found is None:
        raise web.HTTPNotFound(text="This file is no longer kept.")
    headers = {
        **_SAFE,
        **_saved_as(name),
        "Cache-Control": f"private, max-age={max(0, int(query['until']) - int(now))}",
    }
    return await _from_disk(found, headers) if found.path else await _streamed(request, found, headers)


async def _from_disk(found: Opened, headers: Mapping[str, str]) -> web.StreamResponse:
    assert found.path is not None
    with found.path.open("rb") as file:
        kind = media_type(file.read(NEEDED)) or "application/octet-stream"
    await found.chunks.aclose()  # type: ignore[attr-defined]
    return web.FileResponse(found.path, headers={**headers, "Content-Type": kind})


async def _streamed(request: web.Request, found: Opened, headers: Mapping[str, str]) -> web.StreamResponse:
    response: web.StreamResponse | None = None
    async for chunk in found.chunks:
        if response is None:
            response = web.StreamResponse(headers=headers)
            response.content_type = media_type(chunk[:NEEDED]) or "application/octet-stream"
            response.content_length = found.size
            await response.prepare(request)
        await response.write(chunk)
    if response is None:
        raise web.HTTPNotFound(text="This file is no longer kept.")
    await response.write_eof()
    return response


def _saved_as(name: str) -> Mapping[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
