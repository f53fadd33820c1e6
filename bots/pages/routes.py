"""The paths of the server-rendered pages and their styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from bots.pages.demo import alone, demo
from bots.pages.help import article_page, missing_page
from bots.pages.layout import policy
from bridge.types import Article

_HERE: Final = Path(__file__).parent
_FILES: Final = {
    "tokens.css": (_HERE.parent / "web" / "widget" / "tokens.css", "text/css"),
    "pages.css": (_HERE / "static" / "pages.css", "text/css"),
    "icon.svg": (_HERE / "static" / "icon.svg", "image/svg+xml"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the pages are made from. `article` finds one by language and slug, None when there is none."""

    name: str
    public_url: str
    languages: Sequence[str]
    article: Callable[[str, str], Article | None]
    frame_ancestors: Sequence[str]

    def routes(self) -> list[web.RouteDef]:
        """The paths."""
        return [
            web.get("/", self._demo),
            web.get("/chat/page", self._alone),
            web.get("/help/{language}/{slug}", self._article),
            web.get("/static/{name}", _static),
            web.get("/favicon.ico", _icon),
        ]

    async def _demo(self, request: web.Request) -> web.Response:
        return _html(demo(self.name, self.public_url))

    async def _alone(self, request: web.Request) -> web.Response:
        return _html(alone(self.name), frame_ancestors=self.frame_ancestors)

    async def _article(self, request: web.Request) -> web.Response:
        language, slug = request.match_info["language"], request.match_info["slug"]
        found = self.article(language, slug)
        if found is None:
            return _html(missing_page(language, self.name), status=404)
        others = [self.article(other, slug) for other in self.languages if other != language]
        return _html(article_page(found, [other for other in others if other is not None], self.name))


def _html(text: str, *, status: int = 200, frame_ancestors: Sequence[str] = ()) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=policy(frame_ancestors))


async def _icon(request: web.Request) -> web.StreamResponse:
    """What browsers ask for on their own, the console's page included."""
    return web.Response(status=301, headers={"Location": "/static/icon.svg"})


async def _static(request: web.Request) -> web.StreamResponse:
    if request.match_info["name"] not in _FILES:
        raise web.HTTPNotFound
    path, kind = _FILES[request.match_info["name"]]
    headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=headers)
