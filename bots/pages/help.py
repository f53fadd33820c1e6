"""An article as a page of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bots.languages import own_names
from bots.pages.layout import page
from bots.pages.markdown import to_html
from bridge.types import Article

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "reviewed": "Version {version}, reviewed {date}",
        "ask": "Ask about this",
        "home": "Home",
        "missing": "There is no such article",
        "lead": "It may have been renamed. Ask in the chat: it knows all articles.",
        "other": "Also in",
        "colon": " ",
    },
    "zh": {
        "reviewed": "第 {version} 版，审核于 {date}",
        "ask": "就此提问",
        "home": "首页",
        "missing": "没有这篇文章",
        "lead": "文章可能已改名。请在聊天窗口提问，那里能找到所有文章。",
        "other": "其他语言",
        "colon": "：",
    },
    "ja": {
        "reviewed": "第 {version} 版、{date} 確認",
        "ask": "この内容について質問する",
        "home": "ホーム",
        "missing": "記事が見つかりません",
        "lead": "名前が変わった可能性があります。チャットでお尋ねください。",
        "other": "他の言語",
        "colon": "：",
    },
    "ko": {
        "reviewed": "버전 {version}, {date} 검토",
        "ask": "이 내용에 대해 질문하기",
        "home": "홈",
        "missing": "문서를 찾을 수 없습니다",
        "lead": "이름이 바뀌었을 수 있습니다. 채팅으로 물어보세요.",
        "other": "다른 언어",
        "colon": ": ",
    },
}


def article_page(article: Article, others: Sequence[Article], name: str) -> str:
    """Return the page of an article; `others` are the same article in other languages."""
    words = _WORDS.get(article.language, _WORDS["en"])
    reviewed = words["reviewed"].format(version=article.version, date=article.reviewed)
    links = " · ".join(
        f'<a href="/help/{other.language}/{other.slug}" lang="{other.language}" hreflang="{other.language}">'
        f"{own_names([other.language])[other.language]}</a>"
        for other in others
    )
    also = f'<p class="small">{words["other"]}{words["colon"]}{links}</p>' if links else ""
    body = f"""
<header class="bar"><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>{escape(name)}</a></header>
<main class="article"><article><h1>{escape(article.title)}</h1>
{to_html(article.body)}
<footer><div><p class="small"><time datetime="{escape(article.reviewed)}">{escape(reviewed)}</time></p>{also}</div>
<p><button type="button" class="ask" data-switchboard-ask="{escape(article.title)}">{words["ask"]}</button></p>
</footer></article></main>"""
    lead = article.text.partition("\n\n")[0]
    return page(title=f"{article.title} · {name}", language=article.language, body=body, description=lead, name=name)


def missing_page(language: str, name: str) -> str:
    """Return the page for a link that leads nowhere: it leads on."""
    words = _WORDS.get(language, _WORDS["en"])
    body = f"""
<header class="bar"><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>{escape(name)}</a></header>
<main class="article missing"><p class="eyebrow">404</p><h1>{words["missing"]}</h1><p>{words["lead"]}</p>
<p><a href="/">{words["home"]}</a></p></main>"""
    known = language if language in _WORDS else "en"
    return page(title=words["missing"], language=known, body=body, name=name)
