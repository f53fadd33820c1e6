"""What data/config/discord.toml may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Snowflake = Annotated[str, Field(pattern=r"^\d{15,20}$")]
"""An id of Discord's; its app shows it by "Copy ID" in developer mode."""


class DiscordSettings(BaseModel):
    """All of discord.toml. `support` are channels in which every message is a question, with a thread of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    support: tuple[Snowflake, ...] = ()
    private_threads: Snowflake | None = None
    answer: Literal["asked", "sure"] = "asked"
    shards: Annotated[int, Field(ge=1, le=1000)] = 1
