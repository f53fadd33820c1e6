"""The one HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from bridge.errors import ConfigError

_LARGEST_BODY: Final = 1024 * 1024
_GRACE_S: Final = 5.0


async def serve(
    host: str,
    port: int,
    paths: Sequence[web.AbstractRouteDef],
    closing: Sequence[Callable[[], Awaitable[None]]],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    """Serve until `stop`; then tell open sockets by `closing`, and let requests end. Raises ConfigError."""
    application = web.Application(client_max_size=_LARGEST_BODY)
    application.add_routes(paths)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE_S, keepalive_timeout=75)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            raise ConfigError(
                f"SWITCHBOARD_PORT: cannot listen on {host}:{port}: {error.strerror or error}. "
                "End what uses it, or choose another port."
            ) from error
        ready()
        await stop.wait()
        for close in closing:
            await close()
    finally:
        await runner.cleanup()
