"""One row: an engine on a data set, measured once and kept in a file, so that a run can be taken up again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypedDict

import psutil

from tests.bench.nlu.engines import HERE, Engine, meant, start, texts
from tests.bench.nlu.sets import DataSet
from tests.bench.table import percentile
from tests.integration.stores import free_port

CLIENTS: Final = (8, 32)
_KEPT_IN_SCOPE: Final = 0.95
_LOAD_SECONDS: Final = 10
_START_S: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured. Times in seconds, memory in bytes; `refused` is None for a set that has nothing outside.

    `refused` is the part of what is out of scope whose score is below that of 95 % of what is in scope. `replies` are
    those a second over HTTP with so many clients; measured on the own set alone.
    """

    engine: str
    data: str
    accuracy: dict[str, float]
    refused: float | None
    training: float
    training_memory: int
    memory: int
    p50: float
    p95: float
    replies: dict[str, float]
    load: float


def measure(engine: Engine, data: DataSet, kept: Path) -> Row:
    """Return the row that `kept` holds, or train, ask and load the engine, and keep it."""
    file = kept / f"{data.name}.{engine.name}.json"
    if file.exists():
        return Row(**json.loads(file.read_text(encoding="utf-8")))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine.write(data, folder)
        begun = time.perf_counter()
        training_memory = _run(engine, folder)
        training = time.perf_counter() - begun
        judged = _judge(engine, data, folder)
        replies = _replies(engine, data, folder) if data.name == "own" else {}
    said = [meant(data, engine, one) for one in judged["labels"]]
    count = len(data.test)
    row = Row(
        engine=engine.name,
        data=data.name,
        accuracy=_accuracy(data, said[:count]),
        refused=_refused(data, said, judged["scores"]) if data.outside else None,
        training=training,
        training_memory=training_memory,
        memory=judged["memory"],
        p50=percentile(judged["times"], 50),
        p95=percentile(judged["times"], 95),
        replies=replies,
        load=load,
    )
    kept.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(row), indent=1), encoding="utf-8")
    return row


def _run(engine: Engine, folder: Path) -> int:
    """Train; return the most memory that it took, in bytes."""
    with (folder / "train.log").open("wb") as log:
        process = start(engine.train(folder), folder, log.fileno())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{engine.title} did not train:\n{(folder / 'train.log').read_text()[-3000:]}")
    return usage.ru_maxrss * 1024


class _Judged(TypedDict):
    labels: list[str]
    scores: list[float]
    times: list[float]
    memory: int


def _judge(engine: Engine, data: DataSet, folder: Path) -> _Judged:
    (folder / "texts.json").write_text(json.dumps(texts([*data.test, *data.outside])), encoding="utf-8")
    with (folder / "judged.log").open("w+b") as output:
        process = start(engine.judge(folder), folder, output.fileno())
        code = process.wait()
    lines = (folder / "judged.log").read_text(encoding="utf-8").strip().splitlines()
    if code or not lines:
        raise RuntimeError(f"{engine.title} did not judge:\n{''.join(lines[-30:])}")
    judged: _Judged = json.loads(lines[-1])
    return judged


def _accuracy(data: DataSet, said: list[str]) -> dict[str, float]:
    """The part of the sentences that got their label, by language and of all."""
    found: dict[str, list[bool]] = {}
    for sentence, label in zip(data.test, said, strict=True):
        found.setdefault(sentence.language, []).append(label == sentence.label)
        found.setdefault("all", []).append(label == sentence.label)
    return {language: sum(right) / len(right) for language, right in found.items()}


def _refused(data: DataSet, said: list[str], scores: list[float]) -> float:
    # What an engine itself takes to be out of scope comes first, the surest of it before all.
    likely = [-score if label in ("", data.refusing) else score for label, score in zip(said, scores, strict=True)]
    inside, outside = likely[: len(data.test)], likely[len(data.test) :]
    least = percentile(inside, 100 * (1 - _KEPT_IN_SCOPE))
    return sum(score < least for score in outside) / len(outside)


def _replies(engine: Engine, data: DataSet, folder: Path) -> dict[str, float]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (folder / "load.json").write_text(json.dumps(texts(data.test)), encoding="utf-8")
    with (folder / "serve.log").open("wb") as log:
        server = start(engine.serve(folder, port), folder, log.fileno())
    try:
        _until_ready(f"{url}/version" if engine.name != "node" else url, server)
        return {str(clients): _load(url, folder / "load.json", clients) for clients in CLIENTS}
    finally:
        _end(server)


def _load(url: str, sentences: Path, clients: int) -> float:
    arguments = [str(HERE / "load.py"), url, str(sentences), "--clients", str(clients), "--seconds", str(_LOAD_SECONDS)]
    output = subprocess.run([sys.executable, *arguments], capture_output=True, check=True).stdout
    return float(json.loads(output)["replies_a_second"])


def _until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + _START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > patience or server.poll() is not None:
                raise
            time.sleep(0.5)


def _end(server: subprocess.Popen[bytes]) -> None:
    processes = [*psutil.Process(server.pid).children(recursive=True), psutil.Process(server.pid)]
    for process in processes:
        process.terminate()
    psutil.wait_procs(processes, timeout=30)


def forget(kept: Path, engine: str) -> None:
    """Drop an engine's rows, so that they are measured again; `all` for every engine's."""
    if engine == "all":
        shutil.rmtree(kept, ignore_errors=True)
    for file in kept.glob(f"*.{engine}.json"):
        file.unlink()
