"""Folds samples of ten seconds into minutes, minutes into hours, hours into days and months.

Invariants and what holds them:

* A round holds the advisory lock of `performance.sql` alone. Writers hold it shared for the length
  of their transaction, so a round sees either all rows of a writer or none, and a writer sees how
  far the last round came: rows that a round did not see are before `until` only where the writer
  has noted their minute in `performance_late`.
* Each span is computed anew from all shorter rows in it and replaces its own rows; rows and
  `performance_state` change in one transaction. To do it again changes nothing.
* A span is folded once it is over and what it is made of is folded. Rows are pruned only when they
  are folded and too old to get a late neighbour (`performance.sql` takes rows of the last 5 hours).
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy.orm import Session

from crier.analytics.performance.resolutions import (
    KEPT,
    RESOLUTIONS,
    after,
    floor,
    starts,
    whole,
)
from crier.storage import engine, queries


def _moment(at: datetime) -> datetime:
    """Make the only column of a row."""
    return at


SQL: Final = queries.load("performance")
_ALONE: Final = SQL.query("alone")
_STATE: Final = SQL.query("state", _moment)
_LATE: Final = SQL.query("late", _moment)
_FOLD: Final = SQL.query("fold")
_FOLDED: Final = SQL.query("folded")
_PRUNE: Final = SQL.query("prune")
SETTLED: Final = timedelta(seconds=15)
"""A minute is folded so long after its end: most processes have written by then."""
MARGIN: Final = timedelta(minutes=15)
"""So much longer than promised rows are kept, for a question that is asked at the edge."""
BATCH: Final = 5000
_MINUTES: Final = 240


def folded_until(session: Session) -> datetime:
    """Return up to when minutes are folded, as this transaction sees it."""
    (until,) = engine.rows(session, _STATE())
    return until


def run(session: Session, now: datetime | None = None) -> bool:
    """Fold some of what is over; return whether to ask again. The caller commits."""
    engine.run(session, _ALONE())
    until = folded_until(session)
    last = floor((now or datetime.now(UTC)) - SETTLED, "minute")
    fresh = starts(until, last, "minute")[:_MINUTES]
    late = engine.rows(session, _LATE(until=until))
    until = after(fresh[-1], "minute") if fresh else until
    changed = sorted({*fresh, *late})
    for source, into in pairwise(RESOLUTIONS):
        changed = whole(changed, into, until)
        if not changed:
            break
        ends = [after(at, into) for at in changed]
        engine.run(session, _FOLD(source=source, into=into, starts=changed, ends=ends))
    if fresh:
        engine.run(session, _FOLDED(until=until))
    return len(fresh) == _MINUTES


def prune(session: Session, now: datetime | None = None) -> int:
    """Delete a batch of rows of each resolution that are older than they are kept.

    Return how many. The caller commits.
    """
    until = folded_until(session)
    now = now or datetime.now(UTC)
    deleted = 0
    for resolution, into in pairwise(RESOLUTIONS):
        if resolution in KEPT:
            before = min(now - KEPT[resolution] - MARGIN, floor(until, into))
            deleted += engine.run(
                session, _PRUNE(resolution=resolution, before=before, batch=BATCH)
            )
    return deleted
