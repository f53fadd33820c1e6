"""One-time codes (TOTP): each is good once."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp
import segno

ISSUER: Final = "Switchboard"
_STEP_S: Final = 30
_DRIFT: Final = (0, -1, 1)
"""A phone's clock may be one step off."""


def new_secret() -> str:
    """A secret for an authenticator app, in Base32."""
    return pyotp.random_base32()


def uri(secret: str, name: str) -> str:
    """What an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """A QR code as SVG, without styles or scripts."""
    return segno.make(text, error="m").svg_inline(scale=4, border=2)


def step_of(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """The time step that a code belongs to; None for a wrong code, and for one not newer than the last used."""
    current = int(now.timestamp()) // _STEP_S
    totp = pyotp.TOTP(secret)
    for drift in _DRIFT:
        step = current + drift
        right = compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace"))
        if right and (last is None or step > last):
            return step
    return None
