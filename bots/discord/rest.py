"""Discord's REST interface, as far as we use it: the library's client, with its limits and retries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final, cast

import discord
from discord.http import Route

from bots.discord.errors import mapped
from bots.discord.parse import Json
from bots.discord.render import Part

_LONGEST_WAIT_S: Final = 30.0
"""The shortest that the library allows: what must wait longer is put off, so that others get their turn."""
_PAGE: Final = 100
_PRIVATE_THREAD: Final = 12
_HIDDEN, _NO_PREVIEW = 1 << 6, 1 << 2
_NOBODY: Final = {"parse": [], "replied_user": False}
_DAY_MIN: Final = 1440


class Rest:
    """One bot's. Every method raises what `errors.mapped` does."""

    def __init__(self, token: str) -> None:
        """Connects to nothing yet."""
        self._token = token
        self._client: discord.Client | None = None

    async def me(self) -> str:
        """The bot's own id; logs in if that was not done."""
        client = await self._logged_in()
        assert client.user is not None
        return str(client.user.id)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def application(self) -> Json:
        """What Discord knows of the application."""
        return cast("Json", await self._call("GET", "/applications/@me"))

    async def channel(self, channel: str) -> Json:
        """A channel, if the bot may see it."""
        return cast("Json", await self._call("GET", "/channels/{channel_id}", channel_id=channel))

    async def history(self, channel: str, after: int) -> list[Json]:
        """The messages after one, oldest first, a hundred at most."""
        found = await self._call(
            "GET", "/channels/{channel_id}/messages", {"limit": _PAGE, "after": after}, channel_id=channel
        )
        return list(reversed(cast("list[Json]", found)))

    async def post(self, channel: str, part: Part, name: str, answers: str | None) -> str:
        """Send a message; return its id. With the same `name` within minutes it is sent once."""
        payload: dict[str, object] = {
            "content": part.content,
            "components": list(part.components),
            "allowed_mentions": _NOBODY,
            "flags": _NO_PREVIEW,
            "nonce": sha256(name.encode()).hexdigest()[:25],
            "enforce_nonce": True,
        }
        if answers is not None:
            payload["message_reference"] = {"message_id": answers, "fail_if_not_exists": False}
        sent = await self._call("POST", "/channels/{channel_id}/messages", json=payload, channel_id=channel)
        return str(cast("Json", sent)["id"])

    async def edit(self, channel: str, message: str, content: str) -> None:
        """Replace a message of ours."""
        await self._call(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            json={"content": content, "allowed_mentions": _NOBODY},
            channel_id=channel,
            message_id=message,
        )

    async def delete(self, channel: str, message: str) -> None:
        """Remove a message."""
        await self._call(
            "DELETE", "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message
        )

    async def typing(self, channel: str) -> None:
        """Show for ten seconds that something is being written."""
        await self._call("POST", "/channels/{channel_id}/typing", channel_id=channel)

    async def direct(self, member: str) -> str:
        """The direct chat with a member: the same each time."""
        return str(cast("Json", await self._call("POST", "/users/@me/channels", json={"recipient_id": member}))["id"])

    async def thread(self, channel: str, message: str, name: str) -> None:
        """Begin a thread at a message; it gets the message's id."""
        await self._call(
            "POST",
            "/channels/{channel_id}/messages/{message_id}/threads",
            json={"name": name, "auto_archive_duration": _DAY_MIN},
            channel_id=channel,
            message_id=message,
        )

    async def private_thread(self, channel: str, member: str, name: str) -> str:
        """Begin a thread that only a member and the staff see; return its id."""
        made = await self._call(
            "POST",
            "/channels/{channel_id}/threads",
            json={
                "name": name,
                "type": _PRIVATE_THREAD,
                "auto_archive_duration": _DAY_MIN,
                "invitable": False,
            },
            channel_id=channel,
        )
        found = str(cast("Json", made)["id"])
        await self._call("PUT", "/channels/{channel_id}/thread-members/{user_id}", channel_id=found, user_id=member)
        return found

    async def commands(self, application: str, commands: Sequence[Mapping[str, object]]) -> None:
        """Make these the bot's slash commands."""
        await self._call(
            "PUT", "/applications/{application_id}/commands", json=list(commands), application_id=application
        )

    # Answers to interactions

    async def defer(self, interaction: str, token: str, *, hidden: bool) -> None:
        """Say that the answer comes, within a quarter of an hour."""
        await self._respond(interaction, token, 5, {"flags": _HIDDEN} if hidden else {})

    async def respond(self, interaction: str, token: str, content: str) -> None:
        """Answer at once, seen by the asker alone."""
        await self._respond(interaction, token, 4, {"content": content, "flags": _HIDDEN, "allowed_mentions": _NOBODY})

    async def update(self, interaction: str, token: str, rows: Sequence[object]) -> None:
        """Show the message of a button with other components."""
        await self._respond(interaction, token, 7, {"components": list(rows)})

    async def answer(self, application: str, token: str, part: Part) -> str:
        """Give the answer that was deferred; to repeat it changes nothing."""
        payload = {"content": part.content, "components": list(part.components), "allowed_mentions": _NOBODY}
        sent = await self._call(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            json=payload,
            webhook_id=application,
            webhook_token=token,
        )
        return str(cast("Json", sent)["id"])

    async def follow_up(self, application: str, token: str, part: Part, *, hidden: bool) -> str:
        """Say more on an interaction."""
        payload = {
            "content": part.content,
            "components": list(part.components),
            "allowed_mentions": _NOBODY,
            "flags": _HIDDEN if hidden else _NO_PREVIEW,
        }
        sent = await self._call(
            "POST", "/webhooks/{webhook_id}/{webhook_token}", json=payload, webhook_id=application, webhook_token=token
        )
        return str(cast("Json", sent)["id"])

    async def _respond(self, interaction: str, token: str, kind: int, data: Mapping[str, object]) -> None:
        await self._call(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            json={"type": kind, "data": dict(data)},
            webhook_id=interaction,
            webhook_token=token,
        )

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        json: object = None,
        **places: str,
    ) -> object:
        client = await self._logged_in()
        route = Route(method, path, **places)
        async with mapped():
            if json is not None:
                return await client.http.request(route, json=json)
            return await client.http.request(route, params=dict(query or {}))

    async def _logged_in(self) -> discord.Client:
        if self._client is None:
            client = discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=_LONGEST_WAIT_S)
            try:
                async with mapped():
                    await client.login(self._token)
            except BaseException:
                await client.close()
                raise
            self._client = client
        return self._client
