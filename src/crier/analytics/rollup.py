"""Rollups: what bots did by hour and by day, and who stayed, as rows of `analytics`.

`run` is called every minute and does something once an hour. It rolls up hours that ended at least
`SETTLED` ago: whoever counts a minute does so in a transaction that began in it and lives far
shorter than that, so those minutes change no more. Hours and the state that says which hours are
rolled up change in one transaction under an advisory lock, so an hour is rolled up exactly once;
readers (`analytics/activity.py`) take the rollups inside of that range and minutes outside of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from crier.storage import queries

SQL = queries.load("rollup")
SETTLED: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
KEPT: Final = timedelta(days=35)


@dataclass(frozen=True)
class Rolled:
    """Hours of [since, until) are rolled up, and whole days of [days_since, days_until)."""

    since: datetime
    until: datetime

    @property
    def days_since(self) -> datetime:
        """The first midnight of the range."""
        midnight = _midnight(self.since)
        return midnight if midnight == self.since else midnight + DAY

    @property
    def days_until(self) -> datetime:
        """The last midnight of the range."""
        return max(self.days_since, _midnight(self.until))


def rolled(session: Session) -> Rolled | None:
    """What is rolled up as this transaction sees it; None before the first time."""
    found = _scalar(session, "state")
    return None if found is None else msgspec.convert(found, Rolled)


def run(session: Session, now: datetime | None = None) -> bool:
    """Roll up what has ended since the last time; whether there was anything to do.

    The caller commits. `now` is for tests.
    """
    if not _scalar(session, "lock"):
        return False
    before = rolled(session)
    until = _hour((now or datetime.now(UTC)) - SETTLED)
    first = before.until if before else _scalar(session, "first")
    if first is None or first >= until:
        return False
    _run(session, "patience")
    after = Rolled(before.since if before else first, until)
    _run(session, "hours", since=first, until=until)
    since = before.days_until if before else after.days_since
    if since < after.days_until:
        _run(session, "days", since=since, until=after.days_until)
    for step in ("cohort", "forget_retention", "retention", "forget"):
        _run(session, step)
    _run(session, "remember", state=msgspec.json.encode(after).decode())
    return True


def prune(session: Session, keep: timedelta = KEPT) -> int:
    """Delete minutes that are older than `keep` and rolled up; how many. The caller commits.

    Hours and days stay exact; what is lost is the minute as a bucket, and latencies.
    """
    done = rolled(session)
    if done is None:
        return 0
    until = min(done.until, _midnight(datetime.now(UTC) - keep))
    _run(session, "patience")
    found = session.connection().exec_driver_sql(SQL["prune"], {"until": until})
    return found.rowcount


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _scalar(session: Session, name: str) -> Any:
    return session.connection().exec_driver_sql(SQL[name]).scalar()


def _run(session: Session, name: str, **parameters: Any) -> None:
    session.connection().exec_driver_sql(SQL[name], parameters or None)
