"""Gives the bots of a stopping worker up, all that ask in the same moment in one statement.

2,000 sessions end at once when a worker is asked to stop; one transaction each would take longer
than a deploy may. The statement is `bot_state.handed_over` in SQL; a test holds the two together.
"""

import asyncio
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from crier.fleet.rows import Owner
from crier.storage.pool import Pool
from crier.storage.queries import load

GATHER_S = 0.02
_SQL = load("fleet")
Entry = tuple[Owner, "asyncio.Future[str | None]"]


class Handover:
    """Needs no start or stop: it works while somebody asks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Entry] = []
        self._task: asyncio.Task[None] | None = None

    async def give_up(self, owner: Owner) -> str | None:
        """Give a bot up; its status now, or None where another session has it already.

        Raises:
            psycopg.OperationalError, PoolTimeout: PostgreSQL is away; the fence is as it was.
        """
        done: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((owner, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="fleet handover")
        return await done

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            group, self._waiting = self._waiting, []
            try:
                found = await self._write([owner for owner, _ in group])
            except (psycopg.Error, PoolTimeout) as error:
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            for owner, done in group:
                if not done.done():
                    done.set_result(found.get(owner.bot_id))

    async def _write(self, owners: list[Owner]) -> dict[int, str]:
        row: dict[str, Any] = {
            "ids": [owner.bot_id for owner in owners],
            "instances": [owner.instance_id for owner in owners],
            "message": f"worker {owners[0].worker} stops: another goes on",
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["hand_over"], row)
            return dict(await cursor.fetchall())
