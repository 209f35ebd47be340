"""Floods of log lines: of one event, at most `MOST` lines in `WINDOW_S` are written by a process.

Lines of one event that differ in level or in the class of their exception are counted apart, so
that many of one kind do not hide the first of another.

What is left out is counted, in `crier_log_lines_dropped_total` at once, and in a line
`log_lines_dropped` that names events and numbers with the first record after the window. Both
handlers share one `Flood`, and a record's fate is decided once. A lock holds the counts, since
records come from all threads.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from crier.observability import metrics

MOST: Final = 200
WINDOW_S: Final = 10.0
_DECIDED: Final = "_kept"
log = logging.getLogger(__name__)


class Flood(logging.Filter):
    """Lets records through until there are too many alike."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._seen: Counter[tuple[str, str, int, type | None]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        decided: bool | None = record.__dict__.get(_DECIDED)
        if decided is None:
            decided = record.__dict__[_DECIDED] = self._decide(record)
        return decided

    def _decide(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0] if record.exc_info else None
        key = (str(record.msg), record.name, record.levelno, error)
        with self._lock:
            over = self._over()
            self._seen[key] += 1
            kept = self._seen[key] <= MOST
        if over:
            log.warning("log_lines_dropped", extra={"events": over, "count": over.total()})
        if not kept:
            metrics.log_lines_dropped.labels(record.levelname.lower()).inc()
        return kept

    def _over(self) -> Counter[str]:
        """Begin another window where this one is over; return what the last one left out."""
        if self._clock() - self._began < WINDOW_S:
            return Counter()
        left_out: Counter[str] = Counter()
        for (event, *_), seen in self._seen.items():
            if seen > MOST:
                left_out[event] += seen - MOST
        self._seen.clear()
        self._began = self._clock()
        return left_out
