"""What data/config/telegram.toml may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Groups = Literal["asked", "sure"]
"""What the bot answers in a group: when it is asked, or any question whose answer is sure."""


class Pace(_Strict):
    """How fast Telegram lets a bot write: overall and to one chat a second, to one group a minute."""

    per_second: Annotated[float, Field(gt=0, le=1000)] = 30
    chat_per_second: Annotated[float, Field(gt=0, le=30)] = 1
    group_per_minute: Annotated[float, Field(gt=0, le=600)] = 20


class TelegramSettings(_Strict):
    """All of telegram.toml. `groups` is by chat id, as Telegram writes it: negative."""

    receive: Literal["polling", "webhook"] = "polling"
    answer: Groups = "asked"
    groups: dict[Annotated[str, Field(pattern=r"^-\d+$")], Groups] = {}
    pace: Pace = Pace()

    def answers(self, chat: int) -> Groups:
        """What the bot answers in this group."""
        return self.groups.get(str(chat), self.answer)
