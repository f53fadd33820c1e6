"""What the web channel is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from prometheus_client import Gauge

from bots.attachments.links import Links
from bots.attachments.port import AttachmentIntake
from bots.attachments.settings import AttachmentSettings
from bots.web.limits import Buckets, Connections
from bots.web.peers import Network, client_address, neighbourhood
from bots.web.settings import WebSettings
from bots.web.tokens import Tokens
from bots.web.wire import Wire
from bridge.ports import Answers, Clock, History, Live, Put, Standings
from bridge.types import Attachment, ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDependencies:
    """The ports and settings of the web channel.

    `greeting` says hello in a language, `model` names what interprets now; `model` and `parse` raise NluUnavailable.
    """

    put: Put
    history: History
    live: Live
    standings: Standings
    answers: Answers
    clock: Clock
    settings: WebSettings
    intake: AttachmentIntake
    files: AttachmentSettings
    links: Links
    secret: bytes
    public_url: str
    greeting: Callable[[str], str]
    parse: Callable[[str], Awaitable[Mapping[str, object]]]
    model: Callable[[], Awaitable[str]]
    languages: Sequence[str]
    api_token: str | None = None
    trusted_proxies: Sequence[Network] = ()
    open_sockets: Gauge | None = None

    def link(self, attachment: Attachment, conversation: ConversationId) -> str:
        """The address of a file that works from now on for a while."""
        return self.links.link(attachment, conversation, self.clock.now())


@dataclass(slots=True, kw_only=True)
class WebState:
    """What the web channel of one process keeps: counts, and the sockets to close at the end."""

    deps: WebDependencies
    tokens: Tokens
    visitors: Buckets
    addresses: Buckets
    visitor_connections: Connections
    address_connections: Connections
    visitor_files: Buckets
    address_files: Buckets
    visitor_uploads: Connections
    address_uploads: Connections
    wires: set[Wire] = field(default_factory=set)
    closing: bool = False

    @classmethod
    def of(cls, deps: WebDependencies) -> WebState:
        """Nothing counted yet."""
        limits, uploads = deps.settings.limits, deps.settings.uploads
        return cls(
            deps=deps,
            tokens=Tokens(secret=deps.secret, life=timedelta(days=deps.settings.token.days)),
            visitors=Buckets(limits.visitor_burst, limits.visitor_per_second),
            addresses=Buckets(limits.address_burst, limits.address_per_second),
            visitor_connections=Connections(limits.visitor_connections),
            address_connections=Connections(limits.address_connections),
            visitor_files=Buckets(uploads.visitor_burst, uploads.visitor_per_second),
            address_files=Buckets(uploads.address_burst, uploads.address_per_second),
            visitor_uploads=Connections(uploads.visitor_at_once),
            address_uploads=Connections(uploads.address_at_once),
        )

    @contextmanager
    def counted(self, wire: Wire) -> Iterator[None]:
        """Know of an open connection while it is."""
        self.wires.add(wire)
        if self.deps.open_sockets is not None:
            self.deps.open_sockets.inc()
        try:
            yield
        finally:
            self.wires.discard(wire)
            if self.deps.open_sockets is not None:
                self.deps.open_sockets.dec()

    def address_of(self, request: web.Request) -> str:
        """What a client's limits are counted by, behind trusted proxies too."""
        return neighbourhood(client_address(request, self.deps.trusted_proxies))

    def language(self, wanted: str | None) -> str:
        """One of our languages for a browser's tag; English for all others."""
        tag = (wanted or "").partition("-")[0].lower()
        return tag if tag in self.deps.languages else "en"
