"""Rollups: what bots did by hour, day and month, what owners' bots did by hour, and who stayed.

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
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from crier.storage import queries

SQL = queries.load("rollup")
SETTLED: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=35)
_BATCH: Final = 24
"""Hours that are rolled up in one transaction."""


class Rolled(NamedTuple):
    """Hours of [since, until) are rolled up; minutes before `pruned` are gone."""

    since: datetime
    until: datetime
    pruned: datetime | None


def rolled(session: Session) -> Rolled | None:
    """What is rolled up as this transaction sees it; None before the first time."""
    row = session.connection().exec_driver_sql(SQL["state"]).first()
    return None if row is None else Rolled(*row)


def run(session: Session, now: datetime | None = None) -> bool:
    """Roll up some of what has ended since the last time; whether to ask again.

    The caller commits. `now` is for tests.
    """
    if not _scalar(session, "lock"):
        return False
    done = rolled(session)
    last = _hour((now or datetime.now(UTC)) - SETTLED)
    since = done.until if done else _scalar(session, "first")
    fresh = [] if since is None else _hours(since, last)[:_BATCH]
    until = fresh[-1] + HOUR if fresh else since
    late = _late(session, until)
    if not (fresh or late):
        return False
    _run(session, "patience")
    _compute(session, sorted({*fresh, *late}))
    if fresh and until == last:
        for step in ("cohort", "forget_retention", "retention"):
            _run(session, step)
    _run(session, "remember", since=min([*late, done.since if done else fresh[0]]), until=until)
    return True


def rebuild(session: Session) -> int:
    """Compute every rollup anew whose minutes are kept; how many hours. The caller commits.

    Older hours stay as they are, and days, months and owners' hours are made of them again.
    """
    _run(session, "lock_all")
    _run(session, "patience")
    done = rolled(session)
    if done is None:
        return 0
    first = max(done.since, done.pruned or done.since)
    hours = _hours(_hour(first), done.until)
    _late(session, done.until)
    if hours:
        _run(session, "forget_hours", since=hours[0], until=done.until)
        _run(session, "hours", hours=hours)
    everything = _hours(done.since, done.until)
    for table in ("forget_days", "forget_months", "forget_owners"):
        _run(session, table)
    for step in ("days", "months", "owners"):
        _run(session, step, hours=everything)
    return len(hours)


def prune(session: Session, keep: timedelta = KEPT) -> int:
    """Delete minutes that are older than `keep` and rolled up; how many. The caller commits.

    Hours and days stay exact; what is lost is the minute as a bucket.
    """
    _run(session, "lock_all")
    done = rolled(session)
    if done is None:
        return 0
    until = min(done.until, _midnight(datetime.now(UTC) - keep))
    _run(session, "patience")
    late = [hour for hour in _late(session, until) if done.pruned is None or hour >= done.pruned]
    if late:
        _compute(session, late)
    found = session.connection().exec_driver_sql(SQL["prune"], {"until": until})
    _run(session, "remember_pruned", until=until)
    return found.rowcount


def _compute(session: Session, hours: Sequence[datetime]) -> None:
    for step in ("hours", "days", "months", "owners"):
        _run(session, step, hours=list(hours))


def _late(session: Session, until: datetime | None) -> list[datetime]:
    if until is None:
        return []
    rows = session.connection().exec_driver_sql(SQL["late"], {"until": until})
    return sorted({row[0] for row in rows})


def _hours(since: datetime, until: datetime) -> list[datetime]:
    return [since + n * HOUR for n in range(int((until - since) / HOUR))]


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _scalar(session: Session, name: str) -> Any:
    return session.connection().exec_driver_sql(SQL[name]).scalar()


def _run(session: Session, name: str, **parameters: Any) -> None:
    session.connection().exec_driver_sql(SQL[name], parameters or None)
