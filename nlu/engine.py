"""The embedded engine: interprets texts with the current model, and takes over a new one while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bridge.errors import NluUnavailable
from bridge.types import Certainty, Interpretation, Ranked, Utterance
from nlu import entities
from nlu.doubt import candidates, judge
from nlu.encoder import Encoder, SentenceEncoder
from nlu.language import detect
from nlu.model import Model, current, load
from nlu.text import clean

log = logging.getLogger(__name__)

_RANKED: Final = 10
_LOOK_EACH_S: Final = 1.0


class EmbeddedEngine:
    """Implements `ports.Interpreter` in this process, without a thread: a batch of one takes about 3 ms."""

    def __init__(self, models: Path, encoder: Encoder | None = None) -> None:
        """`models` is the folder that training writes to. Loads lazily, so that it can be made before a model is."""
        self._models = models
        self._encoder = encoder
        self._model: Model | None = None

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """Return one interpretation for each utterance. Any text is taken. Raises NluUnavailable without a model."""
        model = self._model or self._take_over()
        encoder = self._encoder = self._encoder or SentenceEncoder()
        if encoder.name != model.encoder:
            raise NluUnavailable(f"the model was made with {model.encoder}, this is {encoder.name}; train again")
        if not utterances:
            return []
        logits = model.logits([utterance.text for utterance in utterances], encoder)
        shares, certainties, _ = judge(logits, model.doubt, model.outside)
        found = []
        for place, utterance in enumerate(utterances):
            order = np.argsort(-shares[place])[:_RANKED]
            text = clean(utterance.text)
            found.append(
                Interpretation(
                    ranking=tuple(
                        Ranked(intent=model.intents[i], confidence=round(float(shares[place][i]), 4)) for i in order
                    ),
                    language=detect(text, utterance.language),
                    # Nothing legible has no meaning to be sure or in doubt of.
                    certainty=certainties[place] if text else Certainty.UNKNOWN,
                    candidates=tuple(model.intents[i] for i in candidates(shares[place], model.outside)),
                    entities=entities.find(utterance.text),
                    model=model.name,
                )
            )
        return found

    async def watch(self) -> None:
        """Take over each new model as soon as it is in place, until cancelled. A parse uses one model throughout."""
        refused: str | None = None
        while True:
            await asyncio.sleep(_LOOK_EACH_S)
            try:
                name = current(self._models)
                if self._model is None or name is None or name == self._model.name:
                    continue
                self._model = await asyncio.to_thread(load, self._models, name)
                log.info("a new model is in use", extra={"model": name})
            except NluUnavailable as error:
                # Said once, tried each second: a damaged model may be replaced under its name.
                if str(error) != refused:
                    log.error("a new model was not taken over", extra={"problem": str(error)})
                refused = str(error)

    def _take_over(self) -> Model:
        name = current(self._models)
        if name is None:
            raise NluUnavailable("no model was trained yet; run `switchboard train`")
        self._model = load(self._models, name)
        return self._model
