"""What Prometheus is shown of the platform as a whole: asked when it asks, and not more often.

`Figures` asks the database on one connection of its own, with a limit for each statement, and keeps
the answers for `KEPT_S` (sums of broadcasts for `SLOW_KEPT_S`): however many ask, the platform
notices nothing, and never waits for it. A lock lets one thread ask while the others wait for what
it finds. Ids are shown of at most `MOST` broadcasts and bots.
"""

import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from crier import link
from crier.analytics import reports
from crier.domain.bot_state import BotStatus
from crier.domain.span import Span
from crier.services.system import certificates
from crier.settings import Settings
from crier.storage import cache, engine, queries, queue

SQL: Final = queries.load("system")
KEPT_S: Final = 5.0
SLOW_KEPT_S: Final = 60.0
CERTIFICATE_KEPT_S: Final = 600.0
MOST: Final = 50
STATEMENT_LIMIT: Final = "2s"
REDIS_TIMEOUT_S: Final = 1.0
SPAN: Final = timedelta(days=30)
LAST_BACKUP: Final = "last-backup"
"""A file of the data folder; its time of change is that of the last backup (docs/operations.md)."""
OPEN: Final = ("scheduled", "broadcasting", "paused")
QUEUE_STATES: Final = ("waiting", "running", "failed")


class DatabaseFigures(NamedTuple):
    """The database itself."""

    size_bytes: float
    max_connections: float
    oldest_s: float
    active: float
    idle_in_transaction: float
    idle: float
    clock: float


class BotsInState(NamedTuple):
    """How many bots are in a state."""

    status: str
    bots: int
    wanted: int


class Progress(NamedTuple):
    """One open broadcast."""

    id: int
    status: str
    audience: float
    pending: float
    settled: float


_DATABASE: Final = SQL.query("figures", DatabaseFigures)
_BOT_STATES: Final = SQL.query("bot_states", BotsInState)
_BOTS_DOWN: Final = SQL.query("bots_down")
_OPEN: Final = SQL.query("open_broadcasts")
_PROGRESS: Final = SQL.query("progress", Progress)
_LAG: Final = SQL.query("delivery_lag", float)
_WORKERS: Final = SQL.query("workers")


