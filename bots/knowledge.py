"""What the bot knows, read from `data/` and read again when an editor changes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bots.settings import load_placeholders, load_rules
from bridge.brain import Brain
from bridge.errors import ConfigError
from bridge.phrases import load_phrases
from bridge.types import Article, Intent
from nlu.faq import Faq

log = logging.getLogger(__name__)

_LOOK_EACH_S: Final = 2.0


class Knowledge:
    """Implements `ports.Answers` on the newest articles that could be read."""

    def __init__(self, data: Path, public_url: str) -> None:
        """Reads everything. Raises ConfigError."""
        self._data = data
        self._public_url = public_url
        self._seen = self._fingerprint()
        self.faq, self.brain = self._read()

    def find(self, intent: Intent, language: str) -> Article | None:
        """The article of an intent in a language, else in English, else None."""
        return self.faq.find(intent, language)

    def opening(self, language: str) -> Sequence[Article]:
        """The four most asked questions."""
        return self.faq.opening(language)

    def by_slug(self, language: str, slug: str) -> Article | None:
        """The article a link of the help centre names."""
        return self.faq.by_slug(language, slug)

    async def watch(self, changed: Callable[[Brain], None], stop: asyncio.Event) -> None:
        """Read again what was edited, until `stop`. A faulty edit is reported, and what was read before stays."""
        while not stop.is_set():
            await asyncio.sleep(_LOOK_EACH_S)
            now = await asyncio.to_thread(self._fingerprint)
            if now == self._seen:
                continue
            self._seen = now
            try:
                self.faq, self.brain = await asyncio.to_thread(self._read)
            except ConfigError as error:
                log.error("an edit was not taken over", extra={"problem": str(error)})
                continue
            changed(self.brain)
            log.info("articles, phrases and rules were read again")

    def _read(self) -> tuple[Faq, Brain]:
        placeholders = load_placeholders(self._data)
        faq = Faq.load(self._data, placeholders, self._public_url)
        phrases = load_phrases(self._data / "phrases", placeholders)
        return faq, Brain(rules=load_rules(self._data), answers=faq, phrases=phrases)

    def _fingerprint(self) -> frozenset[tuple[str, int, int]]:
        folders = ("faq", "phrases", "config")
        files = [file for folder in folders for file in (self._data / folder).rglob("*") if file.is_file()]
        return frozenset((str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)
