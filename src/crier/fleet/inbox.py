"""`webhook_updates` as one session run sees it: updates that wait to be recorded, and recorded
ones that an earlier run could not finish.

What holds the invariants:

* An update counts once, whichever way it came: the primary key (bot, update id) lets each in once,
  and its row is marked as handled in the transaction that records it (`effects_recorder`).
* A reply goes out at most once: a run claims what the run before left unfinished, in one
  transaction, before it does any of it. If it crashes then, a reply is lost and none is sent twice.
"""

from crier.fleet.session_store import Fence
from crier.storage.pool import Pool
from crier.storage.queries import load

_SQL = load("fleet")


class Inbox:
    """Every method raises as psycopg does while PostgreSQL is away."""

    def __init__(self, pool: Pool, fence: Fence) -> None:
        self._pool, self._fence = pool, fence

    async def keep(self, updates: list[tuple[int, bytes]], offset: int) -> None:
        """Store polled updates (id and body) beside those of the webhook, and move the offset.

        Raises:
            FenceLost: another session has the bot; nothing was stored.
        """
        row = {
            **self._fence.ids,
            "offset": offset,
            "ids": [update_id for update_id, _ in updates],
            "bodies": [body for _, body in updates],
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["keep_polled"], row)
            if await cursor.fetchone() is None:
                raise self._fence.lost()

    async def waiting(self, limit: int) -> list[tuple[int, bytes]]:
        """Return the oldest updates (id and body) that no session has recorded yet."""
        row = {"bot_id": self._fence.bot_id, "limit": limit}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["waiting"], row)
            return await cursor.fetchall()

    async def claim_unfinished(self, limit: int) -> list[tuple[int, bytes, str, bool]]:
        """Take over recorded updates that an earlier run could not finish.

        Returns id, body, what is left to do (`reply`, `forward` or `both`), and True where the
        update is too old to be answered.
        """
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                _SQL["claim_unfinished"], {**self._fence.ids, "limit": limit}
            )
            return await cursor.fetchall()

    async def leave_unfinished(self, updates: dict[int, tuple[bytes, str]]) -> None:
        """Leave recorded updates to the next run: by id, the body and what is left to do."""
        row = {
            **self._fence.ids,
            "ids": list(updates),
            "bodies": [body for body, _ in updates.values()],
            "owes": [left for _, left in updates.values()],
        }
        async with self._pool.connection() as connection:
            await connection.execute(_SQL["leave_unfinished"], row)
