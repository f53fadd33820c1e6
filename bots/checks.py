"""`switchboard check`: everything that an editor or operator can write, looked at as a whole."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bots.registry import CHANNELS
from bots.settings import DATA, load_attachment_settings, load_placeholders, load_rules, load_web_settings
from bridge.errors import ConfigError
from bridge.phrases import load_phrases
from bridge.policy import Rules
from handoff.queues import load_rules as load_desk_rules
from nlu.assets import Assets
from nlu.examples import known_intents, read_examples
from nlu.faq import Faq, read_articles
from nlu.judging.duplicates import repeated
from nlu.judging.testset import copied, read_testset
from nlu.marks import Marks

# Languages whose articles and examples are complete; the others fall back to English articles.
COMPLETE = ("en", "zh", "ja", "ko")
LEAST_EXAMPLES = 12


def problems(data: Path = DATA) -> list[str]:
    """Return all problems, in the words that the start of the service would use."""
    return list(_all(data))


def _all(data: Path) -> Iterator[str]:
    try:
        placeholders = load_placeholders(data)
        rules = load_rules(data)
        known = known_intents(data)
    except ConfigError as error:
        yield str(error)
        return
    yield from _configuration(data, placeholders)
    try:
        yield from _variants(Faq.load(data, placeholders, ""), Marks.load(data).assets)
    except ConfigError as error:
        yield str(error)
    yield from _content(data, placeholders, known)
    yield from _policy(rules, known)


def _configuration(data: Path, placeholders: Mapping[str, str]) -> Iterator[str]:
    """Each file by itself, so that a fault in one hides none in another."""
    config = data / "config"
    loads: list[Callable[[], object]] = [
        lambda: load_phrases(data / "phrases", placeholders),
        lambda: load_desk_rules(config / "queues.toml"),
        lambda: load_web_settings(data),
        lambda: load_attachment_settings(data),
        *(functools.partial(channel.configure, config) for channel in CHANNELS),
    ]
    for load in loads:
        try:
            load()
        except ConfigError as error:
            yield str(error)


def _content(data: Path, placeholders: Mapping[str, str], known: frozenset[str]) -> Iterator[str]:
    articles, faults = read_articles(data, placeholders, "")
    yield from faults[1:]
    examples, faults = read_examples(data)
    yield from faults
    yield from repeated(examples)
    cases, faults = read_testset(data)
    yield from faults
    yield from copied(cases, examples)
    for language in COMPLETE:
        written = {article.intent for article in articles if article.language == language}
        for intent in sorted(known):
            if intent.startswith("faq/") and intent not in written:
                slug = intent.removeprefix("faq/").replace("_", "-")
                yield f"data/faq/{language}/{slug}.md: the article is missing."
            count = sum(example.intent == intent and example.language == language for example in examples)
            if count < LEAST_EXAMPLES:
                yield f"data/nlu/{language}: {intent} has {count} examples; it needs at least {LEAST_EXAMPLES}."


def _variants(faq: Faq, assets: Assets) -> Iterator[str]:
    for article in faq.articles.values():
        for name in (name for variant in article.variants for name in variant.assets):
            if name not in assets.names:
                where = f"data/faq/{article.language}/{article.slug}.md"
                yield f"{where}: '## for: {name}': there is no coin or network of this name in assets.toml."


def _policy(rules: Rules, known: frozenset[str]) -> Iterator[str]:
    named = rules.urgent | rules.security | rules.person | rules.complaint | set(rules.small_talk)
    for intent in sorted(named - known):
        yield f"data/config/policy.toml: there is no intent '{intent}'."
