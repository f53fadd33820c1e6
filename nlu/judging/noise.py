"""Writes sentences as hurried customers do: typos, missing spaces, width, script, greetings. Seeded, pure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Final

from bridge.script import to_traditional

_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TYPOS: Final = 0.2
# Two characters of a script without spaces count as a word.
_WITHOUT: Final = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_WORD: Final = re.compile(rf"[{_WITHOUT}]{{1,2}}|[^\W{_WITHOUT}]+|\W")
_SPACELESS: Final = re.compile(rf"[{_WITHOUT}]")
# What an input method offers beside the right character, by sound.
_ALIKE: Final = {
    "提": "题", "现": "显", "账": "帐", "户": "护", "的": "得", "在": "再", "到": "道", "没": "每", "登": "等",
    "录": "路", "币": "比", "充": "冲", "值": "直", "验": "眼", "证": "正", "码": "马", "费": "飞",
    "订": "定", "单": "但",
    "い": "ぃ", "う": "ぅ", "ー": "-", "ッ": "ツ", "ョ": "ヨ", "っ": "つ",
    "되": "돼", "돼": "되", "안": "않", "에": "애", "어": "러", "금": "긍", "했": "햇", "있": "잇",
}  # fmt: skip
_GREETINGS: Final = {
    "en": ("Hello, I have a question. ", " Thanks in advance"),
    "zh": ("你好,想请教一下。", " 谢谢"),
    "ja": ("お世話になっております。", " よろしくお願いします"),
    "ko": ("안녕하세요 문의드립니다. ", " 감사합니다"),
}

Noise = Callable[[str, str, random.Random], str]


def noisy(text: str, language: str, seed: int) -> str:
    """Return the text with one kind of noise, chosen by the seed among those that change it."""
    chance = random.Random(f"{seed} {text}")
    # A kind that leaves the text as it is (missing spaces, where there are none) would make the test easier.
    found = (KINDS[kind](text, language, chance) for kind in chance.sample(list(KINDS), len(KINDS)))
    return next((one for one in found if one != text), text)


def _typos(text: str, language: str, chance: random.Random) -> str:
    words = _WORD.findall(text)
    long = [place for place, word in enumerate(words) if len(word) >= (2 if _SPACELESS.match(word) else 4)]
    for place in chance.sample(long, min(len(long), max(1, round(_TYPOS * len(long))))):
        words[place] = _mistyped(words[place], chance)
    return "".join(words)


def _mistyped(word: str, chance: random.Random) -> str:
    """Return a word with one slip: a character like it, else one dropped, in scripts without spaces."""
    if _SPACELESS.match(word):
        alike = [place for place, sign in enumerate(word) if sign in _ALIKE]
        place = chance.choice(alike or range(len(word)))
        return word[:place] + (_ALIKE[word[place]] if alike else "") + word[place + 1 :]
    place = chance.randrange(1, len(word) - 1)
    match chance.randrange(3):
        case 0:
            return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]
        case 1:
            return word[:place] + word[place + 1 :]
        case _:
            return word[:place] + _neighbour(word[place], chance) + word[place + 1 :]


def _neighbour(letter: str, chance: random.Random) -> str:
    row = next((row for row in _KEYS if letter.lower() in row), None)
    if row is None:
        return letter
    place = row.index(letter.lower())
    return row[place + 1 if place == 0 or (place + 1 < len(row) and chance.random() < 0.5) else place - 1]


def _without_spaces(text: str, language: str, chance: random.Random) -> str:
    words = text.split(" ")
    gone = {chance.randrange(len(words)) for _ in range(max(1, len(words) // 5))}
    if language == "ko":
        gone = set(range(len(words)))
    return "".join(word + ("" if place in gone else " ") for place, word in enumerate(words)).strip()


def _wide(text: str, language: str, chance: random.Random) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _other_script(text: str, language: str, chance: random.Random) -> str:
    return to_traditional(text) if language == "zh" else text.upper()


def _with_emoji(text: str, language: str, chance: random.Random) -> str:
    return f"{text} {chance.choice(['😭😭', '🙏', '!!!!', '😡', '...', '？？？'])}"


def _careless(text: str, language: str, chance: random.Random) -> str:
    return re.sub(r"[^\w\s]", "", text).lower()


def _polite(text: str, language: str, chance: random.Random) -> str:
    before, after = _GREETINGS.get(language, _GREETINGS["en"])
    return f"{before}{text}{after}"


KINDS: Final[Mapping[str, Noise]] = {
    "typos": _typos,
    "missing spaces": _without_spaces,
    "full width": _wide,
    "other script or capitals": _other_script,
    "emoji": _with_emoji,
    "no punctuation": _careless,
    "greeting": _polite,
}
