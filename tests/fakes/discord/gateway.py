"""The gateway: hello, identify, heartbeats, resume, and every way to end a session."""

from __future__ import annotations

import json
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSMsgType, web

from tests.fakes.discord.state import APPLICATION, BOT, GUILD, Json, State

_CONTENT: Final = 1 << 15
_KNOWN_QUERY: Final = frozenset(("v", "encoding", "compress"))
_IDENTIFY: Final = frozenset(("token", "intents", "properties", "compress", "large_threshold", "shard", "presence"))


@dataclass(slots=True)
class Session:
    """What one client has been told; it may be resumed."""

    id: str
    sent: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    packer: zlib._Compress | None = None

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one message, compressed as the client asked."""
        socket = self.socket
        if socket is None or socket.closed:
            return
        text = json.dumps(message)
        try:
            if self.packer is None:
                await socket.send_str(text)
            else:
                await socket.send_bytes(self.packer.compress(text.encode()) + self.packer.flush(zlib.Z_SYNC_FLUSH))
        except ConnectionError:
            self.socket = None


class Gateway:
    """All connections."""

    def __init__(self, state: State, interval_ms: int = 10_000) -> None:
        """`interval_ms` is how often clients must show that they live."""
        self._state = state
        self._interval = interval_ms
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.refuse = 0
        self.forget_sessions = False
        self.intents_refused = False
        self.origin = ""
        self.at_ready: Callable[[], Awaitable[object]] | None = None
        """What happens right after a client was told READY."""

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one client."""
        if self.refuse:
            self.refuse -= 1
            raise web.HTTPServiceUnavailable
        if (
            request.query.keys() - _KNOWN_QUERY
            or request.query.get("v") != "10"
            or request.query.get("encoding") != "json"
        ):
            self._state.violations.append(f"gateway: {dict(request.query)}")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        packer = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        session = Session(id="", socket=socket, packer=packer)
        await session.send({"op": 10, "d": {"heartbeat_interval": self._interval}, "s": None, "t": None})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            session = await self._answer(session, json.loads(message.data))
            if socket.closed:
                break
        return socket

    async def _answer(self, session: Session, said: Json) -> Session:
        data = said.get("d")
        match said.get("op"):
            case 1:
                await session.send({"op": 11, "d": None, "s": None, "t": None})
            case 2 if isinstance(data, dict):
                return await self._identify(session, data)
            case 6 if isinstance(data, dict):
                return await self._resume(session, data)
            case 3 | 4 | 8:
                pass
            case _:
                self._state.violations.append(f"gateway: {said}")
        return session

    async def _identify(self, session: Session, data: Json) -> Session:
        assert session.socket is not None
        if unknown := data.keys() - _IDENTIFY:
            self._state.violations.append(f"identify: {sorted(unknown)}")
        if data.get("token") != self._state.token or self._state.unauthorized:
            await session.socket.close(code=4004, message=b"Authentication failed.")
            return session
        intents = data.get("intents")
        if self.intents_refused and isinstance(intents, int) and intents & _CONTENT:
            await session.socket.close(code=4014, message=b"Disallowed intent(s).")
            return session
        if not (isinstance(intents, int) and intents & _CONTENT):
            self._state.violations.append("identify: without message content")
        session.id = self._state.next_id()
        self.sessions = {session.id: session}
        self.identified += 1
        ready: Json = {
            "v": 10,
            "user": BOT,
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self.origin,
            "application": {"id": APPLICATION, "flags": 1 << 19},
            "private_channels": [],
            "relationships": [],
        }
        await self._dispatch(session, "READY", ready)
        if self.at_ready is not None:
            await self.at_ready()
        await self._dispatch(session, "GUILD_CREATE", self.guild())
        await self._state.note()
        return session

    async def _resume(self, session: Session, data: Json) -> Session:
        known = self.sessions.get(str(data.get("session_id")))
        if known is None or self.forget_sessions:
            self.forget_sessions = False
            await session.send({"op": 9, "d": False, "s": None, "t": None})
            return session
        known.socket, known.packer = session.socket, session.packer
        self.resumed += 1
        seen = data.get("seq")
        for text in known.sent[seen if isinstance(seen, int) else 0 :]:
            await known.send(json.loads(text))
        await self._dispatch(known, "RESUMED", {})
        await self._state.note()
        return known

    def guild(self) -> Json:
        """The server as READY is followed by it."""
        channels = [one for one in self._state.channels.values() if one.get("guild_id") == GUILD and one["type"] == 0]
        return {
            "id": GUILD,
            "name": "Demo",
            "owner_id": "1",
            "channels": channels,
            "threads": [],
            "roles": [
                {
                    "id": GUILD,
                    "name": "@everyone",
                    "permissions": "0",
                    "position": 0,
                    "color": 0,
                    "hoist": False,
                    "managed": False,
                    "mentionable": False,
                    "flags": 0,
                }
            ],
            "emojis": [],
            "stickers": [],
            "members": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "features": [],
            "member_count": 3,
            "large": False,
            "joined_at": "2026-01-01T00:00:00+00:00",
            "unavailable": False,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "system_channel_flags": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "nsfw_level": 0,
            "premium_progress_bar_enabled": False,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "afk_channel_id": None,
            "afk_timeout": 60,
            "application_id": None,
            "system_channel_id": None,
            "rules_channel_id": None,
            "vanity_url_code": None,
            "description": None,
            "banner": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
        }

    async def tell(self, event: str, data: Mapping[str, object]) -> None:
        """An event, to whoever is connected; who is not gets it only by resuming."""
        for session in self.sessions.values():
            await self._dispatch(session, event, data)

    async def _dispatch(self, session: Session, event: str, data: Mapping[str, object]) -> None:
        message: Json = {"op": 0, "t": event, "s": len(session.sent) + 1, "d": dict(data)}
        session.sent.append(json.dumps(message))
        await session.send(message)

    async def reconnect(self) -> None:
        """Ask the clients to come back (op 7)."""
        for session in self.sessions.values():
            await session.send({"op": 7, "d": None, "s": None, "t": None})

    async def close(self, code: int) -> None:
        """End all connections with a code."""
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.close(code=code)

    def cut(self) -> None:
        """Every connection breaks."""
        for session in self.sessions.values():
            socket = session.socket
            transport = socket._req.transport if socket is not None and socket._req is not None else None
            if transport is not None:
                transport.abort()
            session.socket = None
