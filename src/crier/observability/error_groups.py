"""Errors by kind, counted in memory and summed up in the table `error_groups`
(docs/decisions/0045-error-groups.md).

A handler beside the others, without their flood filter: every error counts. The first of a kind in
a second leaves a sample, each further one is an addition in a dict. A thread adds the sums to the
table, at most once a second and in one statement; the processes' sums meet there. While the
database is away the sums wait, `MOST` kinds and hours of them, the others together as `other`. A
lock holds the dict, since errors come from all threads; nobody waits for the thread.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple

import psycopg

from crier import link
from crier.observability import faults
from crier.observability.fields import fields_of, storable
from crier.observability.redact import head, scrub_value

MOST: Final = 500
MOST_KEPT: Final = 2000
"""Rows of the table; what comes beyond them is of the kind `other`."""
OTHER: Final = "other"
KIND_MAX_CHARS: Final = 300
_MESSAGE_MAX_CHARS: Final = 500
_TRACE_MAX_CHARS: Final = 6000
_SAMPLE_MAX_CHARS: Final = 16_000
_EVERY_S: Final = 1.0
_RETRY_S: Final = 2.0
_STOP_S: Final = 2.0
_HOUR_S: Final = 3600
_WRITE: Final = """
WITH given AS (
    SELECT program,
           CASE WHEN EXISTS (SELECT FROM error_groups e
                             WHERE (e.program, e.kind) = (g.program, g.kind))
                  OR (SELECT count(*) FROM error_groups) < %(most)s
                THEN kind ELSE %(other)s END AS kind,
           message, sample, count,
           to_timestamp(first) AS first_seen, to_timestamp(last) AS last_seen
    FROM jsonb_to_recordset(%(cells)s) AS g (
        program text, kind text, message text, sample jsonb,
        first float8, last float8, count bigint)
), summed AS (
    INSERT INTO error_groups AS e
           (program, kind, message, sample, first_seen, last_seen, count)
    SELECT program, kind, (array_agg(message ORDER BY last_seen DESC))[1],
           (array_agg(sample ORDER BY last_seen DESC))[1],
           min(first_seen), max(last_seen), sum(count)
    FROM given GROUP BY program, kind ORDER BY program, kind
    ON CONFLICT (program, kind) DO UPDATE SET
        message = CASE WHEN excluded.last_seen < e.last_seen THEN e.message
                  ELSE excluded.message END,
        sample = CASE WHEN excluded.last_seen < e.last_seen THEN e.sample ELSE excluded.sample END,
        first_seen = least(e.first_seen, excluded.first_seen),
        last_seen = greatest(e.last_seen, excluded.last_seen),
        count = e.count + excluded.count,
        (state, changed_at, changed_by) = (
            SELECT CASE WHEN again THEN 'open' ELSE e.state END,
                   CASE WHEN again THEN excluded.last_seen ELSE e.changed_at END,
                   CASE WHEN again THEN NULL ELSE e.changed_by END
            FROM (SELECT e.state = 'resolved' AND excluded.last_seen > e.changed_at AS again))
    RETURNING id, program, kind
)
INSERT INTO error_hours AS h (group_id, at, count)
SELECT id, date_trunc('hour', last_seen, 'UTC'), sum(count)
FROM given JOIN summed USING (program, kind) GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (group_id, at) DO UPDATE SET count = h.count + excluded.count
"""
Key = tuple[str, str, int]
"""Program, kind, and the hour in which the errors came."""


class Sample(NamedTuple):
    """What is told of one error, without secrets."""

    message: str
    """In one line."""
    event: str
    trace: str
    fields: dict[str, Any]


@dataclass(slots=True)
class KindCount:
    """Errors of one kind that came in one hour; `message` and `sample` are of a late one."""

    first: float
    last: float
    message: str = ""
    sample: dict[str, Any] = field(default_factory=dict)
    count: int = 1

    def add(self, other: "KindCount") -> None:
        """Count what another cell counted, too."""
        if other.last >= self.last:
            self.last, self.message, self.sample = other.last, other.message, other.sample
        self.first = min(self.first, other.first)
        self.count += other.count


class ErrorGroups(logging.Handler):
    """Counts errors of this process, and of the dashboard for which it answers."""

    def __init__(self, database_url: str, *, program: str) -> None:
        super().__init__(logging.ERROR)
        self._database_url = database_url
        self._program = program
        self._cells: dict[Key, KindCount] = {}
        self._guard = threading.Lock()
        self._due, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record; never waits, never raises."""
        try:
            kind = head(faults.kind_of_record(record), KIND_MAX_CHARS)
            self.count(kind, record.created, lambda: _sample(record))
        except Exception:  # noqa: BLE001 (a record that cannot be read must not fail its writer)
            self.handleError(record)

    def count(
        self,
        kind: str,
        at: float,
        sample: Callable[[], Sample],
        program: str | None = None,
    ) -> None:
        """Count an error; `sample` is asked for the first of a second only."""
        key = (program or self._program, kind, int(at // _HOUR_S))
        with self._guard:
            if (cell := self._cells.get(key)) is not None:
                cell.count += 1
                cell.last = max(cell.last, at)
                return
        told = sample()._asdict()
        self._add(key, KindCount(at, at, told.pop("message"), {"at": at, **told}))
        with self._guard:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._work, name="errors", daemon=True)
                self._thread.start()
        self._due.set()

    def close(self) -> None:
        """Write what there is, and end the thread; what the database does not take is lost."""
        self._ended.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)
        super().close()

    def _add(self, key: Key, cell: KindCount) -> None:
        with self._guard:
            if key not in self._cells and len(self._cells) >= MOST:
                key = (key[0], OTHER, key[2])
            mine = self._cells.setdefault(key, cell)
            if mine is not cell:
                mine.add(cell)

    def _work(self) -> None:
        ended = False
        while not ended:
            self._due.wait()
            self._due.clear()
            written = self._write()
            ended = self._ended.wait(_EVERY_S if written else _RETRY_S)
        self._write()

    def _write(self) -> bool:
        with self._guard:
            cells, self._cells = self._cells, {}
        if not cells:
            return True
        rows = [
            {"program": program, "kind": kind, **asdict(cell)}
            for (program, kind, _), cell in cells.items()
        ]
        values = {"cells": storable(rows), "most": MOST_KEPT, "other": OTHER}
        try:
            with link.connect(self._database_url, "crier errors") as connection:
                connection.execute(_WRITE, values)
        except psycopg.Error:
            for key, cell in cells.items():
                self._add(key, cell)
            self._due.set()
            return False
        return True


def _sample(record: logging.LogRecord) -> Sample:
    fields = fields_of(record)
    event = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    said = str(error) if error is not None else str(fields.get("error") or "")
    first_line = said.strip().partition("\n")[0] or event
    trace = str(fields.pop("error_trace", ""))[-_TRACE_MAX_CHARS:]
    message = head(first_line, _MESSAGE_MAX_CHARS)
    return Sample(message, head(event, KIND_MAX_CHARS), trace, bounded(fields))


def bounded(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields without secrets, and short texts of them where there is too much."""
    plain: dict[str, Any] = scrub_value(fields)
    if len(storable(plain)) <= _SAMPLE_MAX_CHARS:
        return plain
    some = list(plain.items())[:50]
    return {n: v if isinstance(v, int | float | None) else str(v)[:200] for n, v in some}
