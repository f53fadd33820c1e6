"""Stores that every integration test runs on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.store import Store, open_store
from tests.integration.stores import RealStore, start_cluster


@pytest.fixture(scope="session")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one server for the whole run; tests use conversations of their own or flush it."""
    server = RealStore(tmp_path_factory.mktemp("store"))
    server.start()
    server.ready()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of three nodes."""
    servers = start_cluster(tmp_path_factory.mktemp("cluster"))
    yield f"redis+cluster://127.0.0.1:{servers[0].port}"
    for server in servers:
        server.stop()


@pytest.fixture(params=["standalone", "cluster"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """An empty store, of each kind in turn."""
    url: str = request.getfixturevalue(request.param)
    opened = await open_store(url)
    await opened.client.flushall()
    await opened.client.set("switchboard:shards", opened.shards)
    yield opened
    await opened.close()


@pytest.fixture
def data() -> Path:
    """The repository's own data."""
    return Path(__file__).parents[2] / "data"
