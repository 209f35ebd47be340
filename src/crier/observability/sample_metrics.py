"""Prometheus' view of `Samples`: what a process measures once is shown in both places."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from crier.domain import histogram
from crier.observability.samples import Cell, Kind, Samples

_PLACES: Final = range(4, 35, 2)
"""Of the buckets of `histogram.FINE`, those that end at 0.5 ms, 1 ms, 2 ms … 16.4 s."""
_DURATIONS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("sends", "crier_telegram_send_seconds", "From a send to Telegram's whole answer to it"),
    ("database", "crier_database_statement_seconds", "Statements, until their first rows came"),
    ("cache", "crier_cache_seconds", "Calls of Redis that were answered"),
)
_API: Final = "crier_http_request_seconds", "Time to answer"


class SampleMetrics(Collector):
    """Collects the totals of one process."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        """Yield the families; what never happened is there as zero."""
        totals = self._samples.totals()
        cells = {kind: totals.get((kind, ""), Cell()) for kind, _, _ in _DURATIONS}
        for kind, name, words in _DURATIONS:
            family = HistogramMetricFamily(name, words)
            _add(family, [], cells[kind])
            yield family
        yield from _counters(cells["sends"], cells["cache"])
        routes = HistogramMetricFamily(*_API, labels=["method", "route"])
        for (kind, name), cell in sorted(totals.items()):
            if kind == "api":
                method, _, route = name.partition(" ")
                _add(routes, [method, route], cell)
        yield routes


def _counters(sends: Cell, cache: Cell) -> Iterator[Metric]:
    for name, words, value in (
        ("telegram_send_failures", "Sends without an answer, or refused for now", sends.errors),
        ("telegram_throttled", "Answers 429 of Telegram", sends.throttled),
        ("telegram_wait_seconds", "Seconds of silence that Telegram asked for", sends.waited_s),
        ("cache_failures", "Calls of Redis that failed", cache.errors),
    ):
        yield CounterMetricFamily(f"crier_{name}", words, value=value)


def _add(family: HistogramMetricFamily, labels: list[str], cell: Cell) -> None:
    buckets = [
        (f"{histogram.FINE[place] / 1000:g}", float(sum(cell.latency[: place + 1])))
        for place in _PLACES
    ]
    family.add_metric(labels, [*buckets, ("+Inf", float(sum(cell.latency)))], cell.took_s)
