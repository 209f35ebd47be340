"""What it means that PostgreSQL is away, and how a worker gets over it.

The server restarts, the network is cut, no connection is free: psycopg raises one of `AWAY` (its
pool's `PoolTimeout` is one of them), SQLAlchemy one of `AWAY_FROM_SESSIONS`. Everything else is a
fault of a statement, which no repetition mends.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

import psycopg
import sqlalchemy.exc
from psycopg.errors import LockNotAvailable, QueryCanceled

T = TypeVar("T")
Limit = Literal["statement_timeout", "lock_timeout"]
AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError)
AWAY_FROM_SESSIONS: Final = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)


def words(error: BaseException) -> str:
    """Return what the error says, in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def limit_of(error: BaseException) -> Limit | None:
    """Return the limit at which PostgreSQL ended a statement; None where it was none.

    The database is there then. The worker sets no limits.
    """
    if isinstance(error, QueryCanceled):
        return "statement_timeout"
    return "lock_timeout" if isinstance(error, LockNotAvailable) else None


async def outlast(
    call: Callable[[], Awaitable[T]], log: logging.Logger, event: str, pause_s: float
) -> T:
    """Repeat a call until PostgreSQL is there, and return what it returns.

    `event` goes into `log` with each attempt that fails.
    """
    while True:
        try:
            return await call()
        except AWAY as error:
            log.warning(event, extra={"error": words(error)})
            await asyncio.sleep(pause_s)
