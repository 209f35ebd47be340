"""What bots did in a span of time, from rollups where there are some and from minutes elsewhere.

The cost does not grow with history: each question is answered from the coarsest rows that hold its
buckets, and only the edges of the span are read more finely. Days are days of the viewer's time
zone. Where its offset is no whole hour, the hours in which its days begin are read by minute; after
minutes are pruned (`rollup.KEPT`) such an hour counts to the day in which it begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics.rollup import HOUR, Rolled, midnight, rolled
from crier.domain.span import LENGTH, Bucket, Span
from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate

SQL: Final = queries.load("activity")
R = TypeVar("R")
Cut = tuple[datetime, datetime]
"""A half-open span."""
Grain = str
"""What rows are read: `month`, `day`, `hour` or `minute`."""
_UTC: Final = ZoneInfo("UTC")
_ROLLED: Final = "rolled"


class Point(NamedTuple):
    """What happened in one bucket of time."""

    at: datetime
    messages_in: int = 0
    messages_out: int = 0
    new_subscribers: int = 0
    lost_subscribers: int = 0
    errors: int = 0
    throttled: int = 0
    clicks: int = 0


FIGURES: Final = Point._fields[1:]


class BotFigures(NamedTuple):
    """What one bot did in a span."""

    bot_id: int
    messages_in: int = 0
    messages_out: int = 0
    new_subscribers: int = 0
    lost_subscribers: int = 0
    errors: int = 0
    throttled: int = 0
    clicks: int = 0


class WeekHourFigures(NamedTuple):
    """What happened in one hour of the week; Monday is 1."""

    weekday: int
    hour: int
    messages_in: int = 0
    messages_out: int = 0
    clicks: int = 0


class Changes(NamedTuple):
    """How many chats came back to a bot, and how many left it, by reason."""

    returned: int
    stopped: int
    blocked: int
    gone: int
    moved: int
    unsubscribed: int


class Latencies(NamedTuple):
    """How many updates took how long (`domain/histogram`), in one bucket of time."""

    at: datetime
    counts: list[int]


_SERIES: Final = SQL.query("series", Point)
_SERIES_DAYS: Final = SQL.query("series_days", Point)
_BY_BOT: Final = SQL.query("by_bot", BotFigures)
_BY_HOUR_OF_WEEK: Final = SQL.query("by_hour_of_week", WeekHourFigures)
_CHANGES: Final = SQL.query("changes", Changes)
_LATENCIES: Final = SQL.query("latencies", Latencies)
_BOTS_OF: Final = SQL.query("bots_of", int)
_OWNER_HOURS: Final = SQL.query("owner_hours")
_SOURCES: Final = {grain: SQL.query(f"{grain}s") for grain in ("minute", "hour", "day", "month")}


@dataclass(frozen=True)
class Whose:
    """Whose activity: that of all bots of an owner (of everybody where None), or of one bot."""

    owner: int | None = None
    bot_id: int | None = None


def counted(session: Session, span: Span) -> Span:
    """Return what is really counted: whole minutes, and whole hours where minutes are pruned."""
    return _counted(span, _done(session))


def finest(session: Session, span: Span) -> Bucket:
    """Return the finest bucket that the whole span can be cut into."""
    done = _done(session)
    return "hour" if done and done.pruned and span.start < done.pruned else "minute"


def series(
    session: Session, whose: Whose, span: Span, bucket: Bucket, zone: ZoneInfo = _UTC
) -> list[Point]:
    """Return figures by bucket, without gaps; days are those of the zone."""
    grains = ["hour"] if bucket != "minute" else []
    if bucket == "day" and zone == _UTC and whose.bot_id is not None:
        grains = ["day", "hour"]
    done = _done(session)
    cuts = _cuts(span, grains, done, _offhours(span, zone, done) if bucket == "day" else [])
    buckets = starts(_counted(span, done), bucket, zone)
    if bucket == "day":
        rows = _read(session, _SERIES_DAYS, whose, cuts, starts=buckets)
    else:
        rows = _read(session, _SERIES, whose, cuts, bucket=bucket, zone="UTC")
    found = {row.at: row for row in rows}
    return [found.get(at, Point(at)) for at in buckets]


def latencies(
    session: Session, bot_id: int, span: Span, bucket: Bucket, zone: ZoneInfo = _UTC
) -> dict[datetime, list[int]]:
    """Return how many updates of a bot took how long (`domain/histogram`), by bucket of time."""
    done = _done(session)
    grains = ["hour"] if bucket != "minute" else []
    cuts = _cuts(span, grains, done, _offhours(span, zone, done) if bucket == "day" else [])
    given = _spans({"hour": [], **cuts}) | {
        "bot_id": bot_id,
        "bucket": bucket,
        "zone": zone.key if bucket == "day" else "UTC",
    }
    return {row.at: row.counts for row in engine.rows(session, _LATENCIES(**given))}


def changes(session: Session, bot_id: int, span: Span) -> Changes:
    """Return how many chats left a bot in what is counted of the span, why, and who came back."""
    cuts = _cuts(span, ["hour"], _done(session))
    given = _spans({"hour": [], **cuts}) | {"bot_id": bot_id}
    return engine.rows(session, _CHANGES(**given))[0]


def totals(session: Session, whose: Whose, span: Span) -> dict[str, int]:
    """Return sums over the span."""
    grains = ["hour"] if whose.bot_id is None else ["month", "day", "hour"]
    cuts = _cuts(span, grains, _done(session))
    return sums(_read(session, _SERIES, whose, cuts, bucket="month", zone="UTC"))


def sums(points: Sequence[Point]) -> dict[str, int]:
    """Return the figures of all points together."""
    return {name: sum(getattr(point, name) for point in points) for name in FIGURES}


def by_bot(session: Session, owner: int | None, span: Span) -> list[BotFigures]:
    """Return sums by bot of an owner (of everybody where None), the busiest first."""
    cuts = _cuts(span, ["month", "day", "hour"], _done(session))
    rows = _read(session, _BY_BOT, Whose(owner), cuts, each_bot=True)
    return sorted(rows, key=lambda row: (-row.messages_in - row.messages_out, row.bot_id))


def by_hour_of_week(
    session: Session, whose: Whose, span: Span, zone: ZoneInfo = _UTC
) -> list[WeekHourFigures]:
    """Return sums for each of the 168 hours of a week, Monday's first, in the zone.

    Where its offset is no whole hour, an hour (UTC) counts to the one in which it begins.
    """
    cuts = _cuts(span, ["hour"], _done(session))
    rows = _read(session, _BY_HOUR_OF_WEEK, whose, cuts, zone=zone.key)
    found = {(row.weekday, row.hour): row for row in rows}
    hours = ((weekday, hour) for weekday in range(1, 8) for hour in range(24))
    return [found.get(hour, WeekHourFigures(*hour)) for hour in hours]


def starts(span: Span, bucket: Bucket, zone: ZoneInfo) -> list[datetime]:
    """Return the beginnings of the buckets that a span touches."""
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


def _done(session: Session) -> Rolled | None:
    """Return what is rolled up, asked once in a transaction: all parts of an answer are cut alike.

    What is rolled up meanwhile is still there by minute, so that it is counted, and once.
    """
    session.connection()  # begins a transaction where there is none
    transaction = session.get_transaction()
    known: tuple[object, Rolled | None] | None = session.info.get(_ROLLED)
    if known is None or known[0] is not transaction:
        known = session.info[_ROLLED] = (transaction, rolled(session))
    return known[1]


def _counted(span: Span, done: Rolled | None) -> Span:
    start = span.start.replace(second=0, microsecond=0)
    end = _ceil(span.end, timedelta(minutes=1))
    if done and done.pruned:
        start = _hour(start) if start < done.pruned else start
        end = _ceil(end, HOUR) if end < done.pruned else end
    return Span(start, end)


def _offhours(span: Span, zone: ZoneInfo, done: Rolled | None) -> list[Cut]:
    """Return the hours inside of which days of the zone begin, as far as they are kept by
    minute."""
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
    template: StatementTemplate[R],
    whose: Whose,
    cuts: dict[Grain, list[Cut]],
    *,
    each_bot: bool = False,
    **parameters: Any,
) -> list[R]:
    by_owner = whose.bot_id is None and not each_bot
    given = {"bot_ids": _bot_ids(session, whose), "owner": whose.owner or 0, **_spans(cuts)}
    sources = _SOURCES | {"hour": _OWNER_HOURS} if by_owner else _SOURCES
    parts: list[LiteralString] = [sources[grain].text for grain in cuts]
    text: LiteralString = f"WITH source AS ({' UNION ALL '.join(parts)}) {template.text}"
    return engine.rows(session, template._replace(text=text)(**given, **parameters))


def _spans(cuts: dict[Grain, list[Cut]]) -> dict[str, Any]:
    starts = {f"{grain}_starts": [start for start, _ in spans] for grain, spans in cuts.items()}
    return starts | {f"{grain}_ends": [end for _, end in spans] for grain, spans in cuts.items()}


def _bot_ids(session: Session, whose: Whose) -> list[int] | None:
    if whose.bot_id is not None:
        return [whose.bot_id]
    if whose.owner is None:
        return None
    return engine.rows(session, _BOTS_OF(owner=whose.owner))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _month(moment: datetime) -> datetime:
    return midnight(moment).replace(day=1)


def _ceil(moment: datetime, length: timedelta) -> datetime:
    epoch = datetime.fromtimestamp(0, UTC)
    return epoch + -(-(moment - epoch) // length) * length


def _next_month(moment: datetime) -> datetime:
    first = _month(moment)
    return first if first == moment else _month(first + timedelta(days=32))


_FLOOR: Final[dict[Grain, Callable[[datetime], datetime]]] = {
    "hour": _hour,
    "day": midnight,
    "month": _month,
}
_CEIL: Final[dict[Grain, Callable[[datetime], datetime]]] = {
    "hour": lambda moment: _ceil(moment, HOUR),
    "day": lambda moment: _ceil(moment, timedelta(days=1)),
    "month": _next_month,
}
