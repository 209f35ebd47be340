"""Small things that keep a session's promises while it is cancelled or PostgreSQL is away."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

import psycopg
from psycopg_pool import PoolTimeout

LINGER_S: Final = 0.7
"""How long a session that ends goes on with what it has in hand."""

OUTAGE: Final = (psycopg.OperationalError, PoolTimeout)
"""What psycopg raises while PostgreSQL cannot be used; anything else is a refusal."""

log = logging.getLogger(__name__)


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Await what must not be cut off halfway: a cancel waits for it, a moment long."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=LINGER_S)
        if not task.done():
            task.cancel()
        elif not task.cancelled() and (error := task.exception()) is not None:
            log.info("unfinished", extra={"error": str(error)})
        raise
