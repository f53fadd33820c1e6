"""`/healthz`, `/readyz` and `/metrics`: is it alive, may it get traffic, what does it do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bots.metrics import Metrics

_PATIENCE_S: Final = 3.0

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises with a message that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What readiness depends on. `warnings` do not make us unready, but are shown loudly."""

    checks: Mapping[str, Check]
    warnings: Callable[[], list[str]]
    metrics: Metrics

    def routes(self) -> list[web.RouteDef]:
        """The three paths."""
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    async def problems(self) -> dict[str, str]:
        """What is not ready now, by name."""
        results = await asyncio.gather(*(_tried(check) for check in self.checks.values()))
        return {name: problem for name, problem in zip(self.checks, results, strict=True) if problem is not None}

    async def _alive(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, request: web.Request) -> web.Response:
        problems = await self.problems()
        body = {"ready": not problems, "problems": problems, "warnings": self.warnings()}
        return web.json_response(body, status=503 if problems else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.text(), content_type="text/plain", charset="utf-8")


async def _tried(check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), _PATIENCE_S)
    except TimeoutError:
        return f"no answer within {_PATIENCE_S:.0f} s"
    except Exception as error:
        return str(error) or type(error).__name__
    return None
