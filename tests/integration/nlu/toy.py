"""A small set of articles and examples that trains within seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NLU: Final = """[intents]
without_article = ["greet", "out_of_scope"]
out_of_scope = "out_of_scope"
[opening]
intents = ["faq/find_uid"]
[limits]
most_refused = 0.05
[cost]
wrong_security = 5
wrong = 2
needless_rephrase = 2
needless_question = 1
"""
EXAMPLES: Final = {
    "greet": ["hello", "hi there", "good morning", "hey", "你好", "早上好", "嗨", "您好"],
    "out_of_scope": [
        "what is the weather today",
        "write me a poem",
        "who won the football match",
        "recommend a film",
        "今天天气怎么样",
        "给我写首诗",
        "昨晚球赛谁赢了",
        "推荐一部电影",
    ],
    "faq/find_uid": [
        "where is my uid",
        "how do I find my account id",
        "what is my user number",
        "show me my uid please",
        "我的uid在哪里",
        "怎么查看账户id",
        "用户编号是多少",
        "uid在哪看",
    ],
    "faq/forgot_password": [
        "I forgot my password",
        "how to reset the login password",
        "cannot remember my password",
        "change my password",
        "忘记密码了",
        "怎么重置登录密码",
        "密码想不起来了",
        "修改密码",
    ],
}
TITLES: Final = {
    "find-uid": ("Where do I find my UID?", "在哪里查看UID?"),
    "forgot-password": ("How do I reset my password?", "如何重置密码?"),
}


def write_toy(data: Path) -> Path:
    """Write the set below `data` and return it."""
    for part in ("config", "nlu/en", "nlu/zh", "faq/en", "faq/zh"):
        (data / part).mkdir(parents=True)
    (data / "config" / "nlu.toml").write_text(NLU, encoding="utf-8")
    (data / "config" / "policy.toml").write_text("[intents]\nsecurity = []\n", encoding="utf-8")
    for place, language in enumerate(("en", "zh")):
        blocks = [
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in half(texts, place))
            for intent, texts in EXAMPLES.items()
        ]
        (data / "nlu" / language / "all.yml").write_text("nlu:\n" + "".join(blocks), encoding="utf-8")
        for slug, titles in TITLES.items():
            intent = f"faq/{slug.replace('-', '_')}"
            head = f"intent: {intent}\ntitle: {titles[place]}\ncategory: account\nversion: 1\nreviewed: 2026-11-01"
            (data / "faq" / language / f"{slug}.md").write_text(
                f"---\n{head}\n---\n{titles[place]} 👍\n", encoding="utf-8"
            )
    return data


def half(texts: list[str], place: int) -> list[str]:
    """The English or the Chinese half of an intent's texts."""
    middle = len(texts) // 2
    return texts[middle:] if place else texts[:middle]
