"""What is found in a text beside its intent, the same with every engine: entities, and how pressing it sounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlu.assets import Assets
from nlu.entities import NO_ASSETS
from nlu.urgency import CALM, Urgency


@dataclass(frozen=True, slots=True)
class Marks:
    """What to look for."""

    assets: Assets = NO_ASSETS
    urgency: Urgency = CALM

    @classmethod
    def load(cls, data: Path) -> Marks:
        """Read `assets.toml` and `urgency.toml`. Raises ConfigError."""
        config = data / "config"
        return cls(Assets.load(config / "assets.toml"), Urgency.load(config / "urgency.toml"))


NO_MARKS: Final = Marks()
