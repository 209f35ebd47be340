"""What watching costs: broadcasts with metrics, logs and traces on, against all of them off.

On is what a watched platform runs with: `/metrics` is asked each five seconds, lines of level
`info` go into a file as JSON, and traces are sampled at 1 % and exported to a collector. Off is a
worker in which counting does nothing, nothing is logged and no collector is named. Runs take turns
on the durable path of `bench.broadcast`, and every second pair goes the other way round.
The promise: at most 5 % of the throughput.
"""

import argparse
import contextlib
import logging
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from prometheus_client import Counter, Gauge, Histogram

from bench import platform
from bench.answering import answerer
from bench.broadcast import Figures, durable
from crier.jobs import worker
from crier.observability.samples import Durations, Samples
from crier.settings import Settings
from tests.support.engine import AdRows
from tests.support.ports import free_port
from tests.support.postgres import Cluster
from tests.support.receiver import receiver

SCRAPE_S = 5.0
MOST = 0.05


def run_bare() -> None:
    """Run a worker that counts, logs and traces nothing."""

    def nothing(*_: object, **__: object) -> None:
        """Do nothing."""

    for name in ("count", "failed", "throttled"):
        setattr(Samples, name, nothing)
    setattr(Durations, "add", nothing)  # noqa: B010 (mypy lets no method be assigned)
    for kind, name in ((Counter, "inc"), (Gauge, "set"), (Histogram, "observe")):
        setattr(kind, name, nothing)
    logging.disable(logging.CRITICAL)
    worker.run(Settings.from_environment())


@contextmanager
def bare(world: AdRows) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CRIER_DATA_DIR": str(Path(folder) / "data")}
        command = ["-m", "bench.overhead", "--bare"]
        with platform.worker(world, 0, command=command, environment=environment) as pid:
            yield pid


@contextmanager
def watched(world: AdRows) -> Iterator[int]:
    port = free_port()
    with receiver() as collector, tempfile.TemporaryDirectory() as folder:
        environment = {
            "CRIER_METRICS_BIND": f"127.0.0.1:{port}",
            "CRIER_LOG_LEVEL": "info",
            "CRIER_DATA_DIR": str(Path(folder) / "data"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        }
        log = Path(folder) / "worker.log"
        with (
            scraped(f"http://127.0.0.1:{port}/metrics"),
            platform.worker(world, 0, log=log, environment=environment) as pid,
        ):
            yield pid


@contextmanager
def scraped(url: str) -> Iterator[None]:
    """Ask for the figures every few seconds, as Prometheus does."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(SCRAPE_S):
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=SCRAPE_S) as got:
                got.read()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def compare(run: Callable[[str], Figures], rounds: int) -> dict[str, list[Figures]]:
    """Return the figures of all runs, by name."""
    runs: dict[str, list[Figures]] = {"off": [], "on": []}
    for number in range(rounds):
        for name in sorted(runs, reverse=number % 2 == 1):
            runs[name].append(run(name))
            print(f"\r{number + 1} of {rounds}: {name:4}", end="", file=sys.stderr)
    print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    return runs


def tell(runs: dict[str, list[Figures]]) -> None:
    print(f"{'':<6}{'messages/s':>12}{'µs CPU each':>13}{'peak MB':>9}   all runs")
    for name, found in runs.items():
        rate, cpu_us, peak = (median(column) for column in list(zip(*found, strict=True))[:3])
        rates = " ".join(f"{one.rate:,.0f}" for one in found)
        print(f"{name:<6}{rate:>12,.0f}{cpu_us:>13.1f}{peak:>9.0f}   {rates}")
    pairs = list(zip(runs["off"], runs["on"], strict=True))
    less = median(1 - on.rate / off.rate for off, on in pairs)
    more = median(on.cpu_us / off.cpu_us - 1 for off, on in pairs)
    verdict = "kept" if less <= MOST else "BROKEN"
    print(f"median of pairs: {less:+.1%} throughput lost, {more:+.1%} CPU; at most 5 %: {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        run_bare()
        return
    kinds = {"off": bare, "on": watched}
    with answerer() as (url, what), platform.durable_cluster() as cluster:
        print(f"{options.messages:,} messages of {options.bots} bots a run, against {what}")

        def run(name: str, of: Cluster = cluster) -> Figures:
            return durable(of, url, options.bots, options.messages, kinds[name])

        tell(compare(run, options.rounds))


if __name__ == "__main__":
    main()
