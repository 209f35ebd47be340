"""Looks at the rows of all bots that run here, once a second in one query, and wakes sessions.

Notifications are faster; this is what makes a lost one harmless, and what keeps 2,000 sessions from
asking 2,000 times a second.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from crier.storage.pool import Pool
from crier.storage.queries import load

EVERY_S = 1.0
_SQL = load("fleet")
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Watched:
    """A session's ears: `changed` when its row may have changed or the worker stops, `inbox` when
    webhook updates wait."""

    changed: asyncio.Event
    inbox: asyncio.Event
    seen: tuple[Any, ...] = field(default=())


class RowWatcher:
    """Needs no start or stop: it works while somebody is watched."""

    def __init__(self, pool: Pool, stopping: asyncio.Event) -> None:
        self._pool, self._stopping = pool, stopping
        self._watched: dict[int, Watched] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """How many sessions run in this process."""
        return len(self._watched)

    @contextlib.contextmanager
    def over(self, bot_id: int, watched: Watched) -> Iterator[None]:
        """RowWatcher a bot for as long as the block runs."""
        self._watched[bot_id] = watched
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="fleet watch")
        try:
            yield
        finally:
            if self._watched.get(bot_id) is watched:
                del self._watched[bot_id]

    async def _run(self) -> None:
        away = False
        while self._watched:
            if self._stopping.is_set():
                self._wake_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await (
                        asyncio.sleep(EVERY_S) if self._stopping.is_set() else self._stopping.wait()
                    )
            if self._stopping.is_set():
                continue
            try:
                await self._look()
                away = False
            except (psycopg.OperationalError, PoolTimeout) as error:
                if not away:
                    log.warning("fleet_watch_blind", extra={"error": str(error).strip()})
                away = True

    async def _look(self) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["watch"], {"ids": list(self._watched)})
            found = {row[0]: row[1:] for row in await cursor.fetchall()}
        for bot_id, watched in self._watched.items():
            *now, waiting = found.get(bot_id, (None, False))
            if waiting:
                watched.inbox.set()
            if waiting or tuple(now) != watched.seen:
                watched.seen = tuple(now)
                watched.changed.set()

    def _wake_all(self) -> None:
        for watched in self._watched.values():
            watched.changed.set()
