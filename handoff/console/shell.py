"""The page itself: one shell for every address below /console/, and the files it loads."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from handoff.console.dependencies import ConsoleDependencies
from handoff.console.guard import HEADERS

_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Switchboard</title>
<link rel="stylesheet" href="/console/static/app.css">
<script src="/console/static/app.js" type="module"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript.</noscript>
</body>
</html>
"""


class Shell:
    """The handlers of the page and its files."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        """Serves what the build put into `deps.static`."""
        self._static = deps.static

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /console/ and every address below that is nothing else"""
        headers = HEADERS | {"Cache-Control": "no-cache"}
        return web.Response(text=_PAGE, content_type="text/html", headers=headers)

    async def bare(self, request: web.Request) -> web.StreamResponse:
        """GET /console"""
        return web.Response(status=308, headers=HEADERS | {"Location": "/console/"})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /console/static/{name}: files of known kinds, none below or above the folder"""
        name = request.match_info["name"]
        path = self._static / name
        media_type = _TYPES.get(path.suffix)
        if media_type is None or path.parent != self._static or not path.is_file():
            return web.Response(status=404, text="There is no such file.", headers=HEADERS)
        headers = HEADERS | {"Cache-Control": "no-cache", "Content-Type": f"{media_type}; charset=utf-8"}
        return web.FileResponse(path, headers=headers)
