"""Procrastinate's connector, which waits while PostgreSQL is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException

from crier.storage import outage

T = TypeVar("T")
RETRY_S = 0.5
log = logging.getLogger(__name__)


class SteadyConnector(PsycopgConnector):
    """Repeats what a lost connection broke off.

    Where the answer to a fetch is lost, the job that it fetched is orphaned: `crier.jobs.reclaim`
    finds it and puts it back into the queue.
    """

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """As the base class, but wait for PostgreSQL, and log what its functions refuse."""
        base = super().execute_query_async
        try:
            await _steadily(lambda: base(query, **arguments))
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                raise
            # This worker ended a job that was reclaimed while it stood still.
            log.warning("job_not_ours", extra={"error": str(error.__cause__).split("\n")[0]})

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> Any:
        """As the base class, but wait for PostgreSQL."""
        base = super().execute_query_one_async
        return await _steadily(lambda: base(query, **arguments))

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> Any:
        """As the base class, but wait for PostgreSQL."""
        base = super().execute_query_all_async
        return await _steadily(lambda: base(query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Listen until cancelled, through every loss of the connection."""
        base, names = super().listen_notify, list(channels)
        while True:
            try:
                await base(on_notification, names)
            except (ConnectorException, *outage.AWAY) as error:
                log.warning("job_listener_lost", extra={"error": str(error.__cause__ or error)})
            await asyncio.sleep(RETRY_S)


async def _steadily(call: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await call()
        except ConnectorException as error:
            cause = error.__cause__
            if not isinstance(cause, outage.AWAY):
                raise
            log.warning("jobs_wait_for_database", extra={"error": str(cause).strip()})
            await asyncio.sleep(RETRY_S)
