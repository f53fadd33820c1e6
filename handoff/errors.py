"""The desk's own refusals, beside those of `bridge.errors`.

HandoffError
├─ TicketTaken
│  └─ AgentFull     the agent holds as many tickets as his capacity allows
└─ NotAllowed
   └─ NotHeld       the agent does not hold the ticket he wants to act on
"""

from bridge.errors import NotAllowed, TicketTaken


class AgentFull(TicketTaken):
    """The agent already holds as many tickets as his capacity allows."""


class NotHeld(NotAllowed):
    """Only the agent who holds a ticket may do this to it."""
