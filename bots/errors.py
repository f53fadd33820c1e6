"""What can go wrong between us and a platform, named by what the caller must do."""

from __future__ import annotations

from bridge.errors import SwitchboardError


class ChannelError(SwitchboardError):
    """Anything that a platform, or what it sent, did wrong."""


class UnsupportedUpdate(ChannelError):
    """A kind that carries no message of a customer: acknowledge, count, drop."""


class MalformedUpdate(ChannelError):
    """Not what the platform documents: acknowledge, keep it redacted, alert."""


class ChannelAuthError(ChannelError):
    """The platform refuses our credentials: stop this channel, keep the others."""


class DeliveryError(ChannelError):
    """A reply did not certainly arrive."""


class DeliveryRetry(DeliveryError):
    """It certainly did not arrive; try again `after` seconds."""

    def __init__(self, after: float, reason: str = "") -> None:
        """`after` is in seconds, as the platform asked or as the adapter guesses."""
        super().__init__(reason or f"try again after {after} s")
        self.after = after


class DeliveryRefused(DeliveryError):
    """It certainly did not and never will arrive."""


class DeliveryUncertain(DeliveryError):
    """Nobody knows whether it arrived: it is recorded, and never sent again by itself."""
