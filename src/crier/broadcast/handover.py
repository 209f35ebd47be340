"""Take a delivery over (settle what its last runner left in doubt, then put up the fence), and
give it back.

Taking is one transaction behind the lock of the delivery's row. So the last runner has either
committed its batch before (and it counts), or finds another fence (and the batch is dropped).
Giving back is one statement behind the fence, which it clears: to repeat it changes nothing.
"""

import asyncio
import contextlib
import time
import uuid
from typing import Any

import psycopg

from crier.broadcast import closing
from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.delivery import Delivery
from crier.broadcast.window import Window
from crier.domain import message as messages
from crier.storage import aio, lifecycle, outage, queries
from crier.storage.pool import Pool

SQL = queries.load("broadcast")
DIED = "the worker ended before Telegram's answer was recorded"


async def take(
    connection: psycopg.AsyncConnection[Any],
    bot_id: int,
    row: dict[str, Any],
    changed: asyncio.Event,
    breaker: CircuitBreaker,
) -> Delivery | None:
    """Return the delivery of an `open` row, ready to run; None where nothing is left to do."""
    key = {"id": row["id"]}
    runner = uuid.uuid4()
    async with connection.transaction():
        found = await (await connection.execute(SQL["policy"], key)).fetchone()
        if found is None:
            return None
        policy, in_doubt = found
        if in_doubt and policy == "at_least_once":
            await connection.execute(SQL["again"], key)
        elif in_doubt:
            await aio.run(connection, lifecycle.doubt([row["id"]], DIED))
        cursor = await connection.execute(SQL["take"], key | {"runner": runner, "doubt": in_doubt})
        position = await cursor.fetchone()
    if position is None:
        return None
    length, claimed, settled, paid, paid_budget, sent, retried = position
    breaker.learn(guarded=row["guarded"], reached=sent > 0)
    delivery = Delivery(
        id=row["id"],
        bot_id=bot_id,
        broadcast_id=row["broadcast_id"],
        runner=runner,
        policy=row["policy"],
        priority=row["priority"],
        message=messages.parse(row["message"]),
        window=Window(length, claimed, time.monotonic()),
        paid=paid,
        paid_budget=paid_budget,
        retried=retried,
        breaker=breaker,
        changed=changed,
    )
    if settled == length:  # everything was settled, only the last word was missing
        await closing.finish(connection, delivery)
        return None
    breaker.watch(delivery)
    return delivery


async def give_back(pool: Pool, delivery: Delivery) -> None:
    """Give back a delivery of which nothing is in flight; what is still queued goes to its end."""
    row = {"id": delivery.id, "runner": delivery.runner, "paid": delivery.paid}
    row["chat_ids"] = delivery.window.unsent()
    with contextlib.suppress(*outage.AWAY):
        # Without the database the fence stays, and what is in doubt is settled by the next.
        async with pool.connection() as connection:
            await connection.execute(SQL["release"], row)
