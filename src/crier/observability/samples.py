"""What this process does, counted in memory by intervals of ten seconds.

Counting is a lock held for a moment and a few additions: it never waits for the database. What
happens for each message goes into a `Durations`, which keeps what came in a second and counts it
together, which costs less. A thread (`analytics/performance/sampler.py`) takes the intervals that
are over and writes them down. What bounds the memory: `MOST_NAMES` names of a kind in an
interval, the others count together as `OTHER`; `MOST_INTERVALS` intervals and `MOST_CELLS` cells
that wait for the database, the oldest go first.

`totals` is the same since the process began, for Prometheus: an interval is added to it once, when
it is over, so that counting an event costs no more for it.
"""

import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from crier.domain import histogram

Kind = Literal["api", "sends", "updates", "database", "cache", "queue", "process"]
INTERVAL_S: Final = 10
MOST_WAIT_S: Final = 1.0
"""Seconds for which `Durations` may wait to be counted, while more of them come."""
MOST_NAMES: Final = 1000
MOST_INTERVALS: Final = 360
MOST_CELLS: Final = 50_000
OTHER: Final = "other"


@dataclass(slots=True)
class Cell:
    """What happened under one name in one interval."""

    count: int = 0
    errors: int = 0
    throttled: int = 0
    waited_s: float = 0.0
    took_s: float = 0.0
    """The sum of the durations."""
    cpu_s: float = 0.0
    peak: int = 0
    latency: list[int] = field(default_factory=list)
    """By the buckets of `histogram.FINE`, without empty ones at the end."""

    def time(self, seconds: float, times: int = 1) -> None:
        """Count a duration."""
        place = histogram.fine_bucket_of(seconds)
        if place >= len(self.latency):
            self.latency += [0] * (place + 1 - len(self.latency))
        self.latency[place] += times
        self.took_s += seconds * times

    def add(self, other: "Cell") -> None:
        """Count what another cell counted, too; the greater peak stays."""
        self.count += other.count
        self.errors += other.errors
        self.throttled += other.throttled
        self.waited_s += other.waited_s
        self.took_s += other.took_s
        self.cpu_s += other.cpu_s
        self.peak = max(self.peak, other.peak)
        longer, shorter = sorted((self.latency, other.latency), key=len, reverse=True)
        self.latency = [*longer]
        for place, count in enumerate(shorter):
            self.latency[place] += count


Interval = dict[tuple[Kind, str], Cell]


class Durations:
    """Events of one name, each with its time; one thread adds them, any thread may count them.

    What waits is of one interval: the first event after its end has what came before counted. None
    is lost or counted twice: `append`, the copy and the deletion of what was copied are each one
    step of the interpreter, and only one thread at a time counts (`Samples._lock`).
    """

    __slots__ = ("_clock", "_count", "at", "ends", "key", "since", "waiting")

    def __init__(
        self,
        key: tuple[Kind, str],
        clock: Callable[[], float],
        count: "Callable[[Durations], None]",
    ) -> None:
        self.key, self._clock, self._count = key, clock, count
        self.at = 0
        """The second in which their interval began."""
        self.since = self.ends = 0.0
        """When waiting began, and when it has to end."""
        self.waiting: list[float] = []

    def add(self, seconds: float) -> None:
        """Count an event that has just ended."""
        if not self.since <= self._clock() < self.ends:
            self._count(self)
        self.waiting.append(seconds)


