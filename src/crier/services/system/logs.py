"""The log of bots and of the platform: lines, how many over time, equal ones together, and what
stands around one of them. Reads only.

Lines are in the order of their ids. What is asked of a span of time is read by `logs_time_idx`, a
request's or a broadcast's lines by `logs_request_idx` and `logs_broadcast_idx`, which only lines
that name one are in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.domain.span import Span
from crier.services.errors import InvalidError, NotFoundError
from crier.storage.models.ads import Broadcast
from crier.storage.models.records import LogRow
from crier.storage.text import contains

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
MOST_BARS: Final = 120
MOST_GROUPS: Final = 100
EXPORTED: Final = ("id", "timestamp", "log_level", "source", "bot_id", "message", "context")
_EXPORTED_AT_ONCE: Final = 1000
_STEPS_S: Final = (
    *(1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
    *(86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400),
)
_REQUEST: Final = LogRow.context["request_id"].astext
_BROADCAST: Final = LogRow.context["broadcast_id"].astext
Same = Literal["all", "source", "bot", "request", "broadcast"]
"""What the lines around a line have in common with it."""


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """Which lines of a log; what is None does not matter."""

    level: str | None = None
    source: str | None = None
    bot_id: int | None = None
    broadcast_id: int | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    after: int | None = None
    """Lines that were written after the one of this id."""


class Bar(NamedTuple):
    """How many lines of each level there were in a step of time."""

    at: datetime
    levels: dict[str, int]


class Histogram(NamedTuple):
    """Steps of the same length without gaps; the first and the last one may be cut by the span."""

    span: Span
    step_seconds: int
    bars: list[Bar]


class Around(NamedTuple):
    """A line, and some before and after it, each list the oldest first."""

    before: list[LogRow]
    line: LogRow
    after: list[LogRow]


def find(wanted: LogFilter) -> sa.Select[LogRow]:
    """Return a query of lines of the log, of one bot or of the whole platform."""
    return sa.select(LogRow).where(*_conditions(wanted))


def histogram(session: Session, wanted: LogFilter, span: Span) -> Histogram:
    """Count the lines of a span by level in at most `MOST_BARS` steps."""
    step = _step(span)
    at = sa.func.date_bin(step, LogRow.timestamp, _EPOCH)
    counted = (
        sa.select(at, LogRow.log_level, sa.func.count())
        .where(*_conditions(wanted))
        .group_by(sa.text("1, 2"))
    )
    first = _EPOCH + (span.start - _EPOCH) // step * step
    many = -((first - span.end) // step)
    bars = [Bar(first + number * step, dict.fromkeys(LEVELS, 0)) for number in range(many)]
    for moment, level, count in session.execute(counted):
        bars[(moment - first) // step].levels[level] = count
    return Histogram(span, int(step.total_seconds()), bars)


def groups(session: Session, wanted: LogFilter) -> Sequence[Any]:
    """Return equal messages of one level and source together: the most frequent first."""
    count = sa.func.count().label("count")
    last = sa.func.max(LogRow.id).label("last_id")
    found = (
        sa.select(
            *(LogRow.log_level, LogRow.source, LogRow.message, count, last),
            sa.func.min(LogRow.timestamp).label("first_seen"),
            sa.func.max(LogRow.timestamp).label("last_seen"),
        )
        .where(*_conditions(wanted))
        .group_by(LogRow.log_level, LogRow.source, LogRow.message)
        .order_by(count.desc(), last.desc())
        .limit(MOST_GROUPS)
    )
    return session.execute(found).all()


def around(session: Session, log_id: int, same: Same, lines: int) -> Around:
    """Return a line with so many lines before and after it that have something in common with it.

    Raises:
        NotFoundError: there is no such line, or its month was dropped.
        InvalidError: it names no bot, request or broadcast.
    """
    line = session.scalar(sa.select(LogRow).where(LogRow.id == log_id))
    if line is None:
        raise NotFoundError("there is no such line in the log any more")
    alike = sa.select(LogRow).where(*_conditions(_like(line, same)))
    before = alike.where(LogRow.id < log_id).order_by(LogRow.id.desc()).limit(lines)
    after = alike.where(LogRow.id > log_id).order_by(LogRow.id).limit(lines)
    return Around([*session.scalars(before)][::-1], line, [*session.scalars(after)])


def export(sessions: sessionmaker[Session], wanted: LogFilter) -> Iterator[Sequence[Any]]:
    """Yield the lines that fit, newest first, each with the values of `EXPORTED`.

    They are read by pages, each in a transaction of its own.
    """
    columns = [getattr(LogRow, name) for name in EXPORTED]
    found = sa.select(*columns).where(*_conditions(wanted)).order_by(LogRow.id.desc())
    last = 2**63 - 1
    while True:
        with sessions() as session:
            page = session.execute(found.where(LogRow.id < last).limit(_EXPORTED_AT_ONCE)).all()
        yield from page
        if len(page) < _EXPORTED_AT_ONCE:
            return
        last = page[-1].id


def ads(session: Session, lines: Iterable[LogRow]) -> dict[int, int]:
    """Return the ad of each broadcast that these lines name, by the broadcast's id."""
    named = {broadcast_of(line) for line in lines} - {None}
    if not named:
        return {}
    of = sa.select(Broadcast.id, Broadcast.ad_id).where(Broadcast.id.in_(named))
    return dict(session.execute(of).all())


def broadcast_of(line: LogRow) -> int | None:
    """Return the broadcast that a line names."""
    number = line.context.get("broadcast_id")
    return number if type(number) is int else None


def _like(line: LogRow, same: Same) -> LogFilter:
    broadcast_id, request_id = broadcast_of(line), line.context.get("request_id")
    match same:
        case "source":
            return LogFilter(source=line.source)
        case "bot" if line.bot_id is not None:
            return LogFilter(bot_id=line.bot_id)
        case "broadcast" if broadcast_id is not None:
            return LogFilter(broadcast_id=broadcast_id)
        case "request" if isinstance(request_id, str):
            return LogFilter(request_id=request_id)
        case "all":
            return LogFilter()
    raise InvalidError(same=f"this line names no {same}")


def _conditions(wanted: LogFilter) -> list[sa.ColumnElement[bool]]:
    equal = (
        (LogRow.bot_id, wanted.bot_id),
        (LogRow.log_level, wanted.level),
        (LogRow.source, wanted.source),
        (_REQUEST, wanted.request_id),
        (_BROADCAST, None if wanted.broadcast_id is None else str(wanted.broadcast_id)),
    )
    found = [column == value for column, value in equal if value is not None]
    if wanted.since is not None:
        found.append(LogRow.timestamp >= wanted.since)
    if wanted.until is not None:
        found.append(LogRow.timestamp < wanted.until)
    if wanted.after is not None:
        found.append(LogRow.id > wanted.after)
    if wanted.q:
        found.append(contains(LogRow.message, wanted.q))
    return found


def _step(span: Span) -> timedelta:
    length = (span.end - span.start).total_seconds()
    fits = (step for step in _STEPS_S if length / step <= MOST_BARS - 1)
    return timedelta(seconds=next(fits, _STEPS_S[-1]))


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
