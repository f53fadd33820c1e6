"""The language of a message."""

from __future__ import annotations

import pytest

from nlu.language import LANGUAGES, detect
from nlu.text import clean

TOLD = [
    ("where is my deposit", "en"),
    ("ok thanks", "en"),
    ("my USDT is gone", "en"),
    ("Où est mon dépôt", "en"),
    ("为什么提现这么久", "zh"),
    ("提幣沒到帳", "zh"),
    ("我的withdrawal一直pending好几天了", "zh"),
    ("入金が反映されない", "ja"),
    ("ログインできません", "ja"),
    ("USDTの出金はいつ", "ja"),
    ("입금이 안 됐어요", "ko"),
    ("USDT 출금 안됨", "ko"),
    ("ㅠㅠ", "ko"),
    ("出金 안 돼요", "ko"),
]
SILENT = [
    "",
    "BTC",
    "usdt trc20",
    "12345678",
    "1,000.50 USDT",
    "0x" + "a1" * 32,
    "deadbeef" * 8,
    "0xdAC17F958D2ee523a2206206994597C13D831ec7",
    "https://example.com/help/where-is-my-money",
    "someone@example.com",
    "👍👍",
    "???",
    "UID 12345678",
    "KYC",
]


@pytest.mark.parametrize(("text", "language"), TOLD)
@pytest.mark.parametrize("conversation", LANGUAGES)
def test_what_a_message_is_written_in_beats_the_conversation(text: str, language: str, conversation: str) -> None:
    assert detect(clean(text), conversation) == language


@pytest.mark.parametrize("text", SILENT)
@pytest.mark.parametrize("conversation", LANGUAGES)
def test_coins_numbers_and_links_alone_leave_the_conversation_its_language(text: str, conversation: str) -> None:
    assert detect(clean(text), conversation) == conversation


@pytest.mark.parametrize(("conversation", "language"), [("ja", "ja"), ("zh", "zh"), ("en", "zh"), ("ko", "zh")])
def test_a_few_han_alone_are_japanese_in_a_japanese_conversation_only(conversation: str, language: str) -> None:
    assert detect("出金手数料"[:4], conversation) == language


def test_coins_between_han_do_not_make_it_english() -> None:
    assert detect("USDT提现pending", "en") == "zh"


def test_a_sentence_of_han_alone_is_chinese_even_in_a_japanese_conversation() -> None:
    assert detect("为什么提现这么久", "ja") == "zh"
