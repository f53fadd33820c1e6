"""What data/config/attachments.toml may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bots.attachments.sniff import KNOWN

Bytes = Annotated[int, Field(ge=1, le=1 << 40)]
Seconds = Annotated[float, Field(gt=0, le=30 * 86400)]


def _known(kind: str) -> str:
    if kind not in KNOWN:
        raise ValueError(f"'{kind}' cannot be told by its bytes; known are {', '.join(sorted(KNOWN))}")
    return kind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileLimits(_Strict):
    """What may be kept."""

    bytes: Bytes
    bytes_a_day: Bytes
    per_message: Annotated[int, Field(ge=1, le=20)]
    types: frozenset[Annotated[str, AfterValidator(_known)]]


class LinkLives(_Strict):
    """How long links work, in seconds."""

    seconds: Seconds
    upload_seconds: Seconds


class DownloadLimits(_Strict):
    """How files are fetched from platforms."""

    timeout: Seconds
    redirects: Annotated[int, Field(ge=0, le=10)]


class StorePlace(_Strict):
    """Where files are kept; "" is below `var`."""

    url: Annotated[str, Field(pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?]*)?(\?.*)?)?$")]


class Scanner(_Strict):
    """A ClamAV daemon, "" for none; `timeout` in seconds."""

    clamd: Annotated[str, Field(pattern=r"^(/.+|(\[[0-9a-fA-F:]+\]|[^:/\s]+):[0-9]{1,5})?$")]
    timeout: Seconds


class AttachmentSettings(_Strict):
    """All of attachments.toml."""

    limits: FileLimits
    links: LinkLives
    download: DownloadLimits
    store: StorePlace
    scanner: Scanner
