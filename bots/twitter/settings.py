"""What data/config/x.toml may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Seconds = Annotated[float, Field(gt=0, le=3600)]
Dollars = Annotated[float, Field(ge=0, le=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Strict):
    """How often X is asked, in seconds: soon after something came, and when all is quiet."""

    soon: Seconds = 5
    quiet: Seconds = 60

    @model_validator(mode="after")
    def _in_order(self) -> Reading:
        if self.soon > self.quiet:
            raise ValueError("soon must not be longer than quiet")
        return self


class Prices(_Strict):
    """What X charges for one of each, in dollars."""

    message: Dollars = 0.015
    post: Dollars = 0.015
    post_with_link: Dollars = 0.20
    summoned_reply: Dollars = 0.01


class XSettings(_Strict):
    """All of x.toml."""

    receive: Literal["polling", "webhook"] = "polling"
    mentions: Literal["answer", "invite", "off"] = "answer"
    dm_link: bool = False
    links: bool = False
    thread: Annotated[int, Field(ge=1, le=10)] = 4
    spend_per_day: Dollars = 20
    reading: Reading = Reading()
    prices: Prices = Prices()
