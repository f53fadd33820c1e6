"""A console's page, as far as its requests go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer

PASSWORD = "correct horse battery"


class Browser:
    """One browser with its own cookies, coming from one address."""

    __test__ = False

    def __init__(self, client: TestClient[web.Request, web.Application], address: str = "127.0.0.1") -> None:
        self.client = client
        self.csrf = ""
        self.headers = {"Test-Address": address}

    @classmethod
    async def open(cls, app: web.Application, address: str = "127.0.0.1") -> Self:
        client = TestClient(TestServer(app))
        await client.start_server()
        return cls(client, address)

    @property
    def origin(self) -> str:
        return f"http://{self.client.host}:{self.client.port}"

    async def get(self, path: str) -> tuple[int, Any]:
        response = await self.client.get(f"/console/api/{path}", headers=self.headers)
        return response.status, await response.json()

    async def send(
        self, path: str, body: object = None, *, method: str = "POST", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.origin} | self.headers | (headers or {})
        if body is not None:
            sent = {"Content-Type": "application/json"} | sent
        text = None if body is None else body if isinstance(body, str) else json.dumps(body)
        response = await self.client.request(method, f"/console/api/{path}", data=text, headers=sent)
        return response.status, await response.json()

    async def login(self, name: str, password: str = PASSWORD, totp: str | None = None) -> tuple[int, Any]:
        body = {"name": name, "password": password} | ({} if totp is None else {"totp": totp})
        status, answer = await self.send("login", body)
        self.csrf = answer.get("csrf", self.csrf)
        return status, answer

    async def live(self) -> ClientWebSocketResponse:
        return await self.client.ws_connect("/console/live", headers={"Origin": self.origin} | self.headers)

    async def close(self) -> None:
        await self.client.close()


async def frame(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        found: dict[str, Any] = await socket.receive_json(timeout=5)
        if found["type"] == kind:
            return found


class Shown:
    """What a page that follows the feed shows."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self.tickets: dict[int, dict[str, Any]] = {}
        self.agents: dict[str, dict[str, Any]] = {}

    async def until(self, true: Callable[[Shown], bool]) -> None:
        """Follow the feed until something is shown."""
        while not true(self):
            match await self._socket.receive_json(timeout=5):
                case {"type": "snapshot", "waiting": waiting, "mine": mine, "agents": agents}:
                    self.tickets = {row["number"]: row for row in (*waiting, *mine)}
                    self.agents = {agent["name"]: agent for agent in agents}
                case {"type": "ticket", "ticket": row}:
                    self.tickets[row["number"]] = row
                case {"type": "gone", "number": number}:
                    self.tickets.pop(number, None)
                case {"type": "agents", "agents": agents}:
                    self.agents = {agent["name"]: agent for agent in agents}
