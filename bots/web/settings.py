"""What data/config/web.toml may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Origin = Annotated[str, Field(pattern=r"^https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$")]
"""As browsers write it: lower case, no path, no slash at the end."""
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origins(_Strict):
    """Pages on other hosts that may open the widget."""

    allowed: tuple[Origin, ...] = ()


class TokenLife(_Strict):
    """How long a visitor who does not come back is remembered."""

    days: Annotated[int, Field(ge=1, le=3650)] = 180


class WebLimits(_Strict):
    """How much a visitor and an address may do."""

    text_characters: Count = 4000
    frame_bytes: Count = 65536
    visitor_burst: Count = 20
    visitor_per_second: Rate = 2
    address_burst: Count = 600
    address_per_second: Rate = 100
    visitor_connections: Count = 10
    address_connections: Count = 500
    refused_in_a_row: Count = 500


class UploadLimits(_Strict):
    """How many files a visitor and an address may upload; what a file may be is in attachments.toml."""

    visitor_burst: Count = 20
    visitor_per_second: Rate = 0.2
    address_burst: Count = 200
    address_per_second: Rate = 1
    visitor_at_once: Count = 6
    address_at_once: Count = 60
    seconds: Rate = 600


class Pages(_Strict):
    """Who may show /chat/page in a frame."""

    frame_ancestors: tuple[Origin, ...] = ()


class WebSettings(_Strict):
    """All of web.toml."""

    origins: Origins = Origins()
    token: TokenLife = TokenLife()
    limits: WebLimits = WebLimits()
    uploads: UploadLimits = UploadLimits()
    pages: Pages = Pages()
