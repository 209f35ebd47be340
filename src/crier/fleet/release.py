"""Releases the bots of a stopping worker, all that ask in the same moment in one statement.

2,000 sessions end at once when a worker is asked to stop; one transaction each would take longer
than a deployment may. The statement is `bot_state.released` in SQL; a test compares the two.
"""

import asyncio
from typing import Final

import psycopg

from crier.fleet.session_store import Fence
from crier.storage import aio
from crier.storage.pool import Pool
from crier.storage.queries import load

GATHER_S = 0.02
_SQL: Final = load("fleet")


def _released(bot_id: int, status: str) -> tuple[int, str]:
    return bot_id, status


_RELEASE: Final = _SQL.query("release", _released)
Request = tuple[Fence, "asyncio.Future[str | None]"]


class BotReleaser:
    """Needs no start or stop: it works while a session waits for it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._requests: list[Request] = []
        self._task: asyncio.Task[None] | None = None

    async def release(self, fence: Fence) -> str | None:
        """Release a bot; return its status now, or None where another session has it already.

        Raises:
            psycopg.OperationalError: PostgreSQL is away; the fence is as it was.
        """
        done: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._requests.append((fence, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="fleet release")
        return await done

    async def _run(self) -> None:
        while self._requests:
            await asyncio.sleep(GATHER_S)
            group, self._requests = self._requests, []
            try:
                found = await self._write([fence for fence, _ in group])
            except psycopg.Error as error:
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            for fence, done in group:
                if not done.done():
                    done.set_result(found.get(fence.bot_id))

    async def _write(self, fences: list[Fence]) -> dict[int, str]:
        statement = _RELEASE(
            ids=[fence.bot_id for fence in fences],
            instances=[fence.instance_id for fence in fences],
            message=f"worker {fences[0].worker} stops: another goes on",
        )
        async with self._pool.connection() as connection:
            return dict(await aio.rows(connection, statement))
