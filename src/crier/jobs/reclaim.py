"""Every worker watches the others, and mends what crashes leave undone.

Each second it looks at the signs of life of all workers (`crier.jobs.liveness`). It evicts a worker
whose row has not changed: after `LOST_LOOKS` such looks where its lock is gone, which a dead
process shows at once; after `SILENT_LOOKS` where the lock is held, because the process stands still
or its network is cut. Looks are counted, not seconds, so that an observer that stood still itself
evicts no worker at once; after PostgreSQL was away the count begins at zero. The shortest wait is
longer than `LEASE_S`, so an evicted worker has stopped sending before, and the statement `evict`
spares a worker that gave a sign since the look.

One transaction deletes the row of the evicted worker, ends its connections, whose row locks would
be in the way, and puts its jobs back into the queue (it reclaims them).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

import psycopg

from crier.jobs import metrics
from crier.jobs.liveness import RETRY_S, Liveness
from crier.storage import aio, lifecycle, outage, queries, queue

SQL = queries.load("jobs")
IDLE_EXPORTS = queue.SQL.query("idle_exports")
LOOK_S = 1.0
LOST_LOOKS, SILENT_LOOKS = 4, 20
RECONCILE_S = 5.0
log = logging.getLogger(__name__)
Connection = psycopg.AsyncConnection[Any]


class _Silence(NamedTuple):
    last_seen: datetime
    looks: int


class Reclaimer:
    """Evicts dead workers, reclaims their jobs and mends the queue; `run` does the work."""

    def __init__(
        self, liveness: Liveness, job_workers: Callable[[], list[int]], jobs: Callable[[], set[int]]
    ) -> None:
        """`job_workers` gives this worker's ids in the queue, `jobs` the jobs that run here."""
        self._liveness, self._job_workers, self._jobs = liveness, job_workers, jobs
        self._silent: dict[uuid.UUID, _Silence] = {}
        self._orphaned: set[int] = set()

    async def run(self) -> None:
        """Look until cancelled, through every loss of the connection."""
        while True:
            try:
                async with await self._liveness.connect() as connection:
                    await self._rounds(connection)
            except outage.AWAY as error:
                log.warning("reclaim_waits_for_database", extra={"error": outage.words(error)})
            self._silent.clear()
            await asyncio.sleep(RETRY_S)

    async def _rounds(self, connection: Connection) -> None:
        reconciled = time.monotonic()
        while True:
            if dead := await self._look(connection):
                await self._evict(connection, dead)
            if (await _rows(connection, queue.SQL["changed_much"]))[0][0]:
                await connection.execute("SELECT analyze_jobs()")
            if time.monotonic() - reconciled >= RECONCILE_S:
                await self._reconcile(connection)
                reconciled = time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def _look(self, connection: Connection) -> dict[uuid.UUID, datetime]:
        """Return the dead workers, and the last sign of life that was seen of each."""
        silent, dead = {}, {}
        for id, last_seen, locked in await _rows(connection, SQL["signs"]):
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
            ours = {"job_workers": job_workers}
            reclaimed = await connection.execute(queue.SQL["reclaim"], ours)
            await connection.execute(queue.SQL["forget_workers"], ours)
        if evicted:
            metrics.EVICTED.inc(len(evicted))
            metrics.RECLAIMED.inc(reclaimed.rowcount)
            log.warning(
                "workers_evicted", extra={"workers": len(evicted), "jobs": reclaimed.rowcount}
            )

    async def _reconcile(self, connection: Connection) -> None:
        """Mend what crashes between two transactions can leave; each statement may run anywhere."""
        await self._return_orphaned(connection)
        await connection.execute(queue.SQL["reclaim"], {"job_workers": []})
        bots = [row[0] for row in await _rows(connection, queue.SQL["idle_bots"])]
        idle = [row[0] for row in await _rows(connection, queue.SQL["idle_deliveries"])]
        await aio.run(connection, queue.defer_run_bot(*bots), queue.defer_deliver(*idle))
        await connection.execute(queue.SQL["idle_schedules"])
        await aio.run(connection, IDLE_EXPORTS())
        if ids := [row[0] for row in await _rows(connection, SQL["unfinished"])]:
            await aio.follow(connection, lifecycle.complete(ids))

    async def _return_orphaned(self, connection: Connection) -> None:
        """Return jobs that are ours by the database and have not run here for two rounds."""
        ours = {"job_workers": self._job_workers()}
        rows = await _rows(connection, queue.SQL["orphaned"], ours)
        orphaned = {row[0] for row in rows} - self._jobs()
        if lost := orphaned & self._orphaned:
            log.warning("jobs_returned", extra={"jobs": len(lost)})
            metrics.RETURNED.inc(len(lost))
            await connection.execute(queue.SQL["return_orphaned"], {"ids": list(lost)})
        self._orphaned = orphaned


async def _rows(
    connection: Connection, text: LiteralString, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    return await (await connection.execute(text, parameters)).fetchall()
