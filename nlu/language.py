"""Tells the language of a message by its script. Pure."""

from __future__ import annotations

import re
from typing import Final

LANGUAGES: Final = ("en", "zh", "ja", "ko")

_KANA: Final = re.compile(r"[\u3041-\u30fa\u30fd-\u30ff\u31f0-\u31ff]")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# A letter that stands alone comes out of NFKC as a conjoining one.
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]")
_LATIN_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)
# What is written the same in every language says nothing about one. An address of mail is looked for where a word
# begins only: from each sign of a word of 4,000 it would take 50 ms.
_ADDRESS: Final = re.compile(r"https?://\S+|(?<!\S)\S+@\S+|\b(?:0x)?[0-9a-fA-F]{16,}\b|\b\w*\d\w*\b")
_UPPER: Final = re.compile(r"\b[A-Z]{2,6}\b")
_INTERNATIONAL: Final = frozenset(
    (
        "usdt usdc btc eth xrp sol ton trx bnb doge ada trc erc bep uid txid kyc api vip fa otp sms email app web ok p "
        "p2p c2c pending bug hash memo tag gas"
    ).split()
)
_SHORT_HAN: Final = 4


def detect(text: str, conversation: str) -> str:
    """Return the language of a clean text; the conversation's when the text does not tell.

    A few Han characters alone are Japanese in a Japanese conversation and Chinese elsewhere.
    """
    if _KANA.search(text):
        return "ja"
    hangul, han = len(_HANGUL.findall(text)), len(_HAN.findall(text))
    if hangul or han:
        if hangul >= han:
            return "ko"
        return "ja" if conversation == "ja" and han <= _SHORT_HAN else "zh"
    words = _LATIN_WORD.findall(_UPPER.sub(" ", _ADDRESS.sub(" ", text)))
    telling = [word for word in words if word.casefold() not in _INTERNATIONAL]
    return "en" if telling else conversation
