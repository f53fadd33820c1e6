"""The embedded engine: interprets texts with the current model, and takes over a new one while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bridge.errors import NluUnavailable
from bridge.types import Certainty, Interpretation, Ranked, Utterance
from nlu.doubt import CANDIDATES, candidates, judge
from nlu.encoder import Encoder, SentenceEncoder
from nlu.entities import find
from nlu.features import Floats
from nlu.language import detect
from nlu.marks import NO_MARKS, Marks
from nlu.model import Model, current, load
from nlu.parts import decide, parts_of
from nlu.text import clean

log = logging.getLogger(__name__)

_RANKED: Final = 10
_LOOK_EACH_S: Final = 1.0
# A follow-up is short, and so is what it leans on.
_SHORT_CHARACTERS: Final = 40
_BEFORE_CHARACTERS: Final = 200


class EmbeddedEngine:
    """Implements `ports.Interpreter` in this process, without a thread: a batch of one takes about 3 ms."""

    def __init__(self, models: Path, encoder: Encoder | None = None, marks: Marks = NO_MARKS) -> None:
        """`models` is the folder that training writes to. Loads lazily, so that it can be made before a model is."""
        self._marks = marks
        self._models = models
        self._encoder = encoder
        self._model: Model | None = None

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """Return one interpretation for each utterance. Any text is taken. Raises NluUnavailable without a model."""
        model = self._model or self._take_over()
        encoder = self._encoder = self._encoder or SentenceEncoder()
        if encoder.name != model.encoder:
            raise NluUnavailable(f"the model was made with {model.encoder}, this is {encoder.name}; train again")
        return _interpretations(model, encoder, self._marks, utterances) if utterances else []

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


def _interpretations(
    model: Model, encoder: Encoder, marks: Marks, utterances: Sequence[Utterance]
) -> list[Interpretation]:
    """Judge all parts of all texts as one batch; then, as another, the short ones that need what was asked before."""
    heard = _hear(model, encoder, [parts_of(utterance.text) for utterance in utterances])
    short = [place for place, one in enumerate(utterances) if _leans_back(one, heard[place])]
    joined = [[_with_before(utterances[place])] for place in short]
    for place, together in zip(short, _hear(model, encoder, joined), strict=True):
        if together.trust > heard[place].trust:
            heard[place] = together
    return [_interpretation(model, marks, one, meant) for one, meant in zip(utterances, heard, strict=True)]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a text's deciding part means."""

    shares: Floats
    certainty: Certainty
    trust: float
    candidates: tuple[int, ...]
    idle: bool


def _hear(model: Model, encoder: Encoder, texts: Sequence[Sequence[str]]) -> list[_Heard]:
    if not texts:
        return []
    shares, certainties, trust = judge(
        model.logits([part for parts in texts for part in parts], encoder), model.doubt, model.outside
    )
    best = shares.argmax(axis=1)
    heard, start = [], 0
    for parts in texts:
        end = start + len(parts)
        firsts, trusts = best[start:end].tolist(), trust[start:end].tolist()
        decided = decide(firsts, trusts, model.idle, model.outside, model.doubt.sure)
        row = start + decided.part
        offered, certainty = candidates(shares[row], model.outside), certainties[row]
        if decided.rival is not None:
            # Two questions in one message: both are offered.
            certainty = Certainty.DOUBT
            asked = int(best[start + decided.rival])
            offered = [offered[0], asked, *(one for one in offered[1:] if one != asked)][:CANDIDATES]
        heard.append(_Heard(shares[row], certainty, float(trust[row]), tuple(offered), int(best[row]) in model.idle))
        start = end
    return heard


def _leans_back(utterance: Utterance, heard: _Heard) -> bool:
    """Whether a text is read together with what was asked before: a short one that is not clear by itself."""
    if not utterance.before or heard.certainty is Certainty.SURE or heard.idle:
        return False
    return len(clean(utterance.text)) <= _SHORT_CHARACTERS


def _with_before(utterance: Utterance) -> str:
    return f"{clean(utterance.before)[-_BEFORE_CHARACTERS:]} {clean(utterance.text)}"


def _interpretation(model: Model, marks: Marks, utterance: Utterance, heard: _Heard) -> Interpretation:
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
