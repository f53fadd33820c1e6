"""Both stores keep the same promises: whole files only, each found again by its digest."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.attachments.store import LocalStore, ObjectStore, Store, open_store, scratch
from bridge.errors import StoreError
from tests.fakes.s3 import FakeS3
from tests.integration.attachments.given import kept

LARGE = 11 * 1024 * 1024


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def put(store: Store, folder: Path, data: bytes) -> str:
    """Put some bytes; their digest."""
    file = folder / "given"
    file.write_bytes(data)
    await store.put(digest_of(data), file)
    return digest_of(data)


async def read(store: Store, digest: str) -> bytes | None:
    found = await store.open(digest)
    if found is None:
        return None
    data = b"".join([chunk async for chunk in found.chunks])
    assert len(data) == found.size
    return data


class StoreContract(ABC):
    """What every store must do."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> Store: ...

    @pytest.mark.parametrize("size", [1, 300_000, LARGE])
    async def test_a_file_comes_back_as_it_was(self, store: Store, tmp_path: Path, size: int) -> None:
        data = os.urandom(size)
        assert await read(store, await put(store, tmp_path, data)) == data

    async def test_a_file_that_was_never_put_is_not_there(self, store: Store) -> None:
        assert await store.open(digest_of(b"never")) is None

    async def test_a_file_may_be_put_again(self, store: Store, tmp_path: Path) -> None:
        for _ in range(2):
            digest = await put(store, tmp_path, b"the same")
        assert await read(store, digest) == b"the same"


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "attachments")

    async def test_a_disk_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "attachments").write_bytes(b"in the way")
        with pytest.raises(StoreError):
            await put(LocalStore(tmp_path / "attachments"), tmp_path, b"x")

    async def test_a_file_that_cannot_be_read_is_told(self, store: Store, tmp_path: Path) -> None:
        digest = await put(store, tmp_path, b"x")
        found = await store.open(digest)
        assert found is not None
        assert found.path is not None
        found.path.unlink()
        with pytest.raises(StoreError):
            await anext(found.chunks)


class TestObjectStore(StoreContract):
    @pytest.fixture
    async def fake(self) -> AsyncIterator[FakeS3]:
        fake = FakeS3(key="AKIAEXAMPLE", secret="not-a-secret")
        yield fake
        assert fake.wrong == []
        assert fake.unfinished == 0

    @pytest.fixture
    async def store(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Store]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", fake.key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", fake.secret)
        async with fake.serving() as url:
            yield open_store(f"s3://{fake.bucket}/desk/files?endpoint={url}&region={fake.region}", tmp_path)

    async def test_files_stand_below_the_prefix(self, store: Store, fake: FakeS3, tmp_path: Path) -> None:
        digest = await put(store, tmp_path, b"x")
        assert fake.objects == {f"desk/files/{digest[:2]}/{digest[2:]}": b"x"}

    async def test_a_store_that_is_away_is_told(self, store: Store, fake: FakeS3, tmp_path: Path) -> None:
        digest = await put(store, tmp_path, b"x")
        fake.down = True
        with pytest.raises(StoreError):
            await put(store, tmp_path, b"y")
        with pytest.raises(StoreError):
            await store.open(digest)

    async def test_a_file_that_breaks_off_is_told(self, store: Store, fake: FakeS3, tmp_path: Path) -> None:
        digest = await put(store, tmp_path, os.urandom(1_000_000))
        fake.cut = True
        found = await store.open(digest)
        assert found is not None
        with pytest.raises(StoreError):
            assert [chunk async for chunk in found.chunks]

    async def test_wrong_credentials_are_told(
        self, store: Store, fake: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        async with fake.serving() as url:
            other = ObjectStore(f"s3://{fake.bucket}?endpoint={url}&region={fake.region}")
            with pytest.raises(StoreError):
                await put(other, tmp_path, b"x")
        assert fake.wrong == ["a wrong signature"]
        fake.wrong.clear()
        assert fake.objects == {}


KILLED_BETWEEN = """
import asyncio, os, signal, sys
from pathlib import Path
from bots.attachments import store

var, step = Path(sys.argv[1]), sys.argv[2]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if step == "before the sync":
    store._sync = die
elif step == "before the move":
    Path.replace = die
elif step == "after the move":
    move = Path.replace
    Path.replace = lambda self, to: (move(self, to), die())

async def keep():
    async with store.scratch(var) as path:
        path.write_bytes(b"the whole file")
        if step == "half-way":
            path.write_bytes(b"the wh")
            die()
        await store.LocalStore(var / "attachments").put("ab" * 32, path)

asyncio.run(keep())
"""


@pytest.mark.parametrize("step", ["half-way", "before the sync", "before the move", "after the move"])
async def test_a_kill_at_any_step_leaves_the_whole_file_or_none(tmp_path: Path, step: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_BETWEEN, str(tmp_path), step)
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    found = await read(LocalStore(tmp_path / "attachments"), "ab" * 32)
    assert found == (b"the whole file" if step == "after the move" else None)


async def test_what_a_kill_left_is_removed_at_a_later_start_and_nothing_else(tmp_path: Path) -> None:
    store = open_store("", tmp_path)
    digest = await put(store, tmp_path, b"kept")
    async with scratch(tmp_path) as coming:
        coming.write_bytes(b"another process brings it now")
        left = coming.with_name("left")
        left.write_bytes(b"half")
        os.utime(left, (0, 0))
        assert len(kept(tmp_path)) == 3
        store = open_store("", tmp_path)
        assert kept(tmp_path) == sorted([coming, tmp_path / "attachments" / digest[:2] / digest[2:]])
    assert await read(store, digest) == b"kept"
