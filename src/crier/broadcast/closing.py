"""Ends that the engine itself brings about: refused content, climbing errors, a lost token.

What each does to the rows is in `storage/lifecycle.py`; it is one transaction. To fail takes two,
`hold` and `fail`: a worker that dies between them leaves a paused broadcast with its reason.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from crier.broadcast.delivery import Delivery
from crier.storage import aio, lifecycle
from crier.storage.aio import Connection

LET_GO_S = 2.0
Step = Callable[[Connection, int, str], Awaitable[bool]]


async def pause(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """Pause a broadcast that should not go on without somebody looking; return whether it is
    stopped."""
    await aio.follow(connection, lifecycle.pause(broadcast_id, reason))
    return True


async def hold(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """Pause a broadcast that is to fail; return whether it is stopped. Where anybody has got it,
    through whatever bot and worker, it goes on."""
    if await aio.first(connection, lifecycle.ANYBODY_GOT_IT(broadcast_id=broadcast_id)):
        return False
    return await pause(connection, broadcast_id, reason)


async def fail(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """End a broadcast that `hold` has stopped: recipients that are left are `skipped`. Its runners
    first get a moment to let go, since recipients that are claimed and not sent to would be
    `unknown`. Returns True."""
    until = time.monotonic() + LET_GO_S
    while time.monotonic() < until:
        if not await aio.first(connection, lifecycle.IN_FLIGHT(broadcast_id=broadcast_id)):
            break
        await asyncio.sleep(0.05)
    await aio.follow(connection, lifecycle.fail(broadcast_id, reason))
    return True


async def skip_bot(connection: Connection, bot_id: int, reason: str) -> None:
    """Close a bot's deliveries: its pending recipients are `skipped`."""
    await aio.follow(connection, lifecycle.skip_bot(bot_id, reason, also_in_flight=True))


async def finish(connection: Connection, delivery: Delivery) -> None:
    """Close a delivery whose recipients are all settled."""
    async with connection.transaction():
        await aio.run(connection, lifecycle.close_delivery(delivery.id, delivery.runner))
    # In a transaction of its own: broadcasts are locked before deliveries.
    await aio.follow(connection, lifecycle.complete([delivery.broadcast_id]))
