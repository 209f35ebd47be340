"""What bots did in a span of time, from rollups where there are some and from minutes elsewhere.

The cost does not grow with history: each question is answered from the coarsest rows that hold its
buckets, and only the edges of the span are read more finely. Days are days of the viewer's time
zone. Where its offset is no whole hour, the hours in which its days begin are read by minute; after
minutes are pruned (`rollup.KEPT`) such an hour counts to the day in which it begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics.rollup import HOUR, Rolled, rolled
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
Cut = tuple[datetime, datetime]
"""A half-open span."""
Grain = str
"""What rows are read: `month`, `day`, `hour` or `minute`."""
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True)
class Whose:
    """Whose activity: that of all bots of an owner (of everybody where None), or of one bot."""

    owner: int | None = None
    bot_id: int | None = None


def counted(session: Session, span: Span) -> Span:
    """The span that is really counted: whole minutes, and whole hours where minutes are pruned."""
    return _counted(span, rolled(session))


def finest(session: Session, span: Span) -> Bucket:
    """The finest bucket that the whole span can be cut into."""
    done = rolled(session)
    return "hour" if done and done.pruned and span.start < done.pruned else "minute"


def series(
    session: Session, whose: Whose, span: Span, bucket: Bucket, zone: ZoneInfo = _UTC
) -> list[Figures]:
    """Figures by bucket, without gaps; days are those of the zone."""
    grains = ["hour"] if bucket != "minute" else []
    if bucket == "day" and zone == _UTC and whose.bot_id is not None:
        grains = ["day", "hour"]
    done = rolled(session)
    cuts = _cuts(span, grains, done, _offhours(span, zone, done) if bucket == "day" else [])
    name = zone.key if bucket == "day" else "UTC"
    rows = _read(session, "series", whose, cuts, bucket=bucket, zone=name)
    found = {row["at"]: row for row in rows}
    nothing = dict.fromkeys(FIGURES, 0)
    steps = starts(_counted(span, done), bucket, zone)
    return [found.get(at, {"at": at, **nothing}) for at in steps]


def latencies(
    session: Session, bot_id: int, span: Span, bucket: Bucket, zone: ZoneInfo = _UTC
) -> dict[datetime, list[int]]:
    """How many updates of a bot took how long (`domain/histogram`), by bucket of time."""
    done = rolled(session)
    grains = ["hour"] if bucket != "minute" else []
    cuts = _cuts(span, grains, done, _offhours(span, zone, done) if bucket == "day" else [])
    given = _spans({"hour": [], **cuts}) | {
        "bot_id": bot_id,
        "bucket": bucket,
        "zone": zone.key if bucket == "day" else "UTC",
    }
    rows = session.connection().exec_driver_sql(SQL["latencies"], given)
    return {row.at: row.counts for row in rows}


def totals(session: Session, whose: Whose, span: Span) -> dict[str, int]:
    """Sums over the span."""
    grains = ["hour"] if whose.bot_id is None else ["month", "day", "hour"]
    cuts = _cuts(span, grains, rolled(session))
    return sums(_read(session, "series", whose, cuts, bucket="month", zone="UTC"))


def sums(rows: Sequence[Figures]) -> dict[str, int]:
    """The figures of all rows together."""
    return {name: sum(row[name] for row in rows) for name in FIGURES}


def by_bot(session: Session, owner: int | None, span: Span) -> list[Figures]:
    """Sums by bot of an owner (of everybody where None), the busiest first."""
    cuts = _cuts(span, ["month", "day", "hour"], rolled(session))
    rows = _read(session, "by_bot", Whose(owner), cuts, each_bot=True)
    return sorted(rows, key=lambda row: (-row["messages_in"] - row["messages_out"], row["bot_id"]))


def by_hour_of_week(
    session: Session, whose: Whose, span: Span, zone: ZoneInfo = _UTC
) -> list[Figures]:
    """Sums for each of the 168 hours of a week, Monday's first, in the zone.

    Where its offset is no whole hour, an hour (UTC) counts to the one in which it begins.
    """
    cuts = _cuts(span, ["hour"], rolled(session))
    rows = _read(session, "by_hour_of_week", whose, cuts, zone=zone.key)
    found = {(row["weekday"], row["hour"]): row for row in rows}
    nothing = dict.fromkeys(("messages_in", "messages_out", "clicks"), 0)
    return [
        found.get((weekday, hour), {"weekday": weekday, "hour": hour, **nothing})
        for weekday in range(1, 8)
        for hour in range(24)
    ]


def starts(span: Span, bucket: Bucket, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of the buckets that a span touches."""
    if bucket != "day":
        at = span.start.replace(second=0, microsecond=0)
        at = at if bucket == "minute" else _hour(at)
        return [at + n * LENGTH[bucket] for n in range(-(-(span.end - at) // LENGTH[bucket]))]
    day = span.start.astimezone(zone).date()
    found = []
    while (at := _midnight(day.year, day.month, day.day, zone)) < span.end:
        found.append(at)
        day += timedelta(days=1)
    return found


def _midnight(year: int, month: int, day: int, zone: ZoneInfo) -> datetime:
    return datetime(year, month, day, tzinfo=zone).astimezone(UTC)


def _counted(span: Span, done: Rolled | None) -> Span:
    start = span.start.replace(second=0, microsecond=0)
    end = _ceil(span.end, timedelta(minutes=1))
    if done and done.pruned:
        start = _hour(start) if start < done.pruned else start
        end = _ceil(end, HOUR) if end < done.pruned else end
    return Span(start, end)


def _offhours(span: Span, zone: ZoneInfo, done: Rolled | None) -> list[Cut]:
    """The hours inside of which days of the zone begin, as far as they are kept by minute."""
    pruned = done.pruned if done else None
    found = [(_hour(at), _hour(at) + HOUR) for at in starts(span, "day", zone) if _hour(at) != at]
    return [cut for cut in found if pruned is None or cut[0] >= pruned]


def _cuts(
    span: Span, grains: Sequence[Grain], done: Rolled | None, apart: Sequence[Cut] = ()
) -> dict[Grain, list[Cut]]:
    """Cut a span into what is read at each grain, none of it twice: the coarsest in the middle,
    finer ones at its edges, minutes where nothing is rolled up and in the hours `apart`."""
    exact = _counted(span, done)
    cuts: dict[Grain, list[Cut]] = {grain: [] for grain in (*grains, "minute")}
    if done is None or not grains:
        cuts["minute"].append((exact.start, exact.end))
        return cuts
    rest: list[Cut] = []
    at = exact.start
    for low, high in apart:
        if exact.start <= low and high <= exact.end:
            rest.append((at, low))
            cuts["minute"].append((low, high))
            at = high
    rest.append((at, exact.end))
    for grain in grains:
        outside: list[Cut] = []
        for start, end in rest:
            low = _CEIL[grain](max(start, done.since))
            high = _FLOOR[grain](min(end, done.until))
            if low < high:
                cuts[grain].append((low, high))
                outside += [(start, low), (high, end)]
            else:
                outside.append((start, end))
        rest = [cut for cut in outside if cut[0] < cut[1]]
    cuts["minute"] += rest
    return cuts


def _read(
    session: Session,
    name: str,
    whose: Whose,
    cuts: dict[Grain, list[Cut]],
    *,
    each_bot: bool = False,
    **parameters: Any,
) -> list[Figures]:
    by_owner = whose.bot_id is None and not each_bot
    given = {"bot_ids": _bot_ids(session, whose), "owner": whose.owner or 0, **_spans(cuts)}
    kinds = ["owner_hours" if grain == "hour" and by_owner else f"{grain}s" for grain in cuts]
    parts: list[LiteralString] = [SQL[kind] for kind in kinds]
    text: LiteralString = f"WITH source AS ({' UNION ALL '.join(parts)}) {SQL[name]}"
    result = session.connection().exec_driver_sql(text, {**given, **parameters})
    return [dict(row) for row in result.mappings()]


def _spans(cuts: dict[Grain, list[Cut]]) -> dict[str, Any]:
    starts = {f"{grain}_starts": [start for start, _ in spans] for grain, spans in cuts.items()}
    return starts | {f"{grain}_ends": [end for _, end in spans] for grain, spans in cuts.items()}


def _bot_ids(session: Session, whose: Whose) -> list[int] | None:
    if whose.bot_id is not None:
        return [whose.bot_id]
    if whose.owner is None:
        return None
    rows = session.connection().exec_driver_sql(SQL["bots_of"], {"owner": whose.owner})
    return [row[0] for row in rows]


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _month(moment: datetime) -> datetime:
    return _day(moment).replace(day=1)


def _ceil(moment: datetime, length: timedelta) -> datetime:
    epoch = datetime.fromtimestamp(0, UTC)
    return epoch + -(-(moment - epoch) // length) * length


def _next_month(moment: datetime) -> datetime:
    first = _month(moment)
    return first if first == moment else _month(first + timedelta(days=32))


_FLOOR: Final[dict[Grain, Callable[[datetime], datetime]]] = {
    "hour": _hour,
    "day": _day,
    "month": _month,
}
_CEIL: Final[dict[Grain, Callable[[datetime], datetime]]] = {
    "hour": lambda moment: _ceil(moment, HOUR),
    "day": lambda moment: _ceil(moment, timedelta(days=1)),
    "month": _next_month,
}
