"""A process of the program, started, watched, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.integration.stores import free_port

_READY_S = 60.0
ADMIN_PASSWORD = "a long enough password"


class Program:
    """`switchboard run` with some roles. `mutation` and `think` start it through the harness that breaks it."""

    def __init__(
        self,
        var: Path,
        *,
        roles: Sequence[str] = (),
        port: int | None = None,
        redis_url: str = "",
        data: Path | None = None,
        settings: Mapping[str, str] | None = None,
        mutation: str = "none",
        think: float = 0.0,
        wait: bool = True,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.var = var
        self._roles = [part for role in roles for part in ("--role", role)]
        self._serves = not roles or "web" in roles or "handoff" in roles
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")},
            "SWITCHBOARD_VAR": str(var),
            "SWITCHBOARD_PORT": str(self.port),
            "SWITCHBOARD_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "SWITCHBOARD_REDIS_URL": redis_url,
            "SWITCHBOARD_DATA": str(data or ""),
            **{f"SWITCHBOARD_{name}": value for name, value in (settings or {}).items()},
        }
        harness = ["-m", "tests.e2e.harness", mutation, str(think)]
        self._program = ["-m", "bots"] if mutation == "none" and not think else harness
        self.log = var / f"{'-'.join(roles) or 'all'}.{self.port}.log"
        self.process = self._spawn()
        if wait:
            self.ready()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *self._program, "run", *self._roles],
                env=self.environment,
                stdout=output,
                stderr=output,
                cwd=Path(__file__).parents[2],
            )

    def ready(self) -> None:
        """Return when it serves, or says that it works where it serves nothing."""
        until = time.monotonic() + _READY_S
        while True:
            try:
                if not self._serves:
                    self._says_ready()
                    return
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise TimeoutError(f"not ready: {self.log.read_text()[-3000:]}") from error
                time.sleep(0.05)

    def _says_ready(self) -> None:
        if "is ready" not in self.log.read_text():
            raise TimeoutError("not yet")

    def kill(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stop it where it stands."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self.process.send_signal(signal.SIGCONT)

    def again(self) -> None:
        """Start it again after a kill."""
        self.process = self._spawn()

    def stop(self) -> int:
        """End it cleanly; return its exit code."""
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
        return self.process.wait(40)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the program beside it."""
        return subprocess.run(
            [sys.executable, "-m", "bots", *arguments],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def get(self, path: str) -> Mapping[str, object]:
        """A JSON answer."""
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            found: Mapping[str, object] = json.load(response)
        return found
