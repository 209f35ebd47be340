"""How a session run keeps its promises while it is ended."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

GRACE_S: Final = 0.7
"""How long a session run that ends goes on with the updates that it has taken in."""

log = logging.getLogger(__name__)


async def finish_before_cancel(work: Coroutine[Any, Any, None]) -> None:
    """Await work that must not be cut off halfway: a cancel waits for it, at most `GRACE_S`."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=GRACE_S)
        if not task.done():
            task.cancel()
        elif not task.cancelled() and (error := task.exception()) is not None:
            log.info("work_failed_at_shutdown", extra={"error": str(error)})
        raise
