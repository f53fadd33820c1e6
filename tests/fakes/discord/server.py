"""One server of both, and what its people do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.rest import Rest
from tests.fakes.discord.state import APPLICATION, BOT, GUILD, Interaction, Json, Posted, State

_COMMAND, _COMPONENT = 2, 3


@dataclass(frozen=True, slots=True)
class Places:
    """Where it is."""

    api: str
    gateway: str


class FakeDiscord:
    """A Discord with one server and one bot."""

    def __init__(self, token: str) -> None:
        """`token` is the bot's."""
        self.state: Final = State(token)
        self.gateway: Final = Gateway(self.state)
        self.rest: Final = Rest(self.state, self.gateway)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Places]:
        """Serve on a free port of loopback."""
        app = web.Application()
        app.add_routes([web.get("/", self.gateway.connect), *self.rest.routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.gateway.origin = f"ws://{host}:{port}/"
        try:
            yield Places(f"http://{host}:{port}/api/v10", self.gateway.origin)
        finally:
            await self.gateway.close(1001)
            await runner.cleanup()

    async def say(self, channel: str, author: Json, content: str, **more: object) -> str:
        """Somebody writes in a channel; returns the message's id."""
        made = self.state.message(channel, author, content, **more)
        await self.gateway.tell("MESSAGE_CREATE", made)
        return str(made["id"])

    async def dm(self, author: Json, content: str, **more: object) -> str:
        """Somebody writes to the bot."""
        return await self.say(self.state.direct(str(author["id"])), author, content, **more)

    async def mention(self, channel: str, author: Json, content: str) -> str:
        """Somebody names the bot."""
        return await self.say(channel, author, f"<@{BOT['id']}> {content}", mentions=[BOT])

    async def edit(self, channel: str, message: str, content: str) -> None:
        """Somebody edits a message."""
        for one in self.state.messages[channel]:
            if one["id"] == message:
                one |= {"content": content, "edited_timestamp": one["timestamp"]}
                await self.gateway.tell("MESSAGE_UPDATE", one)

    async def slash(self, author: Json, name: str, channel: str, **options: str) -> Interaction:
        """Somebody uses a command."""
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        return await self._interact(_COMMAND, author, channel, {"id": "1", "name": name, "type": 1, "options": given})

    async def press(self, author: Json, posted: Posted, label: str) -> Interaction:
        """Somebody presses a button."""
        custom = next(one["custom_id"] for one in posted.buttons if one.get("label") == label)
        data: Json = {"component_type": 2, "custom_id": custom}
        return await self._interact(_COMPONENT, author, posted.channel, data, posted)

    async def select(self, author: Json, posted: Posted, label: str) -> Interaction:
        """Somebody picks from a menu."""
        (menu,) = posted.buttons
        value = next(one["value"] for one in menu["options"] if one["label"] == label)  # type: ignore[attr-defined]
        data: Json = {"component_type": 3, "custom_id": menu["custom_id"], "values": [value]}
        return await self._interact(_COMPONENT, author, posted.channel, data, posted)

    async def _interact(
        self, kind: int, author: Json, channel: str, data: Mapping[str, object], below: Posted | None = None
    ) -> Interaction:
        made = Interaction(id=self.state.next_id(), token=f"token-{self.state.next_id()}", channel=channel)
        self.state.interactions[made.id] = made
        event: Json = {
            "id": made.id,
            "application_id": APPLICATION,
            "type": kind,
            "token": made.token,
            "version": 1,
            "channel_id": channel,
            "channel": {"id": channel, "type": self.state.channels[channel]["type"]},
            "data": dict(data),
            "locale": "en-GB",
            "entitlements": [],
            "authorizing_integration_owners": {},
            "attachment_size_limit": 10_000_000,
            "app_permissions": "0",
        }
        if self.state.channels[channel].get("guild_id") is not None:
            member = {
                "user": author,
                "roles": [],
                "joined_at": "2026-01-01T00:00:00+00:00",
                "permissions": "0",
                "deaf": False,
                "mute": False,
                "flags": 0,
            }
            event |= {"guild_id": GUILD, "member": member, "guild": {"id": GUILD, "features": [], "locale": "en-US"}}
        else:
            event["user"] = author
        if below is not None:
            flags = 64 if below.hidden else 0
            shown = self.state.message(channel, BOT, below.content, components=below.components, flags=flags)
            self.state.messages[channel].remove(shown)
            event["message"] = shown
        await self.gateway.tell("INTERACTION_CREATE", event)
        return made
