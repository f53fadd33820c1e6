"""What the approved articles say, as further evidence of how their intents are spoken about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.types import Article
from nlu.examples import Example
from nlu.faq import PLACEHOLDER, read_articles
from nlu.text import fingerprint

_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS: Final = re.compile(r"[*#`]|^\s*(?:\d+\.|-)\s+", re.MULTILINE)
_END: Final = re.compile(r"\n|(?<=[。！？])|(?<=[.!?])\s")
_LEAST_CHARACTERS: Final = 6


def article_sentences(data: Path, examples: Sequence[Example]) -> list[Example]:
    """Return the title and the sentences of each article whose intent has examples, in the article's language.

    A sentence that stands in articles of two intents tells neither apart and is left out, and so is one that a
    customer's example repeats. Raises ConfigError with the first problem of an article.
    """
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in (data / "faq").glob("*/*.md"))
    # A placeholder's value is the exchange's, not the question's: a new fee needs no new model.
    blank = {key: "…" for text in texts for key in PLACEHOLDER.findall(text)}
    articles, problems = read_articles(data, blank, "")
    if problems:
        raise ConfigError(problems[0])
    asked = {example.intent for example in examples}
    found: dict[tuple[str, str], Example] = {}
    unfit = {(example.language, fingerprint(example.text)) for example in examples}
    for article in articles:
        if article.intent not in asked:
            continue
        file = f"{data.name}/faq/{article.language}/{article.slug}.md"
        for text in _sentences(article):
            mark = (article.language, fingerprint(text))
            example = Example(text=text, intent=article.intent, language=article.language, file=file, line=0)
            if found.setdefault(mark, example).intent != article.intent:
                unfit.add(mark)
    return [example for mark, example in found.items() if mark not in unfit]


def _sentences(article: Article) -> Iterator[str]:
    plain = _MARKS.sub("", _LINK.sub(r"\1", article.body))
    yield article.title
    for sentence in _END.split(plain):
        if len(sentence.strip()) >= _LEAST_CHARACTERS:
            yield sentence.strip()
