"""Traditional Chinese is told from Simplified, and written with its own words."""

from __future__ import annotations

import pytest

from bridge.script import is_traditional, to_traditional


@pytest.mark.parametrize(
    ("text", "traditional"),
    [
        ("我的提現還沒到帳", True),
        ("提現一直審核中 USDT", True),
        ("我的提现还没到账", False),
        ("你好", None),
        ("USDT 0.5 hello", None),
        ("", None),
    ],
)
def test_the_characters_tell_the_script(text: str, traditional: bool | None) -> None:
    assert is_traditional(text) is traditional


def test_taiwans_words_are_used_and_what_is_not_chinese_stays() -> None:
    text = "打开软件里的[帮助中心](https://help.demo-exchange.example/zh)，查看网络 TRC20"
    assert to_traditional(text) == "開啟軟體裡的[幫助中心](https://help.demo-exchange.example/zh)，檢視網路 TRC20"
