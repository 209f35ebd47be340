"""Drops months of rows that are older than they are to be kept.

A month is dropped as a whole, by `drop_partitions` (migration 0009), once its last moment is older.
That takes the table for itself: it is given half a second, for everybody waits meanwhile, and then
another try. What is not dropped tonight is dropped in another night.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from psycopg.errors import LockNotAvailable

from crier.storage.pool import Pool

log = logging.getLogger(__name__)
TRIES: Final = 20
_DROP: Final = "SELECT drop_partitions(%(table)s, %(before)s)"


async def drop_old(pool: Pool, keep_days: Mapping[str, int | None], pause_s: float = 3.0) -> None:
    """Drop what is older than the days of its table; None is kept for ever."""
    for table, days in keep_days.items():
        if days is not None:
            await _drop(pool, table, datetime.now(UTC) - timedelta(days=days), pause_s)


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
