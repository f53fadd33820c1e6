"""Every error of Switchboard, named by what the caller must do.

SwitchboardError
├─ ConfigError            refuse to start; names file and key
├─ StoreError             the store is away or not ours: try again, lose nothing
├─ NluUnavailable         hand to a person
├─ ChannelError
│  ├─ UnsupportedUpdate   acknowledge, count, drop
│  ├─ MalformedUpdate     acknowledge, keep it redacted, alert
│  ├─ ChannelAuthError    stop this channel, keep the others
│  └─ DeliveryError: DeliveryRetry(after) | DeliveryRefused | DeliveryUncertain
└─ HandoffError: TicketNotFound | TicketTaken | UnknownQueue | NotAllowed
"""


class SwitchboardError(Exception):
    """The root of all errors that Switchboard raises on purpose."""


class ConfigError(SwitchboardError):
    """The configuration is wrong; the message names file, key, value and what to do."""


class StoreError(SwitchboardError):
    """The store is away, or holds something that is not ours."""


class NluUnavailable(SwitchboardError):
    """Nothing can interpret a message now: a person gets it."""


class HandoffError(SwitchboardError):
    """An agent's wish cannot be done."""


class TicketNotFound(HandoffError):
    """There is no such ticket."""


class TicketTaken(HandoffError):
    """Another agent holds it, or it waits no more."""


class UnknownQueue(HandoffError):
    """There is no such queue: the default queue gets it."""


class NotAllowed(HandoffError):
    """The agent's role does not permit it, or he does not hold the ticket."""
