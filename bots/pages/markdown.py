"""Articles as HTML: the Markdown that editors write, and no HTML of their own. Pure."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(["image", "html_block"])


def to_html(text: str) -> str:
    """Return the HTML of an article's Markdown."""
    return str(_MARKDOWN.render(text))
