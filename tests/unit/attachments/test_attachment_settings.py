"""What attachments.toml may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.attachments.settings import AttachmentSettings
from bots.attachments.store import ObjectStore, open_store
from bots.settings import DATA, load_attachment_settings
from bridge.errors import ConfigError

OWN = (DATA / "config" / "attachments.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str) -> AttachmentSettings:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "attachments.toml").write_text(text, encoding="utf-8")
    return load_attachment_settings(folder)


def test_what_is_delivered_is_ten_megabytes_five_at_a_time_on_this_machine() -> None:
    settings = load_attachment_settings(DATA)
    assert (settings.limits.bytes, settings.limits.per_message) == (10 * 1024 * 1024, 5)
    assert (settings.store.url, settings.scanner.clamd) == ("", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"text/plain"', '"text/html"'),
        ('"text/plain"', '"image/svg+xml"'),
        ("bytes = 10485760", "bytes = 0"),
        ("per_message = 5", "per_message = 50"),
        ('url = ""', 'url = "https://bucket"'),
        ('url = ""', 'url = "s3://x"'),
        ('clamd = ""', 'clamd = "localhost"'),
        ('clamd = ""', 'clamd = "a b:3310"'),
        ("redirects = 3", "redirects = -1"),
        ("timeout = 15", "timeout = 15\nproxy = 1"),
    ],
)
def test_what_cannot_work_is_refused_with_file_and_key(tmp_path: Path, before: str, after: str) -> None:
    assert OWN.count(before) >= 1
    with pytest.raises(ConfigError, match=r"attachments\.toml"):
        load(tmp_path, OWN.replace(before, after, 1))


@pytest.mark.parametrize("place", ["/run/clamav/clamd.ctl", "127.0.0.1:3310", "clamav:3310", "[::1]:3310"])
def test_a_scanner_is_a_socket_or_a_host_with_its_port(tmp_path: Path, place: str) -> None:
    assert load(tmp_path, OWN.replace('clamd = ""', f'clamd = "{place}"')).scanner.clamd == place


def test_a_bucket_needs_credentials_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID"):
        open_store("s3://files/desk", tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    assert isinstance(open_store("s3://files/desk", tmp_path), ObjectStore)
