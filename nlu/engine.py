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
from nlu.encoder import Encoder, SentenceEncoder, second_encoder
from nlu.entities import find
from nlu.hearing import Heard, weigh
from nlu.language import detect
from nlu.marks import NO_MARKS, Marks
from nlu.model import Model, current, load
from nlu.parts import parts_of
from nlu.second import Second
from nlu.text import clean

log = logging.getLogger(__name__)

_RANKED: Final = 10
_LOOK_EACH_S: Final = 1.0
# A follow-up is short, and so is what it leans on.
_SHORT_CHARACTERS: Final = 40
_BEFORE_CHARACTERS: Final = 200
PATIENCE: Final = 16
"""A second opinion takes 20 ms, for which all of its batch wait: the batch's size times the number of second opinions
in it is at most this. Four texts may all get one, sixteen one of them; a burst is answered by the first, not late."""


class EmbeddedEngine:
    """Implements `ports.Interpreter` in this process: a batch of one takes 3 ms, and 20 ms more when in doubt."""

    def __init__(
        self, models: Path, encoder: Encoder | None = None, marks: Marks = NO_MARKS, patience: int = PATIENCE
    ) -> None:
        """`models` is the folder that training writes to. Loads lazily, so that it can be made before a model is.

        `patience` limits second opinions, as `PATIENCE` says.
        """
        self._patience = patience
        self._marks = marks
        self._models = models
        self._encoder = encoder
        self._second: Encoder | None = None
        # The second encoder runs in a thread, so that nobody waits for another's doubt; it takes one batch at a time.
        self._asking = asyncio.Lock()
        self._model: Model | None = None

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """Return one interpretation for each utterance. Any text is taken. Raises NluUnavailable without a model."""
        model = self._model or self._take_over()
        heard = await self._hear(model, utterances)
        return [_interpretation(model, self._marks, one, meant) for one, meant in zip(utterances, heard, strict=True)]

    async def hear(self, utterances: Sequence[Utterance]) -> list[Heard]:
        """Return what stands behind each interpretation: for measuring. Raises NluUnavailable without a model."""
        return await self._hear(self._model or self._take_over(), utterances)

    async def _hear(self, model: Model, utterances: Sequence[Utterance]) -> list[Heard]:
        encoder = self._encoder = self._encoder or SentenceEncoder()
        if encoder.name != model.encoder:
            raise NluUnavailable(f"the model was made with {model.encoder}, this is {encoder.name}; train again")
        heard = _first(model, encoder, utterances) if utterances else []
        return heard if model.second is None else await self._ask_again(model, model.second, heard)

    async def _ask_again(self, model: Model, second: Second, heard: list[Heard]) -> list[Heard]:
        doubtful = [place for place, one in enumerate(heard) if one.in_doubt]
        doubtful = doubtful[: self._patience // max(1, len(heard))]
        texts = [heard[place].parts[0] for place in doubtful]
        if not texts:
            return heard
        async with self._asking:
            encoder = self._second = self._second or await asyncio.to_thread(second_encoder)
            if encoder is None or encoder.name != second.encoder:
                return heard
            rows = await asyncio.to_thread(encoder.encode, texts)
        first = np.vstack([heard[place].logits[0] for place in doubtful])
        for place, text, logits in zip(doubtful, texts, second.together(first, rows), strict=True):
            heard[place] = weigh(model, second.doubt, [text], logits[None])
        return heard

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


def _first(model: Model, encoder: Encoder, utterances: Sequence[Utterance]) -> list[Heard]:
    """Judge all parts of all texts as one batch; then, as another, the short ones that need what was asked before."""
    heard = _hear(model, encoder, [parts_of(utterance.text) for utterance in utterances])
    short = [place for place, one in enumerate(utterances) if _leans_back(one, heard[place])]
    joined = [[_with_before(utterances[place])] for place in short]
    for place, together in zip(short, _hear(model, encoder, joined), strict=True):
        if together.trust > heard[place].trust:
            heard[place] = together
    return heard


def _hear(model: Model, encoder: Encoder, texts: Sequence[Sequence[str]]) -> list[Heard]:
    if not texts:
        return []
    texts = [[model.spacing.of(part) for part in parts] for parts in texts]
    logits = model.logits([part for parts in texts for part in parts], encoder)
    ends = np.cumsum([len(parts) for parts in texts])
    return [
        weigh(model, model.doubt, parts, rows) for parts, rows in zip(texts, np.split(logits, ends[:-1]), strict=True)
    ]


def _leans_back(utterance: Utterance, heard: Heard) -> bool:
    """Whether a text is read together with what was asked before: a short one that is not clear by itself."""
    if not utterance.before or heard.certainty is Certainty.SURE or heard.idle:
        return False
    return len(clean(utterance.text)) <= _SHORT_CHARACTERS


def _with_before(utterance: Utterance) -> str:
    return f"{clean(utterance.before)[-_BEFORE_CHARACTERS:]} {clean(utterance.text)}"


def _interpretation(model: Model, marks: Marks, utterance: Utterance, heard: Heard) -> Interpretation:
    text = clean(utterance.text)
    order = np.argsort(-heard.shares)[:_RANKED]
    return Interpretation(
        ranking=tuple(Ranked(intent=model.intents[i], confidence=round(float(heard.shares[i]), 4)) for i in order),
        language=detect(text, utterance.language),
        # Nothing legible has no meaning to be sure or in doubt of.
        certainty=heard.certainty if text else Certainty.UNKNOWN,
        candidates=tuple(model.intents[i] for i in heard.candidates),
        entities=find(utterance.text, marks.assets),
        urgency=marks.urgency.of(utterance.text),
        model=model.name,
    )
