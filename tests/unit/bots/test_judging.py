"""What `switchboard evaluate` refuses before it spends a minute on judging."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.__main__ import main


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SWITCHBOARD_VAR", str(tmp_path))
    monkeypatch.delenv("SWITCHBOARD_NLU_URL", raising=False)


@pytest.mark.parametrize("options", [["--keep"], ["--keep", "--noise", "--language", "en"]])
def test_a_report_of_a_part_is_not_kept(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *options]) == 2
    assert "--keep: the report is of all languages, with --noise" in capsys.readouterr().err


def test_a_report_of_a_rasa_server_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SWITCHBOARD_NLU_URL", "http://127.0.0.1:5005")
    assert main(["evaluate", "--keep", "--noise"]) == 2
    assert "by the embedded engine" in capsys.readouterr().err
