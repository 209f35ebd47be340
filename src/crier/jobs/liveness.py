"""Who is alive, and whose jobs must be taken over.

A worker holds an advisory lock on a connection of its own. When the process dies, PostgreSQL drops
the connection and with it the lock, at once and however the process died. Every worker looks each
second for workers without their lock; one that stays without it for `GRACE_S` is buried and its
jobs go back to the queue in one statement. After PostgreSQL itself was away, everybody first gets
`GRACE_S` to take the lock again. A worker that finds itself buried ends: its sessions and
deliveries are behind fences that others hold by then, so it can write nothing any more.
"""

import asyncio
import contextlib
import logging
import os
import resource
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from crier.errors import CrierError
from crier.storage import queries, queue

SQL = queries.load("jobs")
CONTROL = queries.load("control")
BEAT_S = 1.0
GRACE_S = 3.0
RECONCILE_S = 5.0
log = logging.getLogger(__name__)


class BuriedError(CrierError):
    """Other workers have taken this one for dead and its jobs over."""


class Liveness:
    """This worker's sign of life, and its eye on the others; `run` does the work."""

    def __init__(self, database_url: str, figures: Callable[[], dict[str, Any]]) -> None:
        self.id = uuid.uuid4()
        self.host, self.pid = socket.gethostname(), os.getpid()
        self._database_url, self._figures = database_url, figures
        self._running_jobs: Callable[[], set[int]] = set
        self._registered = False
        self._missing: dict[uuid.UUID, float] = {}
        self._strays: set[int] = set()

    @property
    def name(self) -> str:
        """What the status pages call this worker."""
        return f"{self.host}:{self.pid}"

    async def announce(self) -> None:
        """Write down which jobs are this worker's; returns once that is committed."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._database_url, autocommit=True, application_name="crier liveness"
                ) as connection:
                    await connection.execute(SQL["beat"], self._figures() | {"id": self.id})
                return
            except psycopg.OperationalError as error:
                log.warning("announce_postponed", extra={"error": str(error).strip()})
                await asyncio.sleep(0.5)

    def watch_jobs(self, running: Callable[[], set[int]]) -> None:
        """Compare with the database which jobs this worker is running."""
        self._running_jobs = running

    async def run(self, ready: asyncio.Event) -> None:
        """Live until cancelled, through every loss of the connection.

        Raises:
            BuriedError: the others have buried this worker.
        """
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._database_url, autocommit=True, application_name="crier liveness"
                ) as connection:
                    await self._register(connection)
                    ready.set()
                    await self._live(connection)
            except psycopg.OperationalError as error:
                log.warning("liveness_lost", extra={"error": str(error).strip()})
            self._missing.clear()
            await asyncio.sleep(0.5)

    async def leave(self) -> None:
        """Take this worker out of the list."""
        with contextlib.suppress(psycopg.OperationalError):
            async with await psycopg.AsyncConnection.connect(
                self._database_url, autocommit=True, application_name="crier liveness"
            ) as connection:
                await connection.execute(SQL["unregister"], {"id": self.id})

    async def _register(self, connection: psycopg.AsyncConnection[Any]) -> None:
        row = {"id": self.id, "host": self.host, "pid": self.pid}
        async with connection.transaction():  # row and lock show at the same moment
            cursor = await connection.execute(
                SQL["relock" if self._registered else "register"], row
            )
            if await cursor.fetchone() is None:
                raise BuriedError("this worker was silent for too long: others have its work now")
        self._registered = True

    async def _live(self, connection: psycopg.AsyncConnection[Any]) -> None:
        reconciled = time.monotonic()
        while True:
            cursor = await connection.execute(SQL["beat"], self._figures() | {"id": self.id})
            if cursor.rowcount == 0:
                raise BuriedError("this worker was taken for dead: others have its work now")
            await self._bury_the_dead(connection)
            if (await _rows(connection, "changed_much"))[0][0]:
                await connection.execute("ANALYZE procrastinate_jobs")
            if time.monotonic() - reconciled >= RECONCILE_S:
                await self._reconcile(connection)
                reconciled = time.monotonic()
            await asyncio.sleep(BEAT_S)

    async def _bury_the_dead(self, connection: psycopg.AsyncConnection[Any]) -> None:
        cursor = await connection.execute(SQL["silent"])
        now = time.monotonic()
        silent = {row[0] for row in await cursor.fetchall()}
        self._missing = {id: self._missing.get(id, now) for id in silent}
        dead = [id for id, since in self._missing.items() if now - since >= GRACE_S]
        if not dead:
            return
        async with connection.transaction():
            buried = await (await connection.execute(SQL["bury"], {"ids": dead})).fetchall()
            job_workers = [id for row in buried for id in row[0]]
            rescued = await connection.execute(SQL["rescue"], {"job_workers": job_workers})
            await connection.execute(SQL["forget_workers"], {"job_workers": job_workers})
        if buried:
            log.warning("workers_buried", extra={"workers": len(buried), "jobs": rescued.rowcount})

    async def _reconcile(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Mend what crashes between two transactions can leave; each statement may run anywhere."""
        await self._return_strays(connection)
        await connection.execute(SQL["rescue"], {"job_workers": []})
        bots = [row[0] for row in await _rows(connection, "idle_bots")]
        couriers = [row[0] for row in await _rows(connection, "idle_deliveries")]
        await queue.run(connection, queue.defer_run_bot(*bots), queue.defer_deliver(*couriers))
        await connection.execute(SQL["idle_schedules"])
        if ids := [row[0] for row in await _rows(connection, "unfinished")]:
            async with connection.transaction():
                await connection.execute(CONTROL["lock_broadcasts"], {"ids": ids})
                await connection.execute(CONTROL["complete"], {"ids": ids})

    async def _return_strays(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Jobs that are ours by the database, and have not been running here for two rounds."""
        rows = await _rows(connection, "stray", self._figures())
        strays = {row[0] for row in rows} - self._running_jobs()
        if lost := strays & self._strays:
            log.warning("jobs_returned", extra={"jobs": len(lost)})
            await connection.execute(SQL["return_stray"], {"ids": list(lost)})
        self._strays = strays


def rss_bytes() -> int:
    """The memory that this process holds now."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 (read each second)
        return int(file.read().split()[1]) * resource.getpagesize()


async def _rows(
    connection: psycopg.AsyncConnection[Any], name: str, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    return await (await connection.execute(SQL[name], parameters)).fetchall()
