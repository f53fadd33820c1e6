"""The connection to Redis: scripts by name, retried only because each of them may be repeated."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from bridge.errors import ConfigError, StoreError
from bridge.keys import SHARDS, Keys, shard_of
from bridge.types import ConversationId

log = logging.getLogger(__name__)

Name: TypeAlias = Literal[
    "put",
    "load",
    "commit",
    "failed",
    "wake",
    "begin",
    "sent",
    "defer",
    "resume",
    "inspect",
    "advance",
    "recall",
    "keep",
    "claim",
    "unclaim",
]
Reply: TypeAlias = "str | int | list[Reply] | None"
Argument: TypeAlias = str | int

PATIENCE_S: Final = 10.0
"""How long a step is tried again while the store is away, before its caller is told."""
AWAY: Final = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.ClusterDownError,
    exceptions.MasterDownError,
    exceptions.TryAgainError,
    exceptions.RedisClusterException,
    OSError,
    # uvloop's word for a write to a connection that has just been closed.
    RuntimeError,
)
CLUSTER_SHARDS: Final = 16
_ANSWER_S: Final = 8.0
# A store whose machine vanished says no word: without these, a read would wait for it for a quarter of an hour.
_KEEPALIVE: Final = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 20_000,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a script."""

    script: Name
    keys: Sequence[str]
    args: Sequence[Argument]


def _sources() -> Mapping[Name, str]:
    names: tuple[Name, ...] = get_args(Name)
    folder = Path(__file__).parent / "scripts"
    return {name: (folder / f"{name}.lua").read_text(encoding="utf-8") for name in names}


SOURCES: Mapping[Name, str] = _sources()
"""The atomic steps; each file's header is its contract."""


def _client(url: str) -> Redis | RedisCluster:
    retry = Retry(NoBackoff(), 0)
    parts = urlsplit(url)
    match parts.scheme:
        case "unix":
            return Redis.from_url(url, decode_responses=True, retry=retry, socket_timeout=_ANSWER_S)
        case "redis" | "rediss":
            return Redis.from_url(
                url,
                decode_responses=True,
                retry=retry,
                socket_timeout=_ANSWER_S,
                socket_connect_timeout=_ANSWER_S,
                socket_keepalive=True,
                socket_keepalive_options=_KEEPALIVE,
            )
        case "redis+cluster":
            return RedisCluster(
                startup_nodes=[ClusterNode(host, port) for host, port in _hosts(url)],
                username=parts.username,
                password=parts.password,
                decode_responses=True,
                socket_timeout=_ANSWER_S,
                socket_connect_timeout=_ANSWER_S,
                socket_keepalive=True,
                socket_keepalive_options=_KEEPALIVE,
            )
        case "redis+sentinel":
            sentinel = Sentinel(  # type: ignore[no-untyped-call]
                _hosts(url),
                decode_responses=True,
                retry=retry,
                socket_timeout=_ANSWER_S,
                socket_connect_timeout=_ANSWER_S,
                socket_keepalive=True,
                socket_keepalive_options=_KEEPALIVE,
            )
            client: Redis = sentinel.master_for(parts.path.strip("/") or "mymaster", password=parts.password)
            return client
    raise ConfigError(
        f"SWITCHBOARD_REDIS_URL: '{parts.scheme}' is not a known scheme. "
        "Known: redis, rediss, unix, redis+sentinel, redis+cluster."
    )


def _hosts(url: str) -> list[tuple[str, int]]:
    hosts = [host.rpartition(":") for host in urlsplit(url).netloc.rpartition("@")[2].split(",")]
    return [(host, int(port)) for host, _, port in hosts]


