"""Warnings and worse, kept in the table `logs`, by a thread that nobody waits for.

A record is put into a bounded queue and a thread inserts what is there in one statement. Where the
queue is full or the database does not answer, rows are dropped and counted
(`crier_log_rows_dropped_total`), and the next row that is kept says how many; the line on standard
error is always there. The queue is the only thing that is shared; it locks by itself.
"""

import json
import logging
import queue
import threading
from typing import Final

import psycopg

from crier import link
from crier.observability import metrics
from crier.observability.fields import fields_of, storable
from crier.observability.redact import head

_QUEUED: Final = 2000
_BATCH: Final = 200
_LONGEST: Final = 4000
_RETRY_S: Final = 5.0
_INSERT: Final = """
    INSERT INTO logs (bot_id, log_level, message, timestamp, source, context)
    VALUES (%s, %s, %s, to_timestamp(%s), %s, %s)
"""
Row = tuple[int | None, str, str, float, str, str]


class LogTable(logging.Handler):
    """Keeps records in the database."""

    def __init__(self, database_url: str, *, program: str) -> None:
        super().__init__(logging.WARNING)
        self._database_url = database_url
        self._program = program
        self._queue: queue.Queue[Row | None] = queue.Queue(_QUEUED)
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; never waits, never raises."""
        try:
            self._queue.put_nowait(self._row(record))
        except queue.Full:
            self._drop(1)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="log table", daemon=True)
                self._thread.start()

    def flush(self, timeout_s: float = 5.0) -> None:
        """Wait until what is queued has been written or dropped."""
        waiter = threading.Thread(target=self._queue.join, daemon=True)
        waiter.start()
        waiter.join(timeout_s)

    def close(self) -> None:
        """Write what is queued, and end the thread."""
        if self._thread is not None:
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                self._drop(1)
            self._thread.join(2.0)
        super().close()

    def _row(self, record: logging.LogRecord) -> Row:
        fields = fields_of(record)
        bot_id = getattr(record, "bot_id", None)  # as said: what is bound may be a fault of ours
        return (
            bot_id if isinstance(bot_id, int) else None,
            record.levelname.lower(),
            head(record.getMessage(), _LONGEST).replace("\0", ""),
            record.created,
            self._program,
            _context(fields),
        )

    def _work(self) -> None:
        while True:
            rows, last = self._take()
            if rows:
                self._insert(rows)
            for _ in range(len(rows) + last):
                self._queue.task_done()
            if last:
                return

    def _take(self) -> tuple[list[Row], bool]:
        """Everything that is queued, at least one, at most a batch; and whether it was the end."""
        rows: list[Row] = []
        item = self._queue.get()
        while item is not None:
            rows.append(item)
            if len(rows) >= _BATCH or self._queue.empty():
                return rows, False
            item = self._queue.get()
        return rows, True

    def _insert(self, rows: list[Row]) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            fields = json.dumps({"dropped": dropped})
            rows = [
                *rows,
                (None, "warning", "log_rows_dropped", rows[-1][3], self._program, fields),
            ]
        try:
            with link.connect(self._database_url, "crier logs") as connection:
                connection.cursor().executemany(_INSERT, rows)
        except psycopg.Error:
            self._drop(dropped + len(rows))

    def _drop(self, count: int) -> None:
        self._dropped += count
        metrics.log_rows_dropped.inc(count)


def _context(fields: dict[str, object]) -> str:
    """Return the fields as JSON that PostgreSQL takes, and that is not endless."""
    text = storable(fields)
    return text if len(text) <= 4 * _LONGEST else storable({"shortened": text[: 2 * _LONGEST]})
