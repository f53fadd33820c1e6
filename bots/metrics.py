"""What is counted and timed, in Prometheus' form."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bridge.errors import NluUnavailable
from bridge.ports import Interpreter
from bridge.types import Entry, Interpretation, Utterance

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The meters of one process."""

    def __init__(self) -> None:
        """Registers them; one a process."""
        self.registry = CollectorRegistry()
        self.received = Counter(
            "switchboard_entries_total",
            "Entries put, by channel and kind.",
            ["channel", "kind"],
            registry=self.registry,
        )
        self.interpreted = Counter(
            "switchboard_interpreted_total", "Texts interpreted, by certainty.", ["certainty"], registry=self.registry
        )
        self.nlu_down = Counter(
            "switchboard_nlu_unavailable_total", "Batches that nothing could interpret.", registry=self.registry
        )
        self.nlu_seconds = Histogram(
            "switchboard_interpret_seconds", "Time of one batch.", buckets=_SECONDS, registry=self.registry
        )
        self.sockets = Gauge("switchboard_widget_connections", "Open widget connections.", registry=self.registry)
        self.waiting = Gauge("switchboard_ready_conversations", "Conversations with work.", registry=self.registry)
        self.events = Gauge("switchboard_events_behind", "Records not yet in SQL.", registry=self.registry)
        self.tickets = Gauge("switchboard_tickets", "Tickets, by status.", ["status"], registry=self.registry)

    def entry_put(self, entry: Entry) -> None:
        """Count an entry."""
        self.received.labels(entry.address.channel, entry.kind).inc()

    def text(self) -> bytes:
        """All meters, as Prometheus reads them."""
        return generate_latest(self.registry)


class TimedInterpreter:
    """An interpreter whose batches are timed and counted."""

    def __init__(self, inner: Interpreter, metrics: Metrics) -> None:
        """Wraps `inner`."""
        self._inner = inner
        self._metrics = metrics

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """As `inner`. Raises NluUnavailable."""
        begun = time.perf_counter()
        try:
            found = await self._inner.interpret(utterances)
        except NluUnavailable:
            self._metrics.nlu_down.inc()
            raise
        self._metrics.nlu_seconds.observe(time.perf_counter() - begun)
        for interpretation in found:
            self._metrics.interpreted.labels(interpretation.certainty.value).inc()
        return found
