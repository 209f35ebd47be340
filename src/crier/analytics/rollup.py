"""Rollups: what bots did by hour, day and month, what owners' bots did by hour, and who stayed.

By the hour too: how many chats left bots and why (`bot_changes`), and how many did so within a
day after which ad (`delivery_losses`). Both are made of `status_changes`, whose rows a trigger
writes in the transaction that changes a status, and are computed anew like the others; where the
rows are not kept any more, what was computed stays. And how many different people wrote in a day,
week or month of UTC (`active_people`), counted from messages by the time at which they were
written: days within the last `LATE` again each hour, and weeks and months, which read many more
messages, once a day, up to its beginning.

`run` is called every minute. It rolls up hours that ended at least `SETTLED` ago, and those that
got a late minute since (`late_hours`, written in the late minute's own transaction). Invariants and
what holds them:

* Each hour is computed anew from all its minutes and replaces its row, and so are the days, months
  and owners' hours above it: to do it twice, or again after a kill, changes nothing.
* Rows and `rollup_state`, which says what is rolled up, change in one transaction under an advisory
  lock. Readers (`analytics/activity.py`) take rollups inside of that range and minutes outside.
* Who counts a minute does so in a transaction that began in it and lives far shorter than
  `SETTLED`, or leaves a row in `late_hours`; that row is only taken away by the transaction that
  computes its hour anew.
* Minutes are pruned only where they are rolled up and no late minute waits.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate, value

SQL: Final = queries.load("rollup")
SETTLED: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
KEPT: Final = timedelta(days=35)
LATE: Final = timedelta(days=2)
"""How long ago a message may have been written that is recorded now (`fleet/plan.py`)."""
_BATCH: Final = 24
"""Hours that are rolled up in one transaction: at most one of them ends a day."""


class Rolled(NamedTuple):
    """Hours of [since, until) are rolled up; minutes before `pruned` are gone."""

    since: datetime
    until: datetime
    pruned: datetime | None


_TRY_LOCK: Final = SQL.query("lock", bool)
_LOCK: Final = SQL.query("lock_all")
_PATIENCE: Final = SQL.query("patience")
_STATE: Final = SQL.query("state", Rolled)
_FIRST: Final[StatementTemplate[datetime | None]] = SQL.query("first", value)
_LATE: Final[StatementTemplate[datetime]] = SQL.query("late", value)
_HOURS: Final = SQL.query("hours")
_CHANGES: Final = (SQL.query("changes"), SQL.query("losses"))
_ABOVE: Final = tuple(SQL.query(name) for name in ("days", "months", "owners"))
_FORGET_HOURS: Final = SQL.query("forget_hours")
_FORGET_ABOVE: Final = tuple(SQL.query(f"forget_{name}")() for name in ("days", "months", "owners"))
_PEOPLE: Final = SQL.query("people")
_EVERY_HOUR: Final = tuple(
    SQL.query(name)()
    for name in ("cohort", "forget_retention", "retention", "forget_subscribed", "subscribed")
)
_REMEMBER: Final = SQL.query("remember")
_PRUNE: Final = SQL.query("prune")
_REMEMBER_PRUNED: Final = SQL.query("remember_pruned")


def rolled(session: Session) -> Rolled | None:
    """Return what is rolled up as this transaction sees it; None before the first time."""
    return engine.first(session, _STATE())


def run(session: Session, now: datetime | None = None) -> bool:
    """Roll up some of what has ended since the last time; return whether to call again.

    The caller commits. `now` is for tests.
    """
    if not engine.first(session, _TRY_LOCK()):
        return False
    done = rolled(session)
    last = _hour((now or datetime.now(UTC)) - SETTLED)
    since = done.until if done else engine.first(session, _FIRST())
    if since is None:
        return False
    fresh = _hours(since, last)[:_BATCH]
    until = fresh[-1] + HOUR if fresh else since
    late = _late(session, until)
    if not (fresh or late):
        return False
    engine.run(session, _PATIENCE())
    _compute(session, sorted({*fresh, *late}))
    if fresh:
        engine.run(session, _PEOPLE(grain="day", since=fresh[0] - LATE, until=until))
        if (day := midnight(until)) > fresh[0]:
            _weeks_and_months(session, day - DAY - LATE, day)
    if fresh and until == last:
        engine.run(session, *_EVERY_HOUR)
    start = min([*late, done.since if done else fresh[0]])
    engine.run(session, _REMEMBER(since=start, until=until))
    return True


def rebuild(session: Session) -> int:
    """Compute every rollup anew whose minutes are kept; return of how many hours.

    Older hours stay as they are, and days, months and owners' hours are made of them again. The
    caller commits.
    """
    engine.run(session, _LOCK(), _PATIENCE())
    done = rolled(session)
    if done is None:
        return 0
    first = max(done.since, done.pruned or done.since)
    hours = _hours(_hour(first), done.until)
    _late(session, done.until)
    if hours:
        engine.run(session, _FORGET_HOURS(since=hours[0], until=done.until), _HOURS(hours=hours))
        _compute(session, hours, _CHANGES)
    engine.run(session, *_FORGET_ABOVE)
    every = _hours(done.since, done.until)
    _compute(session, every, _ABOVE)
    engine.run(session, _PEOPLE(grain="day", since=done.since, until=done.until))
    _weeks_and_months(session, done.since, midnight(done.until))
    return len(hours)


def prune(session: Session, keep: timedelta = KEPT) -> int:
    """Delete minutes that are older than `keep` and rolled up; return how many.

    Hours and days stay exact; what is lost is the minute as a bucket. The caller commits.
    """
    engine.run(session, _LOCK())
    done = rolled(session)
    if done is None:
        return 0
    until = min(done.until, midnight(datetime.now(UTC) - keep))
    engine.run(session, _PATIENCE())
    late = [hour for hour in _late(session, until) if done.pruned is None or hour >= done.pruned]
    if late:
        _compute(session, late)
    deleted = engine.run(session, _PRUNE(until=until))
    engine.run(session, _REMEMBER_PRUNED(until=until))
    return deleted


def _compute(
    session: Session,
    hours: Sequence[datetime],
    steps: Sequence[StatementTemplate[None]] = (_HOURS, *_CHANGES, *_ABOVE),
) -> None:
    engine.run(session, *(step(hours=list(hours)) for step in steps))


def _weeks_and_months(session: Session, since: datetime, until: datetime) -> None:
    engine.run(session, *(_PEOPLE(grain=g, since=since, until=until) for g in ("week", "month")))


def _late(session: Session, until: datetime) -> list[datetime]:
    return sorted(set(engine.rows(session, _LATE(until=until))))


def _hours(since: datetime, until: datetime) -> list[datetime]:
    return [since + n * HOUR for n in range(int((until - since) / HOUR))]


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def midnight(moment: datetime) -> datetime:
    """Return when the day of UTC began in which a moment lies."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