class Samples:
    """The counters of one process; every method may be called from any thread."""

    def __init__(self, program: str = "crier", *, clock: Callable[[], float] = time.time) -> None:
        self.process = process_name(program)
        self._clock = clock
        self._lock = threading.Lock()
        self._intervals: dict[int, Interval] = {}
        self._names: dict[tuple[int, Kind], int] = {}
        self._durations: dict[tuple[Kind, str], Durations] = {}
        self._oldest = 0
        """Where the intervals begin that have not been taken."""
        self._cpu_s = time.process_time()
        self._totals: Interval = {}
        self._added: set[int] = set()
        """The intervals of `_intervals` that are in `_totals` already."""
        self.dropped = 0
        """Intervals that were given up while the database was away."""

    def count(
        self,
        kind: Kind,
        name: str = "",
        seconds: float | None = None,
        times: int = 1,
        *,
        error: bool = False,
        throttled: bool = False,
    ) -> None:
        """Count an event, of so many `times`, that took so long."""
        with self._lock:
            cell = self._cell(kind, name)
            cell.count += times
            if error:
                cell.errors += 1
            if throttled:
                cell.throttled += 1
            if seconds is not None:
                cell.time(seconds, times)

    def durations(self, kind: Kind, name: str) -> Durations:
        """Return what counts the events of this name that are too many for `count`."""
        with self._lock:
            key = kind, name
            made = self._durations.get(key)
            if made is None:
                made = self._durations[key] = Durations(key, self._clock, self._count_waiting)
            return made

    def failed(self, kind: Kind, name: str = "") -> None:
        """Count a failure that is no event by itself."""
        with self._lock:
            self._cell(kind, name).errors += 1

    def throttled(self, kind: Kind, name: str, waited_s: float) -> None:
        """Count an answer 429 and the time of waiting that it adds."""
        with self._lock:
            cell = self._cell(kind, name)
            cell.throttled += 1
            cell.waited_s += waited_s

    def measure_process(self) -> None:
        """Note the memory of this process, and the CPU time since the last note."""
        used_s = time.process_time()
        with self._lock:
            cell = self._cell("process", "", at=self._now() - INTERVAL_S)
            cell.count += 1
            cell.cpu_s += used_s - self._cpu_s
            cell.peak = max(cell.peak, rss_bytes())
            self._cpu_s = used_s

    def take(self, *, unfinished: bool = False) -> dict[int, Interval]:
        """Take the intervals that are over, by the second in which they began."""
        with self._lock:
            self._drain()
            now = self._oldest = self._now()
            over = [at for at in sorted(self._intervals) if at < now or unfinished]
            self._add(over)
            self._added.difference_update(over)
            self._names = {key: n for key, n in self._names.items() if key[0] not in over}
            return {at: self._intervals.pop(at) for at in over}

    def give_back(self, intervals: dict[int, Interval]) -> None:
        """Keep intervals that could not be written, the newest of them."""
        with self._lock:
            self._added.update(intervals)
            for at, cells in intervals.items():
                mine = self._intervals.setdefault(at, {})
                for key, cell in cells.items():
                    mine.setdefault(key, Cell()).add(cell)
            kept = 0
            for place, at in enumerate(sorted(self._intervals, reverse=True)):
                kept += len(self._intervals[at])
                if place >= MOST_INTERVALS or (place and kept > MOST_CELLS):
                    self._add([at])
                    self._added.discard(at)
                    del self._intervals[at]
                    self.dropped += 1

    def totals(self) -> Interval:
        """Return what was counted since the process began: of `api` by name, else by kind."""
        with self._lock:
            self._drain()
            now = self._now()
            self._add([at for at in self._intervals if at < now])
            found: Interval = {key: replace(cell) for key, cell in self._totals.items()}
            for at in self._intervals.keys() - self._added:
                _add(found, self._intervals[at])
            return found

    def _count_waiting(self, one: Durations) -> None:
        with self._lock:
            self._drain([one])
            now = self._clock()
            one.at, one.since = self._now(), now
            one.ends = min(now + MOST_WAIT_S, float(one.at + INTERVAL_S))

    def _drain(self, those: Iterable[Durations] | None = None) -> None:
        for one in self._durations.values() if those is None else those:
            waiting = one.waiting[:]
            if waiting:
                del one.waiting[: len(waiting)]
                at = one.at if one.at >= self._oldest else self._now()
                self._cell(*one.key, at=at).add(
                    Cell(len(waiting), took_s=sum(waiting), latency=histogram.fine_counts(waiting))
                )

    def _add(self, ats: Iterable[int]) -> None:
        for at in ats:
            if at not in self._added:
                _add(self._totals, self._intervals[at])
                self._added.add(at)

    def _now(self) -> int:
        return int(self._clock() // INTERVAL_S) * INTERVAL_S

    def _cell(self, kind: Kind, name: str, at: int | None = None) -> Cell:
        at = self._now() if at is None else at
        interval = self._intervals.setdefault(at, {})
        cell = interval.get((kind, name))
        if cell is None:
            known = self._names.get((at, kind), 0)
            self._names[at, kind] = known + 1
            name = name if known < MOST_NAMES else OTHER
            cell = interval.setdefault((kind, name), Cell())
        return cell


def _add(totals: Interval, cells: Interval) -> None:
    for (kind, name), cell in cells.items():
        totals.setdefault((kind, name if kind == "api" else ""), Cell()).add(cell)


def process_name(program: str) -> str:
    """Return a name of this process that its successor will have, too."""
    return f"{socket.gethostname()}/{os.environ.get('SUPERVISOR_PROCESS_NAME', program)}"


def rss_bytes() -> int:
    """Return how much memory this process holds now."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 (read each second)
        return int(file.read().split()[1]) * resource.getpagesize()
