"""Makes one meaning of the logits of a message's parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.types import Certainty
from nlu.doubt import CANDIDATES, Doubt, candidates, judge
from nlu.features import Floats
from nlu.model import Model
from nlu.parts import WHOLE_CHARACTERS, decide
from nlu.second import ENOUGH


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text means, by its deciding part, with the logits of all its parts; `two` if it asks two things."""

    parts: Sequence[str]
    logits: Floats
    shares: Floats
    certainty: Certainty
    trust: float
    candidates: tuple[int, ...]
    idle: bool
    two: bool

    @property
    def in_doubt(self) -> bool:
        """Whether a second opinion on the whole may change it; nothing legible has no meaning to be in doubt of."""
        unclear = self.trust < ENOUGH or self.certainty is not Certainty.SURE
        return 0 < len(self.parts[0]) < WHOLE_CHARACTERS and unclear and not self.two


def weigh(model: Model, doubt: Doubt, parts: Sequence[str], logits: Floats) -> Heard:
    """Judge each part by what these logits' doubt is, and find the one that decides."""
    shares, certainties, trust = judge(logits, doubt, model.outside)
    best = shares.argmax(axis=1)
    decided = decide(best.tolist(), trust.tolist(), model.idle, model.outside, doubt.sure)
    offered, certainty = candidates(shares[decided.part], model.outside), certainties[decided.part]
    if decided.rival is not None:
        # Two questions in one message: both are offered.
        certainty = Certainty.DOUBT
        asked = int(best[decided.rival])
        offered = [offered[0], asked, *(one for one in offered[1:] if one != asked)][:CANDIDATES]
    return Heard(
        parts=parts,
        logits=logits,
        shares=shares[decided.part],
        certainty=certainty,
        trust=float(trust[decided.part]),
        candidates=tuple(offered),
        idle=int(best[decided.part]) in model.idle,
        two=decided.rival is not None,
    )
