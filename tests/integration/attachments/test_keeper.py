"""A file is kept whole, once and after all checks, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bots.attachments.download import Downloads
from bots.attachments.keeper import Keeper
from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, TooMuchToday
from bots.attachments.settings import AttachmentSettings
from bots.attachments.store import LocalStore, Opened
from bridge.errors import StoreError
from bridge.memory import Memory
from tests.fakes.clamd import FakeClamd, Trouble, eicar
from tests.fixtures import files
from tests.integration.attachments.given import ANN, BOB, kept, scanned
from tests.integration.web.core import TestClock


class NoStore:
    """A store that is away."""

    async def put(self, digest: str, file: Path) -> None:
        raise StoreError("away")

    async def open(self, digest: str) -> Opened | None:
        raise StoreError("away")


def source(
    data: bytes, error: Exception | None = None
) -> Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]:
    """A platform that gives a file, and at its end perhaps an error."""

    async def bringing() -> AsyncIterator[bytes]:
        async for piece in files.pieces(data):
            yield piece
        if error is not None:
            raise error

    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncIterator[bytes]]:
        yield bringing()

    return opened


async def test_a_file_is_kept_under_the_digest_of_its_bytes_for_us_alone(keeper: Keeper, tmp_path: Path) -> None:
    data = files.png()
    attachment = await keeper.keep(ANN, "../screen shot.jpg", files.pieces(data))
    digest = hashlib.sha256(data).hexdigest()
    assert (attachment.name, attachment.media_type, attachment.size) == ("screen shot.jpg.png", "image/png", len(data))
    assert attachment.url == f"/attachments/{digest}/screen%20shot.jpg.png"
    assert attachment.refused == ""
    [path] = kept(tmp_path)
    assert path == tmp_path / "attachments" / digest[:2] / digest[2:]
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_same_file_of_two_customers_is_kept_once(keeper: Keeper, tmp_path: Path) -> None:
    first, second = await asyncio.gather(
        keeper.keep(ANN, "a.png", files.pieces(files.png())), keeper.keep(BOB, "b.png", files.pieces(files.png()))
    )
    assert first.url.rpartition("/")[0] == second.url.rpartition("/")[0]
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"x" * 2001, "too_large"), (b"", "type_refused"), (b"<html>", "type_refused"), (files.ZIP, "type_refused")],
)
async def test_what_is_refused_leaves_nothing(keeper: Keeper, tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(AttachmentRefused) as raised:
        await keeper.keep(ANN, "a.png", files.pieces(data))
    assert raised.value.code == code
    assert kept(tmp_path) == []


async def test_a_type_that_is_not_configured_is_refused(
    settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path
) -> None:
    limits = settings.limits.model_copy(update={"types": frozenset({"image/png"})})
    some = settings.model_copy(update={"limits": limits})
    keeper = Keeper(some, LocalStore(tmp_path / "attachments"), Downloads(settings.download), memory, clock, tmp_path)
    await keeper.keep(ANN, "a", files.pieces(files.png()))
    with pytest.raises(AttachmentRefused):
        await keeper.keep(ANN, "a", files.pieces(files.PDF))


async def test_no_more_is_read_than_may_come(keeper: Keeper) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100
            yield b"x" * 100

    with pytest.raises(AttachmentRefused):
        await keeper.keep(ANN, "a.txt", endless())
    assert taken == 2100


@pytest.mark.parametrize("error", [ConnectionResetError(), AttachmentUnavailable("later")])
async def test_half_a_file_leaves_nothing(keeper: Keeper, tmp_path: Path, error: Exception) -> None:
    with pytest.raises(AttachmentUnavailable):
        await keeper.fetch(ANN, "a.txt", source(b"half", error))
    assert kept(tmp_path) == []


async def test_a_customer_who_goes_away_leaves_nothing(keeper: Keeper, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"half"
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(keeper.keep(ANN, "a.txt", slow()))
    await begun.wait()
    assert len(kept(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept(tmp_path) == []


async def test_an_adapter_is_told_why_a_file_was_not_kept(keeper: Keeper) -> None:
    refused = await keeper.fetch(ANN, "dir/setup.exe", source(b"MZ\0\0"))
    assert (refused.name, refused.url, refused.refused) == ("setup.exe", "", "type_refused")
    gone = await keeper.fetch(ANN, "a.txt", source(b"x", AttachmentRefused("unavailable", "gone")))
    assert gone.refused == "unavailable"
    assert (await keeper.fetch(ANN, "a.txt", source(b"fine"))).refused == ""


async def test_a_conversation_brings_so_much_a_day(keeper: Keeper, clock: TestClock, tmp_path: Path) -> None:
    for number in range(2):
        await keeper.keep(ANN, "a.txt", files.pieces(str(number).encode() * 2000))
    with pytest.raises(TooMuchToday) as raised:
        await keeper.keep(ANN, "a.txt", files.pieces(b"c" * 1001))
    assert raised.value.retry_after == timedelta(hours=12).total_seconds()
    assert (await keeper.fetch(ANN, "a.txt", source(b"c" * 1001))).refused == "too_large"
    assert len(kept(tmp_path)) == 2
    await keeper.keep(ANN, "a.txt", files.pieces(b"c" * 1000))
    await keeper.keep(BOB, "a.txt", files.pieces(b"d" * 2000))
    clock.forward(timedelta(hours=12))
    await keeper.keep(ANN, "a.txt", files.pieces(b"e" * 2000))


async def test_files_that_come_at_once_are_all_counted(keeper: Keeper) -> None:
    results = await asyncio.gather(
        *[keeper.keep(ANN, "a.txt", files.pieces(str(number).encode() * 2000)) for number in range(5)],
        return_exceptions=True,
    )
    assert [type(one) for one in results].count(TooMuchToday) == 3


async def test_what_the_store_did_not_take_may_be_tried_again_without_being_counted(
    settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path
) -> None:
    away = Keeper(settings, NoStore(), Downloads(settings.download), memory, clock, tmp_path)
    for _ in range(4):
        with pytest.raises(AttachmentUnavailable):
            await away.keep(ANN, "a.txt", files.pieces(b"x" * 2000))
    assert kept(tmp_path) == []
    back = LocalStore(tmp_path / "attachments")
    keeper = Keeper(settings, back, Downloads(settings.download), memory, clock, tmp_path)
    for number in range(2):
        await keeper.keep(ANN, "a.txt", files.pieces(str(number).encode() * 2000))


async def test_a_disk_that_takes_nothing_is_a_reason_to_come_again(keeper: Keeper, tmp_path: Path) -> None:
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "coming").write_bytes(b"in the way")
    with pytest.raises(AttachmentUnavailable):
        await keeper.keep(ANN, "a.txt", files.pieces(b"x"))


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    fake = FakeClamd()
    yield fake
    assert fake.wrong == []


def scanning(
    place: str, settings: AttachmentSettings, memory: Memory, clock: TestClock, var: Path, patience: float = 5.0
) -> Keeper:
    """A keeper that asks a scanner."""
    guarded = scanned(settings, place, patience)
    return Keeper(guarded, LocalStore(var / "attachments"), Downloads(settings.download), memory, clock, var)


@pytest.mark.parametrize("by_path", [False, True])
async def test_every_file_is_scanned_whole_before_it_is_kept(
    clamd: FakeClamd, by_path: bool, settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path
) -> None:
    async with clamd.serving(tmp_path / "clamd.ctl" if by_path else None) as place:
        keeper = scanning(place, settings, memory, clock, tmp_path)
        assert (await keeper.fetch(ANN, "a.txt", source(b"clean"))).refused == ""
        infected = await keeper.fetch(ANN, "b.txt", source(b"before " + eicar()))
    assert clamd.scanned == [b"clean", b"before " + eicar()]
    assert (infected.refused, infected.url) == ("infected", "")
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_without_the_scanners_word_no_file_is_kept(
    clamd: FakeClamd,
    trouble: Trouble,
    settings: AttachmentSettings,
    memory: Memory,
    clock: TestClock,
    tmp_path: Path,
) -> None:
    clamd.trouble = trouble
    async with clamd.serving() as place:
        keeper = scanning(place, settings, memory, clock, tmp_path, patience=0.2)
        with pytest.raises(AttachmentUnavailable):
            await keeper.keep(ANN, "a.txt", files.pieces(b"clean"))
    assert kept(tmp_path) == []


async def test_a_scanner_that_is_down_keeps_files_out(
    settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path
) -> None:
    keeper = scanning(str(tmp_path / "none.ctl"), settings, memory, clock, tmp_path)
    with pytest.raises(AttachmentUnavailable):
        await keeper.fetch(ANN, "a.txt", source(b"clean"))
    assert kept(tmp_path) == []
