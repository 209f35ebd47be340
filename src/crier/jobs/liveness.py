"""The sign of life of a worker: a lock that is held, and a row that is written each second.

The worker holds an advisory lock on a connection of its own. When the process dies, PostgreSQL
drops the connection and with it the lock, at once and however the process died. On the same
connection it writes `workers.last_seen` each second, which shows that it does not only exist.
`crier.jobs.reclaim` takes over the jobs of a worker that gives neither sign.

Each written sign renews the worker's `Lease`. A worker that is cut off or stands still sends
nothing after `LEASE_S`, and others take over later than that, so two workers never send for one
bot. A worker that finds its row gone ends: by then the fences are in other hands, and let it record
nothing.
"""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable
from typing import Any, Final

import psycopg

from crier import link
from crier.broadcast import lease
from crier.errors import CrierError
from crier.storage import aio, outage, queries

SQL: Final = queries.load("jobs")


def _lock_key(key: int, _locked: object) -> int:
    return key


_REGISTER: Final = SQL.query("register", _lock_key)
_RELOCK: Final = SQL.query("relock", _lock_key)
_BEAT: Final = SQL.query("beat")
_UNREGISTER: Final = SQL.query("unregister")
BEAT_S = 1.0
ANSWER_S = 15.0
"""A connection without an answer for this long is given up, even where it looks open."""
RETRY_S = 0.5
log = logging.getLogger(__name__)


class EvictedError(CrierError):
    """Other workers have evicted this one and taken its jobs over."""


class Liveness:
    """The signs of life of this worker; `run` gives them."""

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
        """Return the name of this worker on the status pages."""
        return f"{self.host}:{self.pid}"

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """Open a connection outside the pool, on which each statement is a transaction."""
        return await psycopg.AsyncConnection.connect(
            self._database_url,
            autocommit=True,
            **link.options(self._database_url, self.connections),
        )

    async def announce(self) -> None:
        """Record which jobs are this worker's; return once that is committed."""

        async def write() -> None:
            async with await self.connect() as connection:
                await aio.run(connection, _BEAT(**self._row()))

        await outage.outlast(write, log, "announce_postponed", RETRY_S)

    async def run(self, ready: asyncio.Event) -> None:
        """Give the signs of life until cancelled, through every loss of the connection.

        Raises:
            EvictedError: other workers have evicted this one.
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
            except (TimeoutError, *outage.AWAY) as error:
                words = str(error).strip() or "no answer in time"
                log.warning("liveness_lost", extra={"error": words})
            await asyncio.sleep(RETRY_S)

    async def leave(self) -> None:
        """Remove this worker from the list."""
        try:
            async with await self.connect() as connection:
                await aio.run(connection, _UNREGISTER(id=self.id))
        except outage.AWAY as error:
            log.warning("leave_failed", extra={"error": outage.words(error)})

    async def _register(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if self._registered:
            statement = _RELOCK(id=self.id)
        else:
            statement = _REGISTER(id=self.id, host=self.host, pid=self.pid)
        async with asyncio.timeout(ANSWER_S), connection.transaction():
            # One transaction: row and lock show at the same moment.
            if await aio.first(connection, statement) is None:
                raise EvictedError(
                    "other workers have evicted this one: it was silent for too long"
                )
        self._registered = True

    async def _beat(self, connection: psycopg.AsyncConnection[Any]) -> None:
        asked_at = lease.now()
        async with asyncio.timeout(ANSWER_S):
            written = await aio.run(connection, _BEAT(**self._row()))
        if written == 0:
            raise EvictedError("other workers have evicted this one: they saw no sign of life")
        self._lease.renew(asked_at)

    def _row(self) -> dict[str, Any]:
        return self._figures() | {"id": self.id}
