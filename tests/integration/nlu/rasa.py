"""An engine on a Rasa server that knows the toy's intents."""

from __future__ import annotations

from typing import Final

from nlu.rasa import RasaSettings
from nlu.rasa_reply import Known, RasaThresholds
from tests.integration.nlu.toy import EXAMPLES

THRESHOLDS: Final = RasaThresholds(sure=0.9, doubt=0.3)


def settings_for(url: str, *, patience_s: float = 20.0) -> RasaSettings:
    """The settings of an engine on this server; patient, so that a busy machine fails no test."""
    known = Known(intents=frozenset(EXAMPLES), outside="out_of_scope")
    return RasaSettings(url=url, thresholds=THRESHOLDS, known=lambda: known, patience_s=patience_s)
