"""Rasa as a worker of the benchmark: asks each text of FOLDER/texts.json by itself, prints JSON. Python 3.10."""

import asyncio
import json
import resource
import sys
import time
import warnings
from pathlib import Path

warnings.showwarning = lambda *_, **__: None

from rasa.core.agent import Agent  # noqa: E402
from rasa.model import get_latest_model  # noqa: E402


async def judge(folder):
    agent = Agent.load(get_latest_model(folder / "models"))
    await agent.parse_message("hello")
    labels, scores, times = [], [], []
    for one in json.loads((folder / "texts.json").read_text(encoding="utf-8")):
        begun = time.perf_counter()
        found = (await agent.parse_message(one["text"]))["intent"]
        times.append(time.perf_counter() - begun)
        labels.append(found["name"] or "")
        scores.append(found["confidence"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"labels": labels, "scores": scores, "times": times, "memory": memory}


print(json.dumps(asyncio.run(judge(Path(sys.argv[1])))))
