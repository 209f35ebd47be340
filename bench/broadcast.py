"""Crier beside its peers, all in one run on one machine: messages a second and what they cost.

    python -m bench.broadcast [--messages 5000] [--rounds 3] [--bots 100] [--only NAME …]

Everybody sends the same text to the same answerer, each in a process of its own, one after the
other, `--rounds` times in turn; the median of each figure counts. The peers are bare loops that
remember nothing. Crier's durable path is a real worker that takes its jobs from PostgreSQL, claims
every recipient before it sends and commits every outcome; it sends two hundred times as
many messages, so that its start counts as little as theirs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import platform
from bench.answering import answerer
from bench.peers import PEERS
from bench.platform import Usage
from tests.support.engine import AdRows
from tests.support.postgres import Cluster

HERE = Path(__file__).parent
IN_FLIGHT = 64
FEWER_IN_FLIGHT = {"python-telegram-bot": 8}
"""Its HTTP client gets slower with more: 350 messages a second with 8, 90 with 64."""
BASE = "aiogram"


class Figures(NamedTuple):
    """What one run of one peer measured; `database_us` is PostgreSQL's CPU, not in `cpu_us`."""

    rate: float
    cpu_us: float
    peak_mb: float
    database_us: float = 0.0


class NotRunError(Exception):
    """A peer that this machine does not have; the text says why."""


class Bench:
    """The peers, by name, as functions that run once and return `Figures`."""

    def __init__(self, url: str, cluster: Cluster, options: argparse.Namespace) -> None:
        self._url, self._cluster = url, cluster
        self._messages, self._bots = options.messages, options.bots
        self.peers: dict[str, Callable[[], Figures]] = {
            name: self._python(name) for name in PEERS if not name.startswith("Crier")
        }
        self.peers["grammY"] = self._grammy
        self.peers["Crier, bare client"] = self._python("Crier, bare client", times=10)
        self.peers["Crier, durable"] = self._durable

    def _python(self, name: str, times: int = 1) -> Callable[[], Figures]:
        in_flight = FEWER_IN_FLIGHT.get(name, IN_FLIGHT)
        command = [sys.executable, "-m", "bench.peers", name]
        return lambda: self._run(
            [*command, self._url, str(self._messages * times), str(in_flight)], os.environ["PATH"]
        )

    def _grammy(self) -> Figures:
        path = _node_path()
        command = ["node", str(HERE / "grammy.mjs")]
        return self._run([*command, self._url, str(self._messages), str(IN_FLIGHT)], path)

    def _run(self, command: list[str], path: str) -> Figures:
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise NotRunError((done.stderr.strip().splitlines() or ["it failed"])[-1])
        return Figures(**json.loads(done.stdout))

    def _durable(self) -> Figures:
        return durable(self._cluster, self._url, self._bots, self._messages * 200)


def unlimited(world: AdRows) -> AbstractContextManager[int]:
    """A worker whose bots have no ceiling."""
    return platform.worker(world, rate=0)


def durable(
    cluster: Cluster,
    url: str,
    bots: int,
    messages: int,
    worker: Callable[[AdRows], AbstractContextManager[int]] = unlimited,
) -> Figures:
    """One broadcast through one worker, from the launch's commit until it is completed."""
    with platform.world(cluster, url) as world:
        platform.add_bots(world, bots, messages)
        with worker(world) as pid:
            before, database_s = Usage.of(pid), platform.database_cpu_s(world)
            broadcast_id = platform.launch(world)
            platform.wait_for(lambda: platform.is_done(world, broadcast_id))
            after, database_s = Usage.of(pid), platform.database_cpu_s(world) - database_s
        counts = world.counts(broadcast_id)
        assert counts["sent"] == counts["audience"] == messages, counts
        took = world.run(
            "SELECT extract(epoch FROM completed_at - started_at)::float8 AS s FROM broadcasts"
        )[0]["s"]
    cpu_us = (after.cpu_s - before.cpu_s) / messages * 1e6
    return Figures(messages / took, cpu_us, after.peak_mb, database_s / messages * 1e6)


def _node_path() -> str:
    """A PATH with Node, after grammY was installed from the lock beside this file."""
    own = Path(sys.executable).parent
    path = os.pathsep.join([os.environ["PATH"], str(own)])
    if shutil.which("node", path=path) is None or (npm := shutil.which("npm", path=path)) is None:
        raise NotRunError("Node.js is not installed")
    if not (HERE / "node_modules" / "grammy").is_dir():
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise NotRunError("npm could not install grammY: is there a way to its registry?")
    return path


def compare(bench: Bench, names: list[str], rounds: int) -> None:
    """Run everybody in turn and print the table."""
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    reasons: dict[str, str] = {}
    for number in range(rounds):
        for name in names:
            if name in reasons:
                continue
            print(f"\rround {number + 1} of {rounds}: {name:24}", end="", file=sys.stderr)
            try:
                runs[name].append(bench.peers[name]())
            except NotRunError as reason:
                reasons[name] = str(reason)
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr)
    _print(
        {
            name: Figures(*(median(column) for column in zip(*found, strict=True)))
            for name, found in runs.items()
            if found and name not in reasons
        }
    )
    for name, why in reasons.items():
        print(f"{name:<22} not run: {why}")


def _print(rows: dict[str, Figures]) -> None:
    print(f"{'':<22}{'messages/s':>12}{'µs CPU each':>13}{'peak MB':>9}{'× ' + BASE:>11}")
    for name, row in rows.items():
        ratio = f"{row.rate / rows[BASE].rate:.1f}" if BASE in rows else "–"
        print(f"{name:<22}{row.rate:>12,.0f}{row.cpu_us:>13.1f}{row.peak_mb:>9.0f}{ratio:>11}")
        if row.database_us:
            print(f"{'':<22} and {row.database_us:.0f} µs of PostgreSQL's CPU each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="as they stand in the table")
    options = parser.parse_args()
    with answerer() as (url, what), platform.durable_cluster() as cluster:
        bench = Bench(url, cluster, options)
        names = options.only or list(bench.peers)
        if unknown := set(names) - set(bench.peers):
            parser.error(f"there is no {min(unknown)!r}; there are {', '.join(bench.peers)}")
        print(f"{IN_FLIGHT} in flight, {options.bots} bots in the durable path, against {what}")
        compare(bench, names, options.rounds)


if __name__ == "__main__":
    main()
