"""Real Valkey servers for tests: started, killed and started again at will."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redis import Redis as SyncRedis
from redis import exceptions

from bridge.embedded import server_binary

_START_S = 20.0


# Below what the system gives to outgoing connections; each of the run's processes has a range of its own.
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS: Final = itertools.cycle(range(11_000 + 2_000 * _WORKER, 13_000 + 2_000 * _WORKER))


def free_port() -> int:
    """A port nobody listens on, nor on its cluster bus port (ten thousand above)."""
    return next(port for port in _PORTS if _is_free(port) and _is_free(port + 10_000))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass
class RealStore:
    """One durable server on loopback."""

    folder: Path
    cluster: bool = False
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, or start it again on the same data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        options += ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"]
        if self.cluster:
            options += ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen([server_binary(), *options], stdout=output, stderr=output)

    def kill(self) -> None:
        """As a crash would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """End it cleanly."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def ready(self) -> None:
        """Return when it answers."""
        until = time.monotonic() + _START_S
        with SyncRedis(port=self.port) as client:
            while time.monotonic() < until:
                try:
                    client.ping()
                    return
                except (exceptions.ConnectionError, exceptions.BusyLoadingError):
                    time.sleep(0.02)
        raise TimeoutError(f"no answer on port {self.port}: {(self.folder / 'log').read_text()[-2000:]}")


def start_cluster(folder: Path, nodes: int = 3) -> list[RealStore]:
    """Start a cluster without replicas; its slots are spread evenly."""
    stores = [RealStore(folder / str(place), cluster=True) for place in range(nodes)]
    for store in stores:
        store.start()
    for store in stores:
        store.ready()
    share = 16384 // nodes
    for place, store in enumerate(stores):
        last = 16383 if place == nodes - 1 else (place + 1) * share - 1
        with SyncRedis(port=store.port) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", place * share, last)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", stores[0].port)
    for store in stores:
        _agreed(store, nodes)
    return stores


def _agreed(store: RealStore, nodes: int) -> None:
    until = time.monotonic() + _START_S
    with SyncRedis(port=store.port, decode_responses=True) as client:
        while time.monotonic() < until:
            info = client.execute_command("CLUSTER", "INFO")
            known = info if isinstance(info, dict) else dict(line.split(":") for line in str(info).split())
            if known["cluster_state"] == "ok" and int(known["cluster_known_nodes"]) == nodes:
                return
            time.sleep(0.05)
    raise TimeoutError("the cluster did not form")
