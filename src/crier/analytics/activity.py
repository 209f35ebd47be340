"""What bots did in a span of time, from rollups where there are some and from minutes elsewhere.

The cost does not grow with history: a month of days is 30 rows a bot, and only its edges are read
as hours or minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from sqlalchemy.orm import Session

from crier.analytics.rollup import DAY, HOUR, Rolled, rolled
from crier.domain.span import LENGTH, Bucket, Span
from crier.storage import queries

SQL = queries.load("activity")
FIGURES: Final = (
    "messages_in",
    "messages_out",
    "new_subscribers",
    "lost_subscribers",
    "errors",
    "throttled",
    "clicks",
)
Figures = dict[str, Any]
BotIds = Sequence[int] | None
"""Whose activity; None is everybody's."""


@dataclass
class _Spans:
    """What to read from where: half-open spans, none of them twice."""

    minutes: list[tuple[datetime, datetime]] = field(default_factory=list)
    rolled: list[tuple[str, datetime, datetime]] = field(default_factory=list)


def series(session: Session, bot_ids: BotIds, span: Span, bucket: Bucket) -> list[Figures]:
    """Figures by bucket, without gaps."""
    rows = _read(session, "series", bot_ids, span, bucket, bucket=bucket)
    return _without_gaps(rows, span, bucket)


def totals(session: Session, bot_ids: BotIds, span: Span) -> dict[str, int]:
    """Sums over the span."""
    return sums(_read(session, "series", bot_ids, span, "day", bucket="day"))


def sums(rows: Sequence[Figures]) -> dict[str, int]:
    """The figures of all rows together."""
    return {name: sum(row[name] for row in rows) for name in FIGURES}


def overview(
    session: Session, bot_ids: BotIds, span: Span, bucket: Bucket
) -> tuple[list[Figures], list[Figures]]:
    """Figures by bucket, without gaps, and sums by bot, the busiest first: one reading of both."""
    rows = _read(session, "overview", bot_ids, span, bucket, bucket=bucket)
    by_bot = [row for row in rows if row["at"] is None]
    by_bot.sort(key=lambda row: (-row["messages_in"] - row["messages_out"], row["bot_id"]))
    return _without_gaps([row for row in rows if row["at"] is not None], span, bucket), by_bot


def by_hour_of_week(session: Session, bot_ids: BotIds, span: Span) -> list[Figures]:
    """Sums for each of the 168 hours of a week, Monday's first, in UTC."""
    rows = _read(session, "by_hour_of_week", bot_ids, span, "hour")
    found = {(row["weekday"], row["hour"]): row for row in rows}
    nothing = dict.fromkeys(("messages_in", "messages_out", "clicks"), 0)
    return [
        found.get((weekday, hour), {"weekday": weekday, "hour": hour, **nothing})
        for weekday in range(1, 8)
        for hour in range(24)
    ]


def _read(
    session: Session, name: str, bot_ids: BotIds, span: Span, finest: Bucket, **parameters: Any
) -> list[Figures]:
    spans = _sources(span, finest, rolled(session))
    text: LiteralString = f"WITH source AS ({SQL['source']}) {SQL[name]}"
    given = {
        "bot_ids": None if bot_ids is None else list(bot_ids),
        "minute_starts": [start for start, _ in spans.minutes],
        "minute_ends": [end for _, end in spans.minutes],
        "rolled_kinds": [kind for kind, _, _ in spans.rolled],
        "rolled_starts": [start for _, start, _ in spans.rolled],
        "rolled_ends": [end for _, _, end in spans.rolled],
    }
    result = session.connection().exec_driver_sql(text, {**given, **parameters})
    return [dict(row) for row in result.mappings()]


def _without_gaps(rows: Sequence[Figures], span: Span, bucket: Bucket) -> list[Figures]:
    found = {row["at"]: row for row in rows}
    nothing = dict.fromkeys(FIGURES, 0)
    return [found.get(at, {"at": at, **nothing}) for at in _steps(span, bucket)]


def _sources(span: Span, finest: Bucket, done: Rolled | None) -> _Spans:
    """Cut a span: days in the middle, hours around them, minutes at the edges and beyond."""
    spans = _Spans()
    start = span.start.replace(second=0, microsecond=0)
    if done is None or finest == "minute":
        spans.minutes.append((start, span.end))
        return spans
    first, last = _whole(max(start, done.since), min(span.end, done.until), HOUR)
    if first >= last:
        spans.minutes.append((start, span.end))
        return spans
    spans.minutes += [(start, first), (last, span.end)]
    hours = [(first, last)]
    if finest == "day":
        day, night = _whole(max(first, done.days_since), min(last, done.days_until), DAY)
        if day < night:
            spans.rolled.append(("bot_day", day, night))
            hours = [(first, day), (night, last)]
    spans.rolled += [("bot_hour", *hour) for hour in hours]
    return spans


def _whole(start: datetime, end: datetime, length: timedelta) -> tuple[datetime, datetime]:
    """The whole hours or days inside of a span."""
    first = _floor(start, length)
    return (first if first == start else first + length), _floor(end, length)


def _floor(moment: datetime, length: timedelta) -> datetime:
    if length == DAY:
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.replace(minute=0, second=0, microsecond=0)


def _steps(span: Span, bucket: Bucket) -> list[datetime]:
    step = LENGTH[bucket]
    at = span.start.replace(second=0, microsecond=0)
    if bucket != "minute":
        at = _floor(at, step)
    steps = []
    while at < span.end:
        steps.append(at)
        at += step
    return steps
