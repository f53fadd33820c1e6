"""How pressing messages sound, with the real phrases."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.settings import DATA
from bridge.errors import ConfigError
from nlu.urgency import Urgency

REAL = Urgency.load(DATA / "config" / "urgency.toml")
FROM = 0.5
"""`urgent_from` of policy.toml."""


@pytest.mark.parametrize(
    "text",
    [
        "Someone is in my account and my BTC got stolen!!",
        "I WAS HACKED",
        "it's urgent, please help me, all my money is in there",
        "账户被盗了怎么办",
        "帳號被盜,請立刻凍結",
        "救命，很急，在线等",
        "身に覚えのない出金があります",
        "至急お願いします。全財産なんです、助けて",
        "해킹당했어요 계정 동결해 주세요",
        "급해요 제발 도와주세요",
    ],
)
def test_money_at_risk_or_a_deadline_with_distress_is_urgent(text: str) -> None:
    assert REAL.of(text) >= FROM


@pytest.mark.parametrize(
    "text",
    [
        "",
        "how do I withdraw USDT",
        "what is the deadline of the trading competition?",
        "urgent",
        "提现手续费多少",
        "很急",
        "出金の手数料はいくらですか",
        "출금 수수료가 얼마예요?",
        "hello " * 1000,
    ],
)
def test_a_question_or_one_hurried_word_is_not(text: str) -> None:
    assert REAL.of(text) < FROM


def test_two_parts_together_are_more_urgent_than_either_and_less_than_certain() -> None:
    risk, hurry, both = REAL.of("i was hacked"), REAL.of("immediately"), REAL.of("i was hacked, immediately")
    assert max(risk, hurry) < both < 1


def test_a_phrase_within_other_words_does_not_count() -> None:
    assert REAL.of("the urgently-named insurgents") == REAL.of("urgently")
    assert REAL.of("insurgents") == 0


def test_width_case_and_traditional_characters_do_not_matter() -> None:
    assert REAL.of("ＵＲＧＥＮＴ") == REAL.of("urgent") > 0
    assert REAL.of("緊急") == REAL.of("紧急") > 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[deadline]\nweight = 0.3",
        "[money_at_risk]\nweight = 2.0\n[deadline]\nweight = 0.3\n[distress]\nweight = 0.3",
        '[money_at_risk]\nweight = 0.5\nen = [""]\n[deadline]\nweight = 0.3\n[distress]\nweight = 0.3',
        "[money_at_risk]\nweight = 0.5\nen = 1\n[deadline]\nweight = 0.3\n[distress]\nweight = 0.3",
        "no toml",
    ],
)
def test_a_file_that_is_not_in_order_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "urgency.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"urgency\.toml"):
        Urgency.load(path)
