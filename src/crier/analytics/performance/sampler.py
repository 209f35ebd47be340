"""Writes the intervals that are over into `performance`, from a thread of its own.

All rows of a round are one transaction, which holds the advisory lock of `performance.sql` shared:
nobody folds meanwhile, so the transaction knows which of its rows come late and notes their minutes
in `performance_late`. The primary key holds `writer`, a number of this run of the process: a round
whose commit was not answered is written again, and `ON CONFLICT DO NOTHING` drops what is there.
An interval is therefore written whole and once: what is given back is written with its old number.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from crier.observability.samples import INTERVAL_S, Cell, Interval, Kind, Samples
from crier.storage import engine, queries, queue

SQL: Final = queries.load("performance")
_SHARE: Final = SQL.query("share")
_WRITE: Final = SQL.query("write")
_NOTE_LATE: Final = SQL.query("note_late")
_HAS_LAG: Final = SQL.query("has_lag", bool)
STOP_S: Final = 5.0
_SETTLED_S: Final = 0.5
log = logging.getLogger(__name__)
Row = tuple[Kind, str, str, datetime, Cell]


class Sampler:
    """Writes one process's samples down."""

    def __init__(
        self,
        samples: Samples,
        sessions: sessionmaker[Session],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._samples, self._sessions, self._clock = samples, sessions, clock
        self._writer = secrets.randbits(31)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write every ten seconds."""
        self._thread = threading.Thread(target=self._work, name="sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what there is, the interval that is not over included, and end.

        Return after `STOP_S` at the latest; where the database is away it is lost.
        """
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def write(self, *, unfinished: bool = False) -> None:
        """Write the intervals that are over; they are kept where the database does not answer."""
        self._samples.measure_process()
        intervals = self._samples.take(unfinished=unfinished)
        rows = [row for at, cells in intervals.items() for row in self._rows(at, cells)]
        try:
            with self._sessions.begin() as session:
                _write(session, rows, self._writer)
        except SQLAlchemyError as error:
            log.warning("samples_unwritten", extra={"error": type(error).__name__})
            self._samples.give_back(intervals)

    def _work(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(INTERVAL_S - self._clock() % INTERVAL_S + _SETTLED_S)
            try:
                self.write(unfinished=ended)
            except Exception:  # nobody would start it again, and the process does not need it
                log.exception("sampler_failed")

    def _rows(self, at: int, cells: Interval) -> list[Row]:
        """Return a row for each name, and for each kind one of this process and one of all."""
        moment = datetime.fromtimestamp(at, UTC)
        sums: dict[Kind, Cell] = {}
        for (kind, _), cell in cells.items():
            sums.setdefault(kind, Cell()).add(cell)
        return [
            *((kind, name, "", moment, cell) for (kind, name), cell in cells.items() if name),
            *((kind, "", self._samples.process, moment, cell) for kind, cell in sums.items()),
            *((kind, "", "", moment, cell) for kind, cell in sums.items()),
        ]


def _write(session: Session, rows: list[Row], writer: int) -> None:
    engine.run(session, _SHARE())
    if rows:
        rows = rows + _lags(session, max(row[3] for row in rows))
        engine.run(
            session,
            _WRITE(writer=writer, **_columns(rows)),
            _NOTE_LATE(ats=sorted({row[3] for row in rows})),
        )


def _lags(session: Session, at: datetime) -> list[Row]:
    """Measure the queues, unless another process has done so for this interval."""
    if engine.first(session, _HAS_LAG(at=at)):
        return []
    lags = {
        row.name: Cell(count=1, peak=round(row.oldest_seconds * 1000))
        for row in engine.rows(session, queue.QUEUES())
    }
    worst = Cell(count=1, peak=max((cell.peak for cell in lags.values()), default=0))
    return [*(("queue", name, "", at, lags[name]) for name in lags), ("queue", "", "", at, worst)]


def _columns(rows: list[Row]) -> dict[str, Any]:
    cells = [row[4] for row in rows]
    return {
        "kinds": [row[0] for row in rows],
        "names": [row[1] for row in rows],
        "processes": [row[2] for row in rows],
        "ats": [row[3] for row in rows],
        "counts": [cell.count for cell in cells],
        "errors": [cell.errors for cell in cells],
        "throttled": [cell.throttled for cell in cells],
        "waited_ms": [round(cell.waited_s * 1000) for cell in cells],
        "cpu_ms": [round(cell.cpu_s * 1000) for cell in cells],
        "peaks": [cell.peak for cell in cells],
        "latencies": ["{" + ",".join(map(str, cell.latency)) + "}" for cell in cells],
    }
