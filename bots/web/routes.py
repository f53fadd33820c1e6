"""The web channel's paths."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import WSCloseCode, web

from bots.web import rest, socket
from bots.web.dependencies import WebDependencies, WebState

STATIC: Final = Path(__file__).parent / "static"
WIDGET: Final = STATIC / "widget.js"
_FRESH_S: Final = 300


def routes(deps: WebDependencies) -> tuple[list[web.RouteDef], Callable[[], Awaitable[None]]]:
    """Return the paths, and what closes the open sockets before the server stops."""
    state = WebState.of(deps)
    bound = functools.partial
    paths = [
        web.get("/chat", bound(socket.chat, state)),
        web.get("/widget.js", _widget),
        web.post("/webhooks/rest/webhook", bound(rest.webhook, state)),
        web.post("/model/parse", bound(rest.parse, state)),
    ]
    return paths, bound(_close, state)


async def _close(state: WebState) -> None:
    """Tell the widgets that we are going away: they come back by themselves, to whoever answers then."""
    for one in list(state.sockets):
        await one.close(code=WSCloseCode.GOING_AWAY, message=b"restarting")


async def _widget(request: web.Request) -> web.StreamResponse:
    if not WIDGET.exists():
        raise web.HTTPServiceUnavailable(text="The widget was not built; run `make run`, which builds it.")
    body = WIDGET.read_bytes()
    tag = hashlib.sha256(body).hexdigest()[:16]
    response = web.Response(body=body, content_type="text/javascript", charset="utf-8")
    response.etag = tag
    response.headers.update(
        {
            "Cache-Control": f"public, max-age={_FRESH_S}",
            "X-Content-Type-Options": "nosniff",
            # The script is meant for other people's pages.
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
    )
    response.enable_compression()
    if any(known.value == tag for known in request.if_none_match or ()):
        return web.Response(status=304, headers={"ETag": f'"{tag}"'})
    return response
