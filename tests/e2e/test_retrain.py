"""An editor trains while customers write: each gets his answer, from the old model or the new one."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

import aiohttp

from bots.settings import DATA
from tests.e2e.conftest import Start
from tests.e2e.program import Program

SURE: Final = "I am not receiving the SMS verification code"
ANSWER: Final = "A code by SMS or email normally comes within a minute"
CUSTOMERS: Final = 4
_PAUSE_S: Final = 0.05


async def asks(session: aiohttp.ClientSession, url: str, name: str, stop: asyncio.Event) -> list[str]:
    """Ask again and again until `stop`; return all answers."""
    answers: list[str] = []
    while not stop.is_set():
        body = {"sender": f"{name}-{len(answers)}", "message": SURE}
        async with session.post(f"{url}/webhooks/rest/webhook", json=body) as reply:
            assert reply.status == 200, await reply.text()
            (line, *_) = await reply.json()
            answers.append(line["text"])
        await asyncio.sleep(_PAUSE_S)
    return answers


async def model_of(session: aiohttp.ClientSession, url: str) -> str:
    """The model that answers now."""
    async with session.get(f"{url}/status") as reply:
        return str((await reply.json())["model_id"])


async def until_another(session: aiohttp.ClientSession, program: Program, before: str) -> None:
    """Return when another model answers."""
    async with asyncio.timeout(30):
        while await model_of(session, program.url) == before:
            await asyncio.sleep(0.1)


async def test_a_retrain_under_load_loses_no_message(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    program, stop = start(data=data), asyncio.Event()
    async with aiohttp.ClientSession() as session:
        before = await model_of(session, program.url)
        asking = [asyncio.create_task(asks(session, program.url, f"c{n}", stop)) for n in range(CUSTOMERS)]
        examples = data / "nlu" / "en" / "vip.yml"
        examples.write_text(examples.read_text(encoding="utf-8").rstrip() + "\n    - what do big fish get from you\n")
        trained = await asyncio.to_thread(program.command, "train")
        assert trained.returncode == 0, trained.stderr
        await until_another(session, program, before)
        stop.set()
        answers = [answer for answered in await asyncio.gather(*asking) for answer in answered]
    assert len(answers) > CUSTOMERS
    assert [answer for answer in answers if ANSWER not in answer] == []
    ledger = program.command("doctor", "--ledger")
    assert ledger.returncode == 0, ledger.stdout
