"""What the simulated Telegram counted, at `GET /metrics` in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crier.sandbox.http import Response
from crier.sandbox.world import World


class Metrics(Collector):
    """Adds up the totals of all bots when it is asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the families; a reset by the control API is a reset of the counters."""
        bots = list(self._world.bots.values())
        yield GaugeMetricFamily("sandbox_bots", "Simulated bots", value=len(bots))
        events = CounterMetricFamily("sandbox_events", "What happened, by kind", labels=["kind"])
        sums: dict[str, int] = {}
        for bot in bots:
            for name, count in msgspec.to_builtins(bot.totals).items():
                sums[name] = sums.get(name, 0) + count
        for name, count in sorted(sums.items()):
            events.add_metric([name], count)
        yield events

    def answer(self) -> Response:
        """Return the figures."""
        body = generate_latest(self._registry)
        return Response(body=body, content_type=CONTENT_TYPE_LATEST.encode())
