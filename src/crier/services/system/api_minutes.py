"""What this API process did in each minute, kept as rows of `analytics` (`api_minute`).

Counting takes a lock for a moment and never waits for the database; a thread of its own, which
starts with the first request, writes each minute when it is over. Minutes that the database did not
take are written later, the last hour of them at most; a process that ends loses its current one.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from crier.domain import histogram
from crier.services.system.status import queue_lag_s
from crier.storage.models.records import AnalyticsRow

METRIC: Final = "api_minute"
_KEPT_MINUTES: Final = 60
log = logging.getLogger(__name__)


@dataclass
class _Minute:
    requests: int = 0
    errors: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * histogram.BUCKETS)


class ApiMinutes:
    """Counts answers by minute, and writes them down."""

    def __init__(
        self, sessions: sessionmaker[Session], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._minutes: dict[int, _Minute] = {}
        self._thread: threading.Thread | None = None

    def count(self, status: int, seconds: float) -> None:
        """Count one answer; an error is one of ours (5xx)."""
        with self._lock:
            minute = self._minutes.setdefault(int(self._clock() // 60), _Minute())
            minute.requests += 1
            minute.errors += status >= 500
            minute.latency[histogram.bucket_of(seconds)] += 1

    def start(self) -> None:
        """Have a thread write each minute when it is over; once, however often it is called."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="api minutes", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write the minutes that are over. They are kept where the database does not answer."""
        now = int(self._clock() // 60)
        with self._lock:
            over = {at: self._minutes.pop(at) for at in sorted(self._minutes) if at < now}
        over.setdefault(now - 1, _Minute())
        try:
            with self._sessions.begin() as session:
                lag_s = queue_lag_s(session)
                session.add_all(_row(at, minute, lag_s) for at, minute in over.items())
        except SQLAlchemyError as error:
            log.warning("api_minutes_unwritten", extra={"error": type(error).__name__})
            self._keep(over)

    def _keep(self, over: dict[int, _Minute]) -> None:
        with self._lock:
            for at in sorted(over)[-_KEPT_MINUTES:]:
                if over[at].requests:
                    self._minutes[at] = over[at]

    def _work(self) -> None:
        while True:
            time.sleep(60 - self._clock() % 60 + 0.5)
            self.write()


def _row(at: int, minute: _Minute, lag_s: float) -> AnalyticsRow:
    value = {
        "requests": minute.requests,
        "errors": minute.errors,
        "latency": minute.latency,
        "queue_lag_s": round(lag_s, 3),
    }
    return AnalyticsRow(
        metric_type=METRIC, metric_value=value, timestamp=datetime.fromtimestamp(at * 60, UTC)
    )
