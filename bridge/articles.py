"""How an article is said, named beside its answer, and offered as a choice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.brain import Brain
from bridge.transcript import Turn
from bridge.types import Article, ArticleRef, Conversation, Meaning, NoneOfThese, PickIntent, Speaker


def article_ref(article: Article) -> ArticleRef:
    """Names an article and its version beside an answer."""
    return ArticleRef(
        intent=article.intent,
        slug=article.slug,
        language=article.language,
        version=article.version,
        url=article.url,
        reviewed=article.reviewed,
    )


def article_text(article: Article, conversation: Conversation, brain: Brain) -> str:
    """What a chat says of an article to this customer, with a word about the language when it is not his."""
    said = article.said(frozenset(conversation.assets))
    if article.language == conversation.language:
        return said
    return f"{brain.phrases.say('english_article', conversation.language)}\n\n{said}"


def offers(articles: Sequence[Article], conversation: Conversation, brain: Brain) -> list[tuple[str, Meaning]]:
    """Articles as choices, and that none of them fits."""
    shown: list[tuple[str, Meaning]] = [
        (article.title, PickIntent(intent=article.intent)) for article in articles[: brain.rules.candidates]
    ]
    return [*shown, (brain.phrases.say("none_of_these", conversation.language), NoneOfThese())]


def cite(turn: Turn, article: Article) -> None:
    """Name the article on the line that was said last, which begins with its text."""
    turn.conversation = replace(turn.conversation, topic=article.intent)
    said = turn.outgoing[-1]
    line = next(r for r in reversed(turn.records) if r.kind == "line" and r.speaker is Speaker.BOT)
    turn.records[turn.records.index(line)] = replace(line, article=article_ref(article))
    if said.kind == "say":
        turn.outgoing[-1] = replace(said, article=article_ref(article))