class Store:
    """Redis, seen through our scripts. One for a process; safe to use from many tasks."""

    def __init__(self, url: str, shards: int) -> None:
        """Use `open_store`, which learns the number of shards."""
        self.url = url
        self.client = _client(url)
        self.shards = shards
        self.keys = tuple(Keys(shard) for shard in range(shards))
        self._shas: dict[Name, str] = {}
        self._asked: list[tuple[Call, asyncio.Future[Reply]]] = []
        self._flushing: set[asyncio.Task[None]] = set()
        self.last_trouble = float("-inf")

    def of(self, conversation: ConversationId) -> Keys:
        """The keys of a conversation's shard."""
        return self.keys[shard_of(conversation, self.shards)]

    async def close(self) -> None:
        """Close the connections. A step whose caller went away ends first: it would open a connection anew."""
        while self._asked or self._flushing:
            await asyncio.wait(self._flushing) if self._flushing else await asyncio.sleep(0)
        await self.client.aclose()

    async def run(self, script: Name, keys: Sequence[str], args: Sequence[Argument]) -> Reply:
        """Run one script, again while the store is away. Raises StoreError after `PATIENCE_S`.

        What several tasks ask for at the same moment shares one round trip, and one fsync.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Reply] = loop.create_future()
        self._asked.append((Call(script, keys, args), waiter))
        if len(self._asked) == 1:
            loop.call_soon(self._flush)
        return await waiter

    async def run_many(self, calls: Sequence[Call]) -> list[Reply]:
        """Run several scripts in one round trip, in no promised order among shards. Raises StoreError."""
        replies = []
        for reply in await self._settle(calls):
            if isinstance(reply, StoreError):
                raise reply
            replies.append(reply)
        return replies

    def _flush(self) -> None:
        asked, self._asked = self._asked, []
        task = asyncio.get_running_loop().create_task(self._answer(asked))
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _answer(self, asked: list[tuple[Call, asyncio.Future[Reply]]]) -> None:
        try:
            replies = await self._settle([call for call, _ in asked])
        except BaseException as error:
            for _, waiter in asked:
                if not waiter.done():
                    waiter.set_exception(StoreError(f"the step was given up: {type(error).__name__}"))
            raise
        for (_, waiter), reply in zip(asked, replies, strict=True):
            if waiter.done():
                continue
            if isinstance(reply, StoreError):
                waiter.set_exception(reply)
            else:
                waiter.set_result(reply)

    async def _settle(self, calls: Sequence[Call]) -> list[Reply | StoreError]:
        """Run scripts until each has an answer. A lost answer is asked for again: every script may be repeated."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        settled: dict[int, Reply | StoreError] = {}
        pause = 0.02
        while len(settled) < len(calls):
            open_places = [place for place in range(len(calls)) if place not in settled]
            away: Exception | None = None
            for place, reply in zip(open_places, await self._attempt([calls[p] for p in open_places]), strict=True):
                if isinstance(reply, exceptions.NoScriptError):
                    self._shas = {}
                elif isinstance(reply, AWAY):
                    away = reply
                elif isinstance(reply, Exception):
                    settled[place] = StoreError(f"the store refused a step: {reply}")
                else:
                    settled[place] = reply
            if away is not None:
                self.last_trouble = loop.time()
                if loop.time() > until:
                    gone = StoreError(f"the store is away: {type(away).__name__}")
                    return [settled.get(place, gone) for place in range(len(calls))]
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.5)
        return [settled[place] for place in range(len(calls))]

    async def _attempt(self, calls: Sequence[Call]) -> list[Reply | Exception]:
        """One try of each; what went wrong stands where the reply would."""
        try:
            if not self._shas:
                await self._load()
            if isinstance(self.client, RedisCluster) or len(calls) == 1:
                return await self._each(self.client, calls)
            pipe = self.client.pipeline(transaction=False)
            for call in calls:
                pipe.evalsha(self._shas[call.script], len(call.keys), *call.keys, *call.args)
            replies: list[Reply | Exception] = await pipe.execute(raise_on_error=False)
            return replies
        except UnicodeEncodeError:
            # One of them says what cannot be written: the others must not suffer for it.
            return await self._each(self.client, calls)
        except (exceptions.RedisError, *AWAY) as error:
            return [error] * len(calls)

    async def _each(self, client: Redis | RedisCluster, calls: Sequence[Call]) -> list[Reply | Exception]:
        replies = await asyncio.gather(
            *(client.evalsha(self._shas[c.script], len(c.keys), *c.keys, *c.args) for c in calls),
            return_exceptions=True,
        )
        for reply in replies:
            if isinstance(reply, BaseException) and not isinstance(reply, Exception):
                raise reply
        return cast("list[Reply | Exception]", replies)

    async def _load(self) -> None:
        shas: dict[Name, str] = {}
        for name, source in SOURCES.items():
            shas[name] = str(await self.client.script_load(source))
        self._shas = shas


async def open_store(url: str) -> Store:
    """Connect, and agree with the store on the number of shards. Raises StoreError, ConfigError."""
    store = Store(url, CLUSTER_SHARDS if url.startswith("redis+cluster:") else 1)
    try:
        await store.client.set(SHARDS, store.shards, nx=True)
        known = int(await store.client.get(SHARDS) or 0)
    except AWAY as error:
        await store.close()
        raise StoreError(f"cannot reach the store: {error}") from error
    if known != store.shards:
        await store.close()
        raise ConfigError(
            f"SWITCHBOARD_REDIS_URL: this store was started with {known} shards, this address means "
            f"{store.shards}. Use the address it was started with; moving between them needs an empty store."
        )
    return store


async def durability(store: Store) -> list[str]:
    """Say what of the store's settings could lose messages; empty when nothing can. Raises StoreError."""
    wanted = {
        "appendonly": ("yes", "set `appendonly yes`: without it a restart loses everything"),
        "appendfsync": ("always", "set `appendfsync always`: without it a crash loses acknowledged messages"),
        "maxmemory-policy": ("noeviction", "set `maxmemory-policy noeviction`: another policy deletes messages"),
    }
    try:
        found = await store.client.config_get(*wanted)
    except AWAY as error:
        raise StoreError(f"cannot reach the store: {error}") from error
    except exceptions.ResponseError:
        return ["the store does not let us read its settings: be sure of appendonly, appendfsync, maxmemory-policy"]
    return [what for key, (value, what) in wanted.items() if found.get(key) != value]
