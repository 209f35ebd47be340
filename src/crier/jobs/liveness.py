"""The sign of life of a worker: a lock that is held, and a row that is written each second.

The worker holds an advisory lock on a connection of its own. When the process dies, PostgreSQL
drops the connection and with it the lock, at once and however the process died. On the same
connection it writes `workers.last_seen` each second, which shows that it does not only exist.
`crier.jobs.reclaim` takes over from who gives neither sign.

Each written sign renews the worker's `Lease`. Who is cut off or stands still sends nothing after
`LEASE_S`, and others take over later than that: so never do two send for one bot. A worker that
finds its row gone ends: fences that others hold by then let it record nothing any more.
"""

import asyncio
import logging
import os
import resource
import socket
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from crier import link
from crier.broadcast import lease
from crier.errors import CrierError
from crier.storage import queries

SQL = queries.load("jobs")
BEAT_S = 1.0
ANSWER_S = 15.0
"""Without an answer for so long a connection is given up, whatever the network says of it."""
RETRY_S = 0.5
log = logging.getLogger(__name__)


class EvictedError(CrierError):
    """Other workers have taken this one for dead and its jobs over."""


class Liveness:
    """This worker's sign of life; `run` gives it."""

    def __init__(
        self, database_url: str, held: lease.Lease, figures: Callable[[], dict[str, Any]]
    ) -> None:
        self.id = uuid.uuid4()
        self.host, self.pid = socket.gethostname(), os.getpid()
        self.connections = f"crier worker {self.id}"
        """What PostgreSQL calls all connections of this worker; `evict` ends them by this name."""
        self._database_url, self._lease, self._figures = database_url, held, figures
        self._registered = False

    @property
    def name(self) -> str:
        """What the status pages call this worker."""
        return f"{self.host}:{self.pid}"

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """A connection of its own, outside the pool, each statement a transaction."""
        return await psycopg.AsyncConnection.connect(
            self._database_url,
            autocommit=True,
            **link.options(self._database_url, self.connections),
        )

    async def announce(self) -> None:
        """Write down which jobs are this worker's; returns once that is committed."""
        while True:
            try:
                async with await self.connect() as connection:
                    await connection.execute(SQL["beat"], self._row())
                return
            except psycopg.OperationalError as error:
                log.warning("announce_postponed", extra={"error": str(error).strip()})
                await asyncio.sleep(RETRY_S)

    async def run(self, ready: asyncio.Event) -> None:
        """Live until cancelled, through every loss of the connection.

        Raises:
            EvictedError: the others have evicted this worker.
        """
        while True:
            try:
                async with await self.connect() as connection:
                    await self._register(connection)
                    await self._beat(connection)
                    ready.set()
                    while True:
                        await asyncio.sleep(BEAT_S)
                        await self._beat(connection)
            except (psycopg.OperationalError, TimeoutError) as error:
                words = str(error).strip() or "no answer in time"
                log.warning("liveness_lost", extra={"error": words})
            await asyncio.sleep(RETRY_S)

    async def leave(self) -> None:
        """Take this worker out of the list."""
        try:
            async with await self.connect() as connection:
                await connection.execute(SQL["unregister"], {"id": self.id})
        except psycopg.OperationalError as error:
            log.warning("leave_failed", extra={"error": str(error).strip()})

    async def _register(self, connection: psycopg.AsyncConnection[Any]) -> None:
        row = {"id": self.id, "host": self.host, "pid": self.pid}
        statement = SQL["relock" if self._registered else "register"]
        async with asyncio.timeout(ANSWER_S), connection.transaction():
            # One transaction: row and lock show at the same moment.
            cursor = await connection.execute(statement, row)
            if await cursor.fetchone() is None:
                raise EvictedError("this worker was silent for too long: others have its work now")
        self._registered = True

    async def _beat(self, connection: psycopg.AsyncConnection[Any]) -> None:
        asked_at = lease.now()
        async with asyncio.timeout(ANSWER_S):
            cursor = await connection.execute(SQL["beat"], self._row())
        if cursor.rowcount == 0:
            raise EvictedError("this worker was taken for dead: others have its work now")
        self._lease.renew(asked_at)

    def _row(self) -> dict[str, Any]:
        return self._figures() | {"id": self.id}


def rss_bytes() -> int:
    """The memory that this process holds now."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 (read each second)
        return int(file.read().split()[1]) * resource.getpagesize()
