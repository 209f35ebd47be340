"""How the platform is doing: its parts, workers and queues."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services.bots import telegram_account
from crier.settings import Settings
from crier.storage import cache, engine, queries, queue
from crier.storage.queue import QueueState
from crier.storage.uploads import UploadsError, check, uploads_of
from crier.telegram.errors import TelegramError

SQL: Final = queries.load("system")
State = Literal["up", "degraded", "down"]
REDIS_TIMEOUT_S: Final = 1.0
TELEGRAM_TIMEOUT_S: Final = 3.0
UPLOADS_TIMEOUT_S: Final = 3.0
KEPT_S: Final = 15.0
SLOW_S: Final = 60.0
"""A job that waits longer than this says that there are too few workers."""

SCARCE: Final[tuple[tuple[State, float, int], ...]] = (
    ("down", 0.02, 256 * 1024**2),
    ("degraded", 0.10, 2 * 1024**3),
)
"""Shares and bytes of free disk space; below both, something is to be done."""


class LiveWorker(NamedTuple):
    """A worker process that is alive."""

    id: UUID
    host: str
    pid: int
    started_at: datetime
    last_seen: datetime
    bots: int
    deliveries: int
    rss_bytes: int


_WORKERS: Final = SQL.query("workers", LiveWorker)


class Processing(NamedTuple):
    """What does the work, and the work that waits."""

    workers: list[LiveWorker]
    queues: list[QueueState]


@dataclass(frozen=True)
class Component:
    """One part that the platform stands on."""

    name: str
    status: State
    detail: str
    latency_ms: float | None = None


class ComponentProbe:
    """Looks at the parts. Telegram and the storage of uploads are asked at most every 15 seconds,
    however often one looks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._storage = uploads_of(settings, patience_s=UPLOADS_TIMEOUT_S)
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Component]] = {}

    def components(self, session: Session, found: Processing) -> list[Component]:
        """Return every part; `found` is what `processing` gave."""
        return [
            database(session),
            self.redis(),
            self.telegram(),
            self.uploads(),
            *work(found),
            self.disk(),
        ]

    def redis(self) -> Component:
        """Return the state of the cache. Without it everything goes on, slower."""
        started = time.perf_counter()
        try:
            cache.check(self._settings.redis_url, REDIS_TIMEOUT_S)
        except (cache.RefusedError, cache.AwayError) as error:
            words = f"{error}: limits and caches go on in the memory of each process"
            return Component("redis", "down", words.removeprefix("it "))
        return Component("redis", "up", "answers", _ms(started))

    def telegram(self) -> Component:
        """Return the state of the Bot API server, as it was at most 15 seconds ago."""
        return self._recent("telegram", self._ask_telegram)

    def uploads(self) -> Component:
        """Return the state of the storage of uploads, as it was at most 15 seconds ago."""
        return self._recent("uploads", self._try_uploads)

    def disk(self) -> Component:
        """Free space where the data folder is."""
        folder = self._settings.data_dir
        try:
            usage = shutil.disk_usage(folder)
        except OSError as error:
            return Component("disk", "degraded", f"cannot be read: {error.strerror}")
        share = usage.free / usage.total if usage.total else 0.0
        detail = f"{usage.free / 1024**3:.1f} GiB free ({share:.0%})"
        for state, low_share, low_bytes in SCARCE:
            if share < low_share and usage.free < low_bytes:
                return Component("disk", state, f"{detail}: make room")
        return Component("disk", "up", detail)

    def _recent(self, name: str, ask: Callable[[], Component]) -> Component:
        with self._lock:
            at, component = self._kept.get(name, (0.0, None))
            if component is None or time.monotonic() - at > KEPT_S:
                component = ask()
                self._kept[name] = (time.monotonic(), component)
            return component

    def _try_uploads(self) -> Component:
        started = time.perf_counter()
        try:
            check(self._storage)
        except UploadsError as error:
            return Component("uploads", "down", f"{self._storage.place}: {error}")
        return Component("uploads", "up", self._storage.place, _ms(started))

    def _ask_telegram(self) -> Component:
        started = time.perf_counter()
        try:
            status = telegram_account.reach(self._settings.telegram_api_url, TELEGRAM_TIMEOUT_S)
        except TelegramError as error:
            return Component("telegram", "down", f"cannot be reached: {error}")
        state: State = "degraded" if status >= 500 else "up"
        detail = f"answers with {status}" if status >= 500 else "answers"
        return Component("telegram", state, detail, _ms(started))


def processing(session: Session) -> Processing:
    """Return the live workers, and the queues of jobs."""
    return Processing(engine.rows(session, _WORKERS()), engine.rows(session, queue.QUEUES()))


def work(found: Processing) -> list[Component]:
    """Return the workers and the queues, of what `processing` gave."""
    return [_workers(found.workers), _queues(found.queues)]


def database(session: Session) -> Component:
    """Return the state of PostgreSQL, which this call has reached already."""
    started = time.perf_counter()
    version = session.scalar(sa.text("SHOW server_version"))
    return Component("database", "up", f"PostgreSQL {version}", _ms(started))


def _workers(rows: list[LiveWorker]) -> Component:
    if not rows:
        return Component("workers", "down", "no worker runs: bots and broadcasts wait")
    bots, deliveries = sum(row.bots for row in rows), sum(row.deliveries for row in rows)
    return Component("workers", "up", f"{len(rows)} with {bots} bots and {deliveries} deliveries")


def _queues(rows: list[QueueState]) -> Component:
    slow = [row.name for row in rows if row.oldest_seconds > SLOW_S]
    if slow:
        return Component("queues", "degraded", f"jobs wait over a minute: {', '.join(slow)}")
    waiting = sum(row.waiting for row in rows)
    return Component("queues", "up", f"{waiting} jobs wait")


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
