"""What an operator writes about coins and networks is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from nlu.assets import Assets


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("[coins]\nBTC = ['btc']\nETH = ['BTC']", "'BTC' stands for BTC and for ETH"),
        ("[coins]\nBTC = []", "coins.BTC must be a list of names"),
        ("[coins]\nBTC = ['']", "coins.BTC must be a list of names"),
        ("coins = 1", "coins must be a table"),
        ("[tokens]\nBTC = ['btc']", "there is no part 'tokens'"),
        ("[coins]\nBTC = ['btc']\n[careful]\nnames = ['sol']", "careful names 'sol'"),
        ("[coins", "assets.toml"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, written: str, fault: str) -> None:
    path = tmp_path / "assets.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"assets\.toml") as raised:
        Assets.load(path)
    assert fault in str(raised.value)
