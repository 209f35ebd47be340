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
from typing import Any, Final, NamedTuple

import psycopg

from crier.jobs import metrics
from crier.jobs.liveness import RETRY_S, Liveness
from crier.storage import aio, lifecycle, outage, queries, queue

SQL: Final = queries.load("jobs")
LOOK_S = 1.0
LOST_LOOKS, SILENT_LOOKS = 4, 20
RECONCILE_S = 5.0
log = logging.getLogger(__name__)
Connection = psycopg.AsyncConnection[Any]


class _Silence(NamedTuple):
    last_seen: datetime
    looks: int


class _Sign(NamedTuple):
    id: uuid.UUID
    last_seen: datetime
    is_locked: bool


class _Evicted(NamedTuple):
    id: uuid.UUID
    job_workers: list[int]


_SIGNS: Final = SQL.query("signs", _Sign)
_EVICT: Final = SQL.query("evict", _Evicted)
_DISCONNECT: Final = SQL.query("disconnect")
_UNFINISHED: Final = SQL.query("unfinished", int)


class Reclaimer:
    """Evicts dead workers, reclaims their jobs and mends the queue; `run` does the work."""

    def __init__(
        self, liveness: Liveness, job_workers: Callable[[], list[int]], jobs: Callable[[], set[int]]
    ) -> None:
        """Take functions: `job_workers` gives this worker's ids in the queue, `jobs` what runs
        here."""
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
            if await aio.first(connection, queue.CHANGED_MUCH()):
                await connection.execute("SELECT analyze_jobs()")
            if time.monotonic() - reconciled >= RECONCILE_S:
                await self._reconcile(connection)
                reconciled = time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def _look(self, connection: Connection) -> dict[uuid.UUID, datetime]:
        """Return the dead workers, and the last sign of life that was seen of each."""
        silent, dead = {}, {}
        for id, last_seen, is_locked in await aio.rows(connection, _SIGNS()):
            before = self._silent.get(id)
            unchanged = before is not None and before.last_seen == last_seen
            looks = before.looks + 1 if before is not None and unchanged else 0
            silent[id] = _Silence(last_seen, looks)
            if looks >= (SILENT_LOOKS if is_locked else LOST_LOOKS):
                dead[id] = last_seen
        self._silent = silent
        return dead

    async def _evict(self, connection: Connection, dead: dict[uuid.UUID, datetime]) -> None:
        async with connection.transaction():
            evicted = await aio.rows(connection, _EVICT(ids=list(dead), seen=list(dead.values())))
            job_workers = [id for worker in evicted for id in worker.job_workers]
            names = [f"crier worker {worker.id}" for worker in evicted]
            await aio.run(connection, _DISCONNECT(names=names))
            reclaimed = await aio.run(connection, queue.RECLAIM(job_workers=job_workers))
            await aio.run(connection, queue.FORGET_WORKERS(job_workers=job_workers))
        if evicted:
            metrics.EVICTED.inc(len(evicted))
            metrics.RECLAIMED.inc(reclaimed)
            log.warning("workers_evicted", extra={"workers": len(evicted), "jobs": reclaimed})

    async def _reconcile(self, connection: Connection) -> None:
        """Mend what crashes between two transactions can leave; each statement may run anywhere."""
        await self._return_orphaned(connection)
        await aio.run(connection, queue.RECLAIM(job_workers=[]))
        bots = await aio.rows(connection, queue.IDLE_BOTS())
        idle = await aio.rows(connection, queue.IDLE_DELIVERIES())
        await aio.run(connection, queue.defer_run_bot(*bots), queue.defer_deliver(*idle))
        await aio.run(connection, queue.IDLE_SCHEDULES(), queue.IDLE_EXPORTS())
        if ids := await aio.rows(connection, _UNFINISHED()):
            await aio.follow(connection, lifecycle.complete(ids))

    async def _return_orphaned(self, connection: Connection) -> None:
        """Return jobs that are ours by the database and have not run here for two rounds."""
        ours = await aio.rows(connection, queue.ORPHANED(job_workers=self._job_workers()))
        orphaned = set(ours) - self._jobs()
        if lost := orphaned & self._orphaned:
            log.warning("jobs_returned", extra={"jobs": len(lost)})
            metrics.RETURNED.inc(len(lost))
            await aio.run(connection, queue.RETURN_ORPHANED(ids=list(lost)))
        self._orphaned = orphaned
