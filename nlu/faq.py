"""The approved articles: read strictly from Markdown, found by intent or by slug."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.types import Article, Intent, Variant

FALLBACK: Final = "en"
_FIELDS: Final = ("intent", "title", "category", "version", "reviewed")
PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")
_STRAY: Final = re.compile(r"\{\{|\}\}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_WHOLE: Final = re.compile(r"[1-9][0-9]{0,8}")
_SECTION: Final = re.compile(r"^(?=## )", re.MULTILINE)
_FOR: Final = re.compile(r"^## for: *(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Faq:
    """Implements `ports.Answers`. Immutable: an edit makes a new one."""

    articles: Mapping[tuple[Intent, str], Article]
    slugs: Mapping[tuple[str, str], Article]
    first: tuple[Intent, ...]

    @classmethod
    def load(cls, data: Path, placeholders: Mapping[str, str], public_url: str) -> Faq:
        """Read `data/faq/<language>/<slug>.md`. Raises ConfigError with the first problem, file and line."""
        articles, problems = read_articles(data, placeholders, public_url)
        if problems:
            more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
            raise ConfigError(problems[0] + more)
        by_intent = {(article.intent, article.language): article for article in articles}
        return cls(
            articles=by_intent,
            slugs={(article.language, article.slug): article for article in articles},
            first=_opening(data, by_intent),
        )

    def find(self, intent: Intent, language: str) -> Article | None:
        """The article of an intent in a language, else in English, else None."""
        return self.articles.get((intent, language)) or self.articles.get((intent, FALLBACK))

    def opening(self, language: str) -> Sequence[Article]:
        """The questions offered when a conversation begins."""
        found = [self.find(intent, language) for intent in self.first]
        return [article for article in found if article is not None]

    def by_slug(self, language: str, slug: str) -> Article | None:
        """The article a link names."""
        return self.slugs.get((language, slug))


def read_articles(data: Path, placeholders: Mapping[str, str], public_url: str) -> tuple[list[Article], list[str]]:
    """Return all articles that can be read, and every problem, each with file and line."""
    articles: list[Article] = []
    problems: list[str] = []
    for path in sorted((data / "faq").glob("*/*.md")):
        name = path.relative_to(data.parent).as_posix()
        try:
            articles.append(_article(path, name, placeholders, public_url))
        except ConfigError as error:
            problems.append(str(error))
    versions: dict[Intent, Article] = {}
    for article in articles:
        model = versions.setdefault(article.intent, article)
        if model.version != article.version:
            problems.append(
                f"data/faq/{article.language}/{article.slug}.md: version {article.version}, but {model.language} has "
                f"{model.version}. All languages of an article have the same facts and the same version."
            )
        if [one.assets for one in model.variants] != [one.assets for one in article.variants]:
            problems.append(
                f"data/faq/{article.language}/{article.slug}.md: the names after '## for:' are not those of "
                f"{model.language}. All languages of an article have the same."
            )
    return articles, problems


def _article(path: Path, name: str, placeholders: Mapping[str, str], public_url: str) -> Article:
    head, body, first_line = _split(path, name)
    fields = _fields(head, name)
    slug, language = path.stem, path.parent.name
    if not _LANGUAGE.fullmatch(language):
        raise ConfigError(f"{name}:1: '{language}' is not a language such as 'en'; move or delete the file.")
    intent = f"faq/{slug.replace('-', '_')}"
    if fields["intent"] != intent:
        raise ConfigError(f"{name}:2: intent '{fields['intent']}' does not fit the file's name; expected '{intent}'.")
    filled = _fill(body, name, first_line, placeholders)
    text, *sections = _SECTION.split(filled)
    if not text.strip():
        raise ConfigError(f"{name}:{first_line}: there is no answer before the first '## '.")
    return Article(
        intent=Intent(intent),
        slug=slug,
        language=language,
        title=_fill(fields["title"], name, 1, placeholders),
        category=fields["category"],
        version=_version(fields["version"], f"{name}:{_line(head, 'version')}"),
        reviewed=_date(fields["reviewed"], f"{name}:{_line(head, 'reviewed')}"),
        text=text.strip(),
        body=_FOR.sub(r"## \1", filled).strip(),
        url=f"{public_url}/help/{language}/{slug}",
        variants=tuple(_variants(sections, name)),
    )


def _variants(sections: Iterable[str], name: str) -> Iterator[Variant]:
    """Yield the sections that begin with `## for: XRP, XLM`: what a chat adds when the customer names one of these."""
    for section in sections:
        if match := _FOR.match(section):
            assets, text = tuple(one.strip() for one in match[1].split(",")), section[match.end() :].strip()
            if not all(assets) or not text:
                raise ConfigError(f"{name}: '{match[0][:60]}' needs names of coins or networks, and a text below it.")
            yield Variant(assets=assets, text=text)


def _split(path: Path, name: str) -> tuple[list[str], str, int]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: it cannot be read: {error}") from error
    if not lines or lines[0].strip() != "---" or "---" not in lines[1:]:
        raise ConfigError(f"{name}:1: an article begins with front matter between two lines '---'.")
    end = lines.index("---", 1)
    return lines[1:end], "\n".join(lines[end + 1 :]), end + 2


def _fields(head: list[str], name: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for place, line in enumerate(head, 2):
        key, colon, value = line.partition(":")
        key = key.strip()
        if not colon or key not in _FIELDS:
            near = difflib.get_close_matches(key, _FIELDS, 1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(_FIELDS)}."
            raise ConfigError(f"{name}:{place}: '{key}' is not known here.{hint}")
        if key in fields:
            raise ConfigError(f"{name}:{place}: '{key}' stands twice. Keep one.")
        fields[key] = value.strip().strip("\"'")
    missing = [field for field in _FIELDS if not fields.get(field)]
    if missing:
        raise ConfigError(f"{name}:1: missing: {', '.join(missing)}.")
    return fields


def _line(head: list[str], field: str) -> int:
    """The line of the file on which a field stands that is known to be there."""
    return next(place for place, line in enumerate(head, 2) if line.partition(":")[0].strip() == field)


def _fill(text: str, name: str, first_line: int, placeholders: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        key = match[1]
        if key not in placeholders:
            line = first_line + text[: match.start()].count("\n")
            near = difflib.get_close_matches(key, placeholders, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigError(f"{name}:{line}: there is no placeholder '{key}' in exchange.toml.{hint}")
        return placeholders[key]

    stray = _STRAY.search(PLACEHOLDER.sub(lambda match: " " * len(match[0]), text))
    if stray:
        line = first_line + text[: stray.start()].count("\n")
        raise ConfigError(f"{name}:{line}: a placeholder is written '{{{{name}}}}', on one line.")
    return PLACEHOLDER.sub(value, text)


def _version(text: str, where: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ConfigError(f"{where}: version: '{text[:40]}' is not a whole number from 1.")
    return int(text)


def _date(text: str, where: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
        raise ValueError(text)
    except ValueError as error:
        raise ConfigError(f"{where}: reviewed: '{text}' is not a date such as 2026-11-22.") from error


def _opening(data: Path, articles: Mapping[tuple[Intent, str], Article]) -> tuple[Intent, ...]:
    path = data / "config" / "nlu.toml"
    try:
        names = list(tomllib.loads(path.read_text(encoding="utf-8"))["opening"]["intents"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: opening.intents: {error}.") from error
    known = {intent for intent, _ in articles}
    for name in names:
        if articles and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigError(f"{path}: opening.intents: there is no article for '{name}'.{hint}")
    return tuple(Intent(name) for name in names)
