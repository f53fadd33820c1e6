"""The web channel's paths."""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import ETag, WSCloseCode, web

from bots.web import rest, socket, uploads
from bots.web.dependencies import WebDependencies, WebState

STATIC: Final = Path(__file__).parent / "static"
WIDGET: Final = "widget.js"
MORE: Final = "widget-more.js"
"""What the widget loads when its chat is opened, so that a page that only shows the launcher stays light."""
_FRESH_S: Final = 300


def routes(deps: WebDependencies) -> tuple[list[web.RouteDef], Callable[[], Awaitable[None]]]:
    """Return the paths, and what closes the open sockets before the server stops."""
    state = WebState.of(deps)
    bound = functools.partial
    paths = [
        web.get("/chat", bound(socket.chat, state)),
        web.post("/chat/attachments", bound(uploads.upload, state)),
        web.options("/chat/attachments", bound(uploads.preflight, state)),
        web.get("/widget.js", bound(_widget, WIDGET)),
        web.get("/widget-more.js", bound(_widget, MORE)),
        web.post("/webhooks/rest/webhook", bound(rest.webhook, state)),
        web.post("/model/parse", bound(rest.parse, state)),
        web.get("/version", bound(rest.version, state)),
        web.get("/status", bound(rest.status, state)),
    ]
    return paths, bound(_close, state)


async def _close(state: WebState) -> None:
    """Tell the widgets that we are going away: they come back by themselves, to whoever answers then."""
    state.closing = True
    await asyncio.gather(*[wire.close(WSCloseCode.GOING_AWAY) for wire in state.wires], return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """The widget's file as it is sent."""

    plain: bytes
    zipped: bytes
    tag: ETag


@functools.lru_cache(maxsize=2)
def _built(path: Path, changed_ns: int) -> _Built:
    """Read and compress it; once for each build."""
    plain = path.read_bytes()
    # Weak: the same tag stands for the plain and the compressed form.
    tag = ETag(value=hashlib.sha256(plain).hexdigest()[:16], is_weak=True)
    return _Built(plain=plain, zipped=gzip.compress(plain, mtime=0), tag=tag)


def _newest(name: str) -> _Built:
    path = STATIC / name
    return _built(path, path.stat().st_mtime_ns)


async def _widget(name: str, request: web.Request) -> web.StreamResponse:
    try:
        built = _newest(name)
    except FileNotFoundError:
        raise web.HTTPServiceUnavailable(text="The widget was not built; run `make run`, which builds it.") from None
    known = any(tag.value in (built.tag.value, "*") for tag in request.if_none_match or ())
    response = web.Response(status=304) if known else _script(built, request.headers.get("Accept-Encoding", ""))
    response.etag = built.tag
    response.headers.update(
        {
            "Cache-Control": f"public, max-age={_FRESH_S}",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            # The script is meant for other people's pages.
            "Cross-Origin-Resource-Policy": "cross-origin",
            # A module that is imported from another host is read as data is.
            "Access-Control-Allow-Origin": "*",
        }
    )
    return response


def _script(built: _Built, accepted: str) -> web.Response:
    if "gzip" not in accepted:
        return web.Response(body=built.plain, content_type="text/javascript", charset="utf-8")
    encoded = {"Content-Encoding": "gzip"}
    return web.Response(body=built.zipped, content_type="text/javascript", charset="utf-8", headers=encoded)
