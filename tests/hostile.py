"""Strings as nobody writes them: for whatever takes text from strangers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

MOST_BYTES: Final = 100_000
_LAST_CODE_POINT: Final = 0x10FFFF
_NASTY: Final = (
    *(
        "\x00",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\ud800",
        "\udfff",
        "\u0301",
        "\u20e3",
        "\ufdfa",
        "\U0001f468\u200d\U0001f469",
    ),
    *(
        ".",
        "!",
        "?",
        "。",
        "\n",
        "\r",
        "\t",
        " ",
        "\u3000",
        "@",
        "#",
        "0x",
        "1.",
        "-",
        "%",
        "$",
        "'",
        '"',
        "<",
        ">",
        "{{",
        "[",
        "](",
    ),
    *(
        "USDT",
        "提现",
        "出金",
        "출금",
        "UID",
        "TXID",
        "txid:",
        "https://",
        "bc1q",
        "T",
        "ERC20",
        "１００",
        "ﷺ",
        "ก็",
        "İ",
        "ß",
        "ﬀ",
        "ｶﾞ",
    ),
)


def hostile(seed: int, sentences: Sequence[str], longest: int = MOST_BYTES) -> Iterator[str]:
    """Yield strings without end, the same for a seed; most are short, some as long as `longest` characters.

    `sentences` are ordinary ones, which are cut up and spoilt.
    """
    chance = random.Random(seed)
    while True:
        length = longest if chance.random() < 0.01 else min(longest, int(chance.expovariate(1 / 60)))
        yield chance.choice(_KINDS)(chance, length, sentences)


def _anything(chance: random.Random, length: int, sentences: Sequence[str]) -> str:
    return "".join(chr(chance.randint(0, _LAST_CODE_POINT)) for _ in range(length))


def _one_plane(chance: random.Random, length: int, sentences: Sequence[str]) -> str:
    first = chance.choice((0x0000, 0x0300, 0x0600, 0x0E00, 0x2000, 0x3040, 0x4E00, 0xAC00, 0xF900, 0x1F300, 0xE0000))
    return "".join(chr(first + chance.randrange(256)) for _ in range(length))


def _repeated(chance: random.Random, length: int, sentences: Sequence[str]) -> str:
    piece = "".join(chance.choices(_NASTY, k=chance.randint(1, 3)))
    return (piece * (length // len(piece) + 1))[:length]


def _nasty(chance: random.Random, length: int, sentences: Sequence[str]) -> str:
    return "".join(chance.choices(_NASTY, k=length))[:length]


def _spoilt(chance: random.Random, length: int, sentences: Sequence[str]) -> str:
    signs = list(" ".join(chance.choices(sentences, k=1 + length // 60)))[: max(length, 1)]
    for _ in range(1 + len(signs) // 6):
        place = chance.randrange(len(signs))
        signs[place] = chance.choice(("", chance.choice(_NASTY), chr(chance.randint(0, _LAST_CODE_POINT))))
    return "".join(signs)


_KINDS: Final[Sequence[Callable[[random.Random, int, Sequence[str]], str]]] = (
    _anything,
    _one_plane,
    _repeated,
    _nasty,
    _spoilt,
)
