"""The length of a post as X counts it (twitter-text, version 3 of its configuration)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MOST: Final = 280
_URL_WEIGHT: Final = 23
_LIGHT: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_NAKED_ENDS: Final = "com|org|net|edu|gov|info|biz|io|co|app|dev|ai|me|tv|xyz|hk|jp|kr|cn|uk|de|us|eu|fr|sg|tw|example"
_URL: Final = re.compile(
    # An address without its scheme counts as one too, when it ends as names of the net end.
    rf"(?<![\w@#$./-])(?:https?://(?:[\w-]+\.)+[a-z]{{2,}}|(?:[a-z0-9][\w-]*\.)+(?:{_NAKED_ENDS}))(?![\w@-])(?::\d+)?"
    r"(?:[/?#][\w\-./?%&=+~#:@!$',;()*]*[\w/=#&+~-])?/?",
    re.ASCII | re.IGNORECASE,
)
_SKIN: Final = "[\U0001f3fb-\U0001f3ff]"
_ONE: Final = (
    "(?:[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]|[©®](?=\ufe0f))"
)
_EMOJI: Final = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_ONE}\ufe0f?{_SKIN}?(?:\u200d{_ONE}\ufe0f?{_SKIN}?)*"
)


def weight(text: str) -> int:
    """A post's length: signs weigh one or two, a URL 23, an emoji of however many code points two."""
    normal = unicodedata.normalize("NFC", text)
    without, urls = _URL.subn("", normal)
    rest, emoji = _EMOJI.subn("", without)
    return _URL_WEIGHT * urls + 2 * emoji + sum(_sign(one) for one in rest)


def has_url(text: str) -> bool:
    """Whether X makes a link of a part of the text."""
    return _URL.search(text) is not None


def _sign(sign: str) -> int:
    return 1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2