class Figures(Collector):
    """Collects them; `close` lets go of the connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = engine.engine_of(
            settings.database_url,
            link.options(
                settings.database_url,
                "crier metrics",
                statement_timeout=STATEMENT_LIMIT,
                lock_timeout=STATEMENT_LIMIT,
            ),
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
        )
        self._sessions = sessionmaker(self._engine)
        self._lock = threading.Lock()
        self._asked_at = self._slow_at = -SLOW_KEPT_S
        self._found: list[Metric] = []
        self._slow: list[Metric] = []
        self._certificate = certificates.Watch(settings.public_url, CERTIFICATE_KEPT_S)

    def collect(self) -> list[Metric]:
        """Return the figures, as they were at most `KEPT_S` ago."""
        with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_S:
                self._found = [
                    *self._of_database(),
                    *_cache(self._settings),
                    *_files(self._settings),
                    *self._certificate.families(),
                ]
                self._asked_at = time.monotonic()
            return self._found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _of_database(self) -> list[Metric]:
        try:
            with self._sessions() as session:
                found = [*_database(session), *_bots(session), *_work(session)]
                if time.monotonic() - self._slow_at >= SLOW_KEPT_S:
                    self._slow = [*_money(session)]
                    self._slow_at = time.monotonic()
        except SQLAlchemyError:
            return [_gauge("database_up", "1 while the database answers", 0)]
        return [_gauge("database_up", "1 while the database answers", 1), *found, *self._slow]


def _database(session: Session) -> Iterator[Metric]:
    asked_at = time.time()
    found = engine.first(session, _DATABASE())
    middle = (asked_at + time.time()) / 2
    assert found is not None
    yield _gauge("database_size_bytes", "Size of the database", found.size_bytes)
    yield _gauge("database_max_connections", "How many PostgreSQL allows", found.max_connections)
    yield _gauge(
        "database_oldest_transaction_seconds", "Age of the oldest transaction", found.oldest_s
    )
    yield _gauge(
        "clock_offset_seconds",
        "How far the database's clock is ahead of this machine's",
        found.clock - middle,
    )
    states = {
        "active": found.active,
        "idle": found.idle,
        "idle_in_transaction": found.idle_in_transaction,
    }
    yield _gauges("database_connections", "Connections by state", ["state"], states.items())


def _bots(session: Session) -> Iterator[Metric]:
    states = {str(status): 0 for status in BotStatus}
    wanted = running = 0
    for found in engine.rows(session, _BOT_STATES()):
        states[found.status] = found.bots
        wanted += found.wanted
        running += found.wanted if found.status == BotStatus.RUNNING else 0
    yield _gauges("bots", "Bots by state", ["status"], states.items())
    yield _gauge("bots_wanted", "Bots that are to run", wanted)
    yield _gauge("bots_down", "Bots that are to run and do not", wanted - running)
    down = engine.rows(session, _BOTS_DOWN(most=MOST))
    yield _gauges(
        "bot_error_seconds", "For how long a bot that is to run is in error", ["bot_id"], down
    )


def _work(session: Session) -> Iterator[Metric]:
    states = dict.fromkeys(OPEN, 0) | dict(engine.rows(session, _OPEN()))
    yield _gauges("broadcasts", "Broadcasts by state, open ones", ["status"], states.items())
    found = engine.rows(session, _PROGRESS(most=MOST))
    labels = ["broadcast_id", "status"]
    of = [((str(one.id), one.status), one) for one in found]
    for name, words in (("audience", "Recipients"), ("pending", "Recipients not yet settled")):
        values = ((key, getattr(one, name)) for key, one in of)
        yield _gauges(f"broadcast_{name}", f"{words} of an open broadcast", labels, values)
    settled = CounterMetricFamily(
        "crier_broadcast_settled",
        "Recipients of an open broadcast with an outcome",
        labels=labels,
    )
    for one in found:
        settled.add_metric([str(one.id), one.status], one.settled)
    yield settled
    lag = engine.first(session, _LAG())
    yield _gauge("delivery_lag_seconds", "How long a delivery waits for a runner", lag or 0)
    workers = engine.rows(session, _WORKERS())
    yield _gauge("workers", "Workers that are alive, on all machines", len(workers))
    yield from _queue_figures(session)


def _queue_figures(session: Session) -> Iterator[Metric]:
    queues = engine.rows(session, queue.QUEUES())
    counts = (((row.name, state), getattr(row, state)) for row in queues for state in QUEUE_STATES)
    yield _gauges("queue_jobs", "Jobs by queue and state", ["queue", "state"], counts)
    ages = ((row.name, row.oldest_seconds) for row in queues)
    yield _gauges("queue_oldest_seconds", "Age of the oldest job that waits", ["queue"], ages)


def _money(session: Session) -> Iterator[Metric]:
    end = datetime.now(UTC)
    found = reports.earned(session, None, Span(end - SPAN, end))
    revenue = {one.currency: float(one.revenue) for one in found} or {"USD": 0.0}
    words = "of broadcasts that began in the last 30 days"
    yield _gauges("revenue_30d", f"Prices {words}", ["currency"], revenue.items())
    yield _gauge("delivered_30d", f"Messages sent {words}", sum(one.sent for one in found))
    clicks = sum(one.unique_clicks for one in found)
    yield _gauge("clicks_30d", f"People that clicked, {words}", clicks)


def _cache(settings: Settings) -> Iterator[Metric]:
    try:
        cache.check(settings.redis_url, REDIS_TIMEOUT_S)
        up = 1
    except (cache.RefusedError, cache.AwayError):
        up = 0
    yield _gauge("cache_up", "1 while Redis answers", up)


def _files(settings: Settings) -> Iterator[Metric]:
    try:
        usage = shutil.disk_usage(settings.data_dir)
    except OSError:
        return
    yield _gauge("disk_free_bytes", "Free space where the data folder is", usage.free)
    yield _gauge("disk_size_bytes", "All space where the data folder is", usage.total)
    try:
        backed_up_at = (settings.data_dir / LAST_BACKUP).stat().st_mtime
    except OSError:
        backed_up_at = 0.0
    yield _gauge("backup_timestamp_seconds", "When the last backup was made, or 0", backed_up_at)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"crier_{name}", words, value=float(value))


def _gauges(
    name: str,
    words: str,
    labels: list[str],
    values: Iterable[tuple[object, float]],
) -> Metric:
    family = GaugeMetricFamily(f"crier_{name}", words, labels=labels)
    for key, value in values:
        names = key if isinstance(key, tuple) else (key,)
        family.add_metric([str(one) for one in names], float(value))
    return family
