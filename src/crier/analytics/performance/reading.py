"""Answers questions about performance, from the coarsest rows that hold the buckets asked for.

The rows of a span lie one after the other: coarse ones as far as they are folded, finer ones for
what is left, samples of ten seconds for the last minutes. Every resolution before the wanted one
is complete up to where it ends, so nothing is counted twice and nothing is left out; what came late
is there after the next round of folding, a minute later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crier.analytics.performance.folding import folded_until
from crier.analytics.performance.resolutions import (
    KEPT,
    RESOLUTIONS,
    UTC_ZONE,
    Resolution,
    after,
    ceil,
    floor,
    starts,
)
from crier.domain.span import MAX_POINTS, Span
from crier.observability.samples import Kind
from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate

R = TypeVar("R")
By = Literal["route", "bot", "process"]
KINDS: Final[dict[By, tuple[Kind, ...]]] = {
    "route": ("api",),
    "bot": ("sends", "updates"),
    "process": ("process", "api", "sends", "updates", "database", "cache"),
}
TOTALS: Final[tuple[Kind, ...]] = get_args(Kind)


class Sums(msgspec.Struct, frozen=True, array_like=True):
    """What was counted of one kind; its fields are in the order of `performance.sql`."""

    count: int = 0
    errors: int = 0
    throttled: int = 0
    waited_ms: int = 0
    cpu_ms: int = 0
    peak: int = 0
    latency: Sequence[int] = ()
    """By the buckets of `histogram.FINE`."""

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums of both."""
        return Sums(
            self.count + other.count,
            self.errors + other.errors,
            self.throttled + other.throttled,
            self.waited_ms + other.waited_ms,
            self.cpu_ms + other.cpu_ms,
            max(self.peak, other.peak),
            [a + b for a, b in zip_longest(self.latency, other.latency, fillvalue=0)],
        )


NOTHING: Final = Sums()
Found = dict[Kind, Sums]
_FOUND: Final = msgspec.json.Decoder(Found).decode


def _of(place: Any, found: str) -> tuple[Any, Found]:
    """Make a row: the number of a bucket or the name that sums are of, and the sums."""
    return place, _FOUND(found)


SQL: Final = queries.load("performance")
_SERIES: Final = SQL.query("series", _of)
_LISTED: Final[dict[By, StatementTemplate[str]]] = {
    "route": SQL.query("names", str),
    "bot": SQL.query("names", str),
    "process": SQL.query("processes", str),
}
_SUMMED: Final[dict[By, StatementTemplate[tuple[Any, Found]]]] = {
    "route": SQL.query("by_name", _of),
    "bot": SQL.query("by_name", _of),
    "process": SQL.query("by_process", _of),
}


@dataclass(frozen=True)
class Cut:
    """The span that is really counted, in whole buckets, of days of the zone."""

    span: Span
    bucket: Resolution
    zone: ZoneInfo
    buckets: Sequence[datetime]
    """When each begins; none of them lies ahead."""
    now: datetime

    def seconds(self, start: datetime) -> float:
        """Return how long a bucket has lasted."""
        end = after(start, self.bucket, self.zone)
        return max((min(end, self.now) - start).total_seconds(), 1.0)


def cut(span: Span, bucket: Resolution, zone: ZoneInfo, now: datetime) -> Cut:
    """Return what can be counted of a span: a longer bucket where the wanted one is not kept any
    more or gives too many points, and days of UTC where those of the zone are not."""
    coarser = RESOLUTIONS[RESOLUTIONS.index(bucket) :]
    bucket = next(b for b in coarser if _is_kept(span, b, now) and _points(span, b) <= MAX_POINTS)
    if bucket == "month" or (bucket == "day" and not _is_kept(span, "hour", now)):
        zone = UTC_ZONE
    begin = floor(span.start, bucket, zone)
    end = ceil(min(span.end, now), bucket, zone)
    counted = Span(begin, max(begin, min(end, now)))
    return Cut(counted, bucket, zone, starts(begin, end, bucket, zone), now)


def series(
    session: Session, of: Cut, kinds: Sequence[Kind] = TOTALS, *, name: str = "", process: str = ""
) -> list[Found]:
    """Return what was counted in each bucket: of everything, of a name or of a process."""
    found: list[Found] = [{} for _ in of.buckets]
    if found:
        ranges = _ranges(of, folded_until(session))
        whole = Span(of.span.start, of.span.start)
        if of.bucket != "10s":  # several processes have rows of it
            whole, ranges[of.bucket] = ranges[of.bucket], whole
        given = {
            "kinds": list(kinds),
            "name": name,
            "process": process,
            "bucket": of.bucket,
            # As text: the driver takes longer for a thousand moments than all the rest.
            "buckets": f"{{{','.join(map(str, of.buckets))}}}",
            "whole_start": whole.start,
            "whole_end": whole.end,
            **_edges(ranges),
        }
        for place, sums in engine.rows(session, _SERIES(**given)):
            found[place - 1] = sums
    return found


def together(buckets: Sequence[Found]) -> Found:
    """Return the sums of several buckets."""
    found: Found = {}
    for bucket in buckets:
        for kind, sums in bucket.items():
            found[kind] = found.get(kind, NOTHING).plus(sums)
    return found


def breakdown(session: Session, of: Cut, by: By, limit: int) -> dict[str, Found]:
    """Return what was counted in the whole span by name: the busiest routes or bots first, or
    processes in the order of their names."""
    kinds = list(KINDS[by])
    given: dict[str, Any] = {"kinds": kinds[:1], "limit": limit}
    names = _read(session, _LISTED[by], of, given)
    sums = dict(_read(session, _SUMMED[by], of, {"kinds": kinds, "names": names}))
    return {name: sums[name] for name in names}


def _is_kept(span: Span, resolution: Resolution, now: datetime) -> bool:
    return resolution not in KEPT or span.start >= now - KEPT[resolution]


def _points(span: Span, resolution: Resolution) -> float:
    start = floor(span.start, resolution)
    return (span.end - start) / (after(start, resolution) - start)


def _read(session: Session, query: StatementTemplate[R], of: Cut, given: dict[str, Any]) -> list[R]:
    ranges = _ranges(of, folded_until(session))
    return engine.rows(session, query(**given, **_edges(ranges)))


def _ranges(of: Cut, until: datetime) -> dict[Resolution, Span]:
    """Return the span that is read at each resolution, the coarsest first; some are empty."""
    finest: Resolution = "hour" if of.bucket == "day" and of.zone != UTC_ZONE else of.bucket
    start = of.span.start
    found: dict[Resolution, Span] = {}
    for resolution in reversed(RESOLUTIONS):
        end = start
        if RESOLUTIONS.index(resolution) <= RESOLUTIONS.index(finest):
            end = of.span.end if resolution == "10s" else floor(until, resolution)
            end = max(start, min(end, of.span.end))
        found[resolution] = Span(start, end)
        start = end
    return found


def _edges(ranges: dict[Resolution, Span]) -> dict[str, datetime]:
    return {f"start_{resolution}": span.start for resolution, span in ranges.items()} | {
        f"end_{resolution}": span.end for resolution, span in ranges.items()
    }
