"""The embedded engine as a worker of the benchmark: `train FOLDER`, or `judge FOLDER` which prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import psutil

from bridge.types import Utterance
from nlu.doubt import energy
from nlu.engine import EmbeddedEngine
from nlu.training import train


async def judge(folder: Path) -> dict[str, object]:
    """Ask each text by itself; the score is the energy: how much of the text is recognised at all."""
    engine = EmbeddedEngine(folder / "var" / "models")
    asked = [Utterance(**one) for one in json.loads((folder / "texts.json").read_text(encoding="utf-8"))]
    await engine.interpret([Utterance(text="hello", language="en")])
    labels, times = [], []
    for utterance in asked:
        begun = time.perf_counter()
        (found,) = await engine.interpret([utterance])
        times.append(time.perf_counter() - begun)
        labels.append(found.ranking[0].intent)
    scores = [float(energy((await engine.hear([utterance]))[0].logits[:1])[0]) for utterance in asked]
    return {"labels": labels, "scores": scores, "times": times, "memory": psutil.Process().memory_info().rss}


def main() -> None:
    """Do what the first argument says."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "train":
        train(folder / "data", folder / "var", lambda step, done: None)
    else:
        print(json.dumps(asyncio.run(judge(folder))))


if __name__ == "__main__":
    main()
