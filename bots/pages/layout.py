"""The frame of every page: head, styles from files, the widget's script, a strict policy. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

STYLES: Final = ("/static/tokens.css", "/static/pages.css")


def page(*, title: str, language: str, body: str, description: str = "", name: str, script: str = "") -> str:
    """Return a whole page. `body` is HTML; every other value is text. `script` adds attributes to the widget's tag."""
    links = "".join(f'<link rel="stylesheet" href="{href}">' for href in STYLES)
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
        f'<title>{escape(title)}</title><meta name="description" content="{escape(description)}">'
        f'<link rel="icon" href="/static/icon.svg" type="image/svg+xml">{links}'
        f'<script src="/widget.js" data-language="{escape(language)}" data-name="{escape(name)}"{script} defer>'
        "</script>"
        f"</head><body>{body}</body></html>"
    )


def policy(frame_ancestors: Sequence[str] = ()) -> dict[str, str]:
    """The headers of a page: nothing but our own origin, no inline anything, no framing unless allowed.

    Pictures may be the visitor's own too, which the widget shows before they are sent.
    """
    ancestors = " ".join(frame_ancestors) or "'none'"
    return {
        "Content-Security-Policy": (
            "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'self'; object-src 'none'; "
            f"frame-ancestors {ancestors}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": "no-cache",
    }
