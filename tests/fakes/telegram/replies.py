"""Answers in the Bot API's form."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from aiohttp import web


class Refused(Exception):
    """What the server does not do, with its status and its words."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def reply(self) -> web.Response:
        """The answer that says so."""
        body: dict[str, object] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return web.json_response(body, status=self.status)


def bad(reason: str) -> Refused:
    """A request that cannot be carried out."""
    return Refused(400, f"Bad Request: {reason}")


def done(result: object) -> web.Response:
    """A request that was carried out."""
    return web.json_response({"ok": True, "result": result})


def hang_up(request: web.Request) -> NoReturn:
    """Break the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    raise asyncio.CancelledError
