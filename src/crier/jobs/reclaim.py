"""Every worker's eye on the others, and on what crashes leave undone.

Each second it looks at the signs of life of all workers (`crier.jobs.liveness`). One whose row has
not changed is evicted: after `LOST_LOOKS` such looks where its lock is gone, which a dead process
shows at once; after `SILENT_LOOKS` where the lock is there, and the process stands still or its
network is cut without a word. Looks are counted, not seconds, so that an observer that stood still
itself buries nobody at once; after PostgreSQL was away it counts from nothing. The shortest wait is
longer than `LEASE_S`: who is evicted has stopped sending before, and `evict` takes nobody who gave
a sign since the look.

A burial ends the connections of the dead, whose row locks would be in the way, deletes its row and
gives its jobs back to the queue, all in one transaction.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from crier.jobs.liveness import RETRY_S, Liveness
from crier.storage import queries, queue

SQL = queries.load("jobs")
CONTROL = queries.load("control")
LOOK_S = 1.0
LOST_LOOKS, SILENT_LOOKS = 4, 20
RECONCILE_S = 5.0
log = logging.getLogger(__name__)
Connection = psycopg.AsyncConnection[Any]


class _Silence(NamedTuple):
    last_seen: datetime
    looks: int


class Reclaimer:
    """Buries dead workers and mends the queue; `run` does the work."""

    def __init__(
        self, liveness: Liveness, job_workers: Callable[[], list[int]], jobs: Callable[[], set[int]]
    ) -> None:
        """`job_workers` are our ids in Procrastinate's table, `jobs` what is running here."""
        self._liveness, self._job_workers, self._jobs = liveness, job_workers, jobs
        self._silent: dict[uuid.UUID, _Silence] = {}
        self._orphaned: set[int] = set()

    async def run(self) -> None:
        """Look until cancelled, through every loss of the connection."""
        while True:
            try:
                async with await self._liveness.connect() as connection:
                    await self._rounds(connection)
            except psycopg.OperationalError as error:
                log.warning("reclaim_waits_for_database", extra={"error": str(error).strip()})
            self._silent.clear()
            await asyncio.sleep(RETRY_S)

    async def _rounds(self, connection: Connection) -> None:
        reconciled = time.monotonic()
        while True:
            if dead := await self._look(connection):
                await self._evict(connection, dead)
            if (await _rows(connection, "changed_much"))[0][0]:
                await connection.execute("SELECT analyze_jobs()")
            if time.monotonic() - reconciled >= RECONCILE_S:
                await self._reconcile(connection)
                reconciled = time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def _look(self, connection: Connection) -> dict[uuid.UUID, datetime]:
        """Who is dead, and the last sign that was seen of each."""
        silent, dead = {}, {}
        for id, last_seen, locked in await _rows(connection, "signs"):
            before = self._silent.get(id)
            unchanged = before is not None and before.last_seen == last_seen
            looks = before.looks + 1 if before is not None and unchanged else 0
            silent[id] = _Silence(last_seen, looks)
            if looks >= (SILENT_LOOKS if locked else LOST_LOOKS):
                dead[id] = last_seen
        self._silent = silent
        return dead

    async def _evict(self, connection: Connection, dead: dict[uuid.UUID, datetime]) -> None:
        row = {"ids": list(dead), "seen": list(dead.values())}
        async with connection.transaction():
            evicted = await (await connection.execute(SQL["evict"], row)).fetchall()
            job_workers = [id for row in evicted for id in row[1]]
            names = [f"crier worker {row[0]}" for row in evicted]
            await connection.execute(SQL["disconnect"], {"names": names})
            reclaimed = await connection.execute(SQL["reclaim"], {"job_workers": job_workers})
            await connection.execute(SQL["forget_workers"], {"job_workers": job_workers})
        if evicted:
            log.warning(
                "workers_evicted", extra={"workers": len(evicted), "jobs": reclaimed.rowcount}
            )

    async def _reconcile(self, connection: Connection) -> None:
        """Mend what crashes between two transactions can leave; each statement may run anywhere."""
        await self._return_orphaned(connection)
        await connection.execute(SQL["reclaim"], {"job_workers": []})
        bots = [row[0] for row in await _rows(connection, "idle_bots")]
        runners = [row[0] for row in await _rows(connection, "idle_deliveries")]
        await queue.run(connection, queue.defer_run_bot(*bots), queue.defer_deliver(*runners))
        await connection.execute(SQL["idle_schedules"])
        if ids := [row[0] for row in await _rows(connection, "unfinished")]:
            async with connection.transaction():
                await connection.execute(CONTROL["lock_broadcasts"], {"ids": ids})
                await connection.execute(CONTROL["complete"], {"ids": ids})

    async def _return_orphaned(self, connection: Connection) -> None:
        """Jobs that are ours by the database, and have not been running here for two rounds."""
        rows = await _rows(connection, "orphaned", {"job_workers": self._job_workers()})
        orphaned = {row[0] for row in rows} - self._jobs()
        if lost := orphaned & self._orphaned:
            log.warning("jobs_returned", extra={"jobs": len(lost)})
            await connection.execute(SQL["return_orphaned"], {"ids": list(lost)})
        self._orphaned = orphaned


async def _rows(
    connection: Connection, name: str, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    return await (await connection.execute(SQL[name], parameters)).fetchall()
