"""Reads the rows of all bots that run here, once a second in one query, and wakes sessions.

Notifications are faster; this makes a lost one harmless, and it keeps 2,000 sessions from asking
2,000 times a second.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from crier.storage import aio, outage
from crier.storage.pool import Pool
from crier.storage.queries import load

EVERY_S = 1.0
_SQL: Final = load("fleet")
log = logging.getLogger(__name__)


class SeenRow(NamedTuple):
    """What of a bot's row, once changed, makes its session read the row anew."""

    generation: int
    desired_status: str
    instance_id: UUID | None


class WatchedRow(NamedTuple):
    """What may have changed of a bot that runs here."""

    id: int
    generation: int
    desired_status: str
    instance_id: UUID | None
    waiting: bool
    """Whether webhook updates wait for it."""


_WATCH: Final = _SQL.query("watch", WatchedRow)


_NOTHING: Final = SeenRow(-1, "", None)
"""What a session has seen at first: nothing that a row can be."""


@dataclass(slots=True, eq=False)
class WakeUps:
    """The events that wake one session."""

    row_changed: asyncio.Event
    """Set when the bot's row may have changed, the worker stops or the receiver has ended."""
    inbox_filled: asyncio.Event
    """Set when webhook updates may wait."""
    row_applied: asyncio.Event = field(default_factory=asyncio.Event)
    """Clear while the row is being read because it may have changed."""
    seen: SeenRow | None = _NOTHING
    """What the session has seen; None where there is no such row."""

    async def up_to_date(self) -> None:
        """Return when what the owner changed before an update came is in force for it.

        For receivers only: the supervisor, which applies changes, would wait for itself.
        """
        while self.row_changed.is_set() or not self.row_applied.is_set():
            await asyncio.sleep(0)
            await self.row_applied.wait()


class RowWatcher:
    """Needs no start or stop: it works while there is a session to wake."""

    def __init__(self, pool: Pool, stopping: asyncio.Event) -> None:
        self._pool, self._stopping = pool, stopping
        self._sessions: dict[int, WakeUps] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """The number of sessions in this process."""
        return len(self._sessions)

    @contextlib.contextmanager
    def watch(self, bot_id: int, wake_ups: WakeUps) -> Iterator[None]:
        """Watch a bot's row for as long as the block runs."""
        self._sessions[bot_id] = wake_ups
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="fleet row watcher")
        try:
            yield
        finally:
            if self._sessions.get(bot_id) is wake_ups:
                del self._sessions[bot_id]

    async def _run(self) -> None:
        away = False
        while self._sessions:
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
                await self._read_rows()
                away = False
            except outage.AWAY as error:
                if not away:
                    log.warning("row_watch_failed", extra={"error": str(error).strip()})
                away = True

    async def _read_rows(self) -> None:
        async with self._pool.connection() as connection:
            rows = await aio.rows(connection, _WATCH(ids=list(self._sessions)))
        found = {row.id: row for row in rows}
        for bot_id, wake_ups in self._sessions.items():
            row = found.get(bot_id)
            now = row and SeenRow(row.generation, row.desired_status, row.instance_id)
            if row and row.waiting:
                wake_ups.inbox_filled.set()
            if (row and row.waiting) or now != wake_ups.seen:
                wake_ups.seen = now
                wake_ups.row_changed.set()

    def _wake_all(self) -> None:
        for wake_ups in self._sessions.values():
            wake_ups.row_changed.set()
