"""Drops months of rows that are older than they are to be kept, and forgets texts before that.

Texts, first clicks, changes of status, audiences and kinds of errors lie in rows, or in tables,
that stay: they go in pieces of `BATCH` rows, each a transaction of its own. To be killed, or to do
a piece twice, changes nothing: what is remembered (`retention_state`) is only how far the texts
are, and that once all until there are gone.

A month is dropped as a whole, by `drop_partitions` (migration 0009), once its last moment is older.
That takes the table for itself: it is given half a second, for everybody waits meanwhile, and then
another try. What is not dropped tonight is dropped in another night.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from psycopg.errors import LockNotAvailable

from crier.storage import aio, queries
from crier.storage.pool import Pool
from crier.storage.queries import Statement, StatementTemplate, value

log = logging.getLogger(__name__)
R = TypeVar("R")
TRIES: Final = 20
BATCH: Final = 5_000
_LATE: Final = timedelta(days=3)
"""By how much a message may be recorded after it was sent, and a margin (`fleet/plan.py`)."""
SQL: Final = queries.load("retention")
_WALKED: Final[StatementTemplate[datetime]] = SQL.query("walked", value)
_PAGE: Final[StatementTemplate[int | None]] = SQL.query("page", value)
_TEXTS: Final = SQL.query("texts")
_REMEMBER: Final = SQL.query("remember")
_UPDATES: Final = SQL.query("updates")
_FIRST_CLICKS: Final = SQL.query("first_clicks")
_STATUS_CHANGES: Final = SQL.query("status_changes")
_AUDIENCES: Final = SQL.query("audiences")
_ERROR_GROUPS: Final = SQL.query("error_groups")
_DROP: Final = "SELECT drop_partitions(%(table)s, %(before)s)"


async def drop_old(pool: Pool, keep_days: Mapping[str, int | None], pause_s: float = 3.0) -> None:
    """Drop what is older than the days of its table; None is kept for ever."""
    for table, days in keep_days.items():
        if days is not None and table != "texts":
            await _drop(pool, table, _before(days), pause_s)


async def forget_old(pool: Pool, keep_days: Mapping[str, int | None]) -> None:
    """Forget texts, first clicks, changes of status, audiences and kinds of errors that are older
    than their days.

    First clicks and changes of status are kept as long as clicks, audiences as long as messages,
    kinds of errors as long as logs, and a month more, since those are dropped by the month.
    """
    if (days := keep_days["texts"]) is not None:
        await _forget_texts(pool, _before(days))
        await _run(pool, _UPDATES(before=_before(days)))
    kinds = (
        ("clicks", _FIRST_CLICKS),
        ("clicks", _STATUS_CHANGES),
        ("messages", _AUDIENCES),
        ("logs", _ERROR_GROUPS),
    )
    for kind, statement in kinds:
        if (days := keep_days[kind]) is not None:
            await _forget_rows(pool, statement, _before(days + 31))


async def _forget_texts(pool: Pool, before: datetime) -> None:
    since = await _first(pool, _WALKED())
    span = {"since": since - _LATE if since else datetime.min.replace(tzinfo=UTC), "before": before}
    after, forgotten = 0, 0
    while (last := await _first(pool, _PAGE(after=after, limit=BATCH, **span))) is not None:
        forgotten += await _run(pool, _TEXTS(after=after, last=last, **span))
        after = last
    await _run(pool, _REMEMBER(until=before))
    if forgotten:
        log.info("texts_forgotten", extra={"count": forgotten})


async def _forget_rows(pool: Pool, statement: StatementTemplate[Any], before: datetime) -> None:
    while await _run(pool, statement(before=before, limit=BATCH)):
        pass


async def _run(pool: Pool, statement: Statement[Any]) -> int:
    async with pool.connection() as connection:
        return await aio.run(connection, statement)


async def _first(pool: Pool, statement: Statement[R]) -> R | None:
    async with pool.connection() as connection:
        return await aio.first(connection, statement)


def _before(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def _drop(pool: Pool, table: str, before: datetime, pause_s: float) -> None:
    for _ in range(TRIES):
        try:
            async with pool.connection() as connection:
                cursor = await connection.execute(_DROP, {"table": table, "before": before})
                row = await cursor.fetchone()
        except LockNotAvailable:
            await asyncio.sleep(pause_s)
        else:
            if row and row[0]:
                log.info("months_dropped", extra={"table": table, "months": row[0]})
            return
    log.warning("months_not_dropped", extra={"table": table, "reason": "it is in use"})
