"""`webhook_updates` as one session run sees it: updates that wait to be recorded, and recorded
ones that an earlier run could not finish.

What holds the invariants:

* An update counts once, whichever way it came: the primary key (bot, update id) lets each in once,
  and its row is marked as handled in the transaction that records it (`effects_recorder`).
* A reply goes out at most once: a run claims what the run before left unfinished, in one
  transaction, before it does any of it. If it crashes then, a reply is lost and none is sent twice.
"""

from typing import Final, NamedTuple

from crier.fleet.session_store import Fence
from crier.storage import aio
from crier.storage.pool import Pool
from crier.storage.queries import load

_SQL: Final = load("fleet")


class WaitingUpdate(NamedTuple):
    """An update that no session has recorded yet."""

    update_id: int
    body: bytes


class UnfinishedUpdate(NamedTuple):
    """A recorded update that an earlier run could not finish."""

    update_id: int
    body: bytes
    owes: str
    """What is left to do: `reply`, `forward` or `both`."""
    is_stale: bool
    """Whether it is too old to be answered."""


_KEEP_POLLED: Final = _SQL.query("keep_polled", int)
_WAITING: Final = _SQL.query("waiting", WaitingUpdate)
_CLAIM_UNFINISHED: Final = _SQL.query("claim_unfinished", UnfinishedUpdate)
_LEAVE_UNFINISHED: Final = _SQL.query("leave_unfinished")


class Inbox:
    """Every method raises as psycopg does while PostgreSQL is away."""

    def __init__(self, pool: Pool, fence: Fence) -> None:
        self._pool, self._fence = pool, fence

    async def keep(self, updates: list[tuple[int, bytes]], offset: int) -> None:
        """Store polled updates (id and body) beside those of the webhook, and move the offset.

        Raises:
            FenceLost: another session has the bot; nothing was stored.
        """
        statement = _KEEP_POLLED(
            **self._fence.ids,
            offset=offset,
            ids=[update_id for update_id, _ in updates],
            bodies=[body for _, body in updates],
        )
        async with self._pool.connection() as connection:
            if await aio.first(connection, statement) is None:
                raise self._fence.lost()

    async def waiting(self, limit: int) -> list[WaitingUpdate]:
        """Return the oldest updates that no session has recorded yet."""
        statement = _WAITING(bot_id=self._fence.bot_id, limit=limit)
        async with self._pool.connection() as connection:
            return await aio.rows(connection, statement)

    async def claim_unfinished(self, limit: int) -> list[UnfinishedUpdate]:
        """Take over recorded updates that an earlier run could not finish."""
        async with self._pool.connection() as connection:
            statement = _CLAIM_UNFINISHED(**self._fence.ids, limit=limit)
            return await aio.rows(connection, statement)

    async def leave_unfinished(self, updates: dict[int, tuple[bytes, str]]) -> None:
        """Leave recorded updates to the next run: by id, the body and what is left to do."""
        statement = _LEAVE_UNFINISHED(
            **self._fence.ids,
            ids=list(updates),
            bodies=[body for body, _ in updates.values()],
            owes=[left for _, left in updates.values()],
        )
        async with self._pool.connection() as connection:
            await aio.run(connection, statement)
