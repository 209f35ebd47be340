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
from typing import Any, Final, NamedTuple

import psycopg

from crier.broadcast import closing
from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.delivery import Delivery
from crier.broadcast.window import Window
from crier.domain import message as messages
from crier.storage import aio, lifecycle, outage, queries
from crier.storage.pool import Pool

SQL: Final = queries.load("broadcast")
DIED = "the worker ended before Telegram's answer was recorded"


class OpenRow(NamedTuple):
    """A delivery that is not closed, and what its broadcast says."""

    id: int
    broadcast_id: int
    runner: uuid.UUID | None
    status: str
    policy: str
    message: dict[str, Any]
    priority: int
    guarded: bool


class _Doubt(NamedTuple):
    policy: str
    in_doubt: int


class _Taken(NamedTuple):
    length: int
    claimed: int
    settled: int
    paid: int
    paid_budget: int
    sent: int
    retried: bool


_POLICY: Final = SQL.query("policy", _Doubt)
_AGAIN: Final = SQL.query("again")
_TAKE: Final = SQL.query("take", _Taken)
_RELEASE: Final = SQL.query("release")


async def take(
    connection: psycopg.AsyncConnection[Any],
    bot_id: int,
    row: OpenRow,
    changed: asyncio.Event,
    breaker: CircuitBreaker,
) -> Delivery | None:
    """Return the delivery of an `open` row, ready to run; None where nothing is left to do."""
    runner = uuid.uuid4()
    async with connection.transaction():
        found = await aio.first(connection, _POLICY(id=row.id))
        if found is None:
            return None
        if found.in_doubt and found.policy == "at_least_once":
            await aio.run(connection, _AGAIN(id=row.id))
        elif found.in_doubt:
            await aio.run(connection, lifecycle.doubt([row.id], DIED))
        fence = _TAKE(id=row.id, runner=runner, doubt=found.in_doubt)
        taken = await aio.first(connection, fence)
    if taken is None:
        return None
    breaker.learn(guarded=row.guarded, reached=taken.sent > 0)
    delivery = Delivery(
        id=row.id,
        bot_id=bot_id,
        broadcast_id=row.broadcast_id,
        runner=runner,
        policy=row.policy,
        priority=row.priority,
        message=messages.parse(row.message),
        window=Window(taken.length, taken.claimed, time.monotonic()),
        paid=taken.paid,
        paid_budget=taken.paid_budget,
        retried=taken.retried,
        breaker=breaker,
        changed=changed,
    )
    if taken.settled == taken.length:  # everything was settled, only the last word was missing
        await closing.finish(connection, delivery)
        return None
    breaker.watch(delivery)
    return delivery


async def give_back(pool: Pool, delivery: Delivery) -> None:
    """Give back a delivery of which nothing is in flight; what is still queued goes to its end."""
    release = _RELEASE(
        id=delivery.id,
        runner=delivery.runner,
        paid=delivery.paid,
        chat_ids=delivery.window.unsent(),
    )
    with contextlib.suppress(*outage.AWAY):
        # Without the database the fence stays, and what is in doubt is settled by the next.
        async with pool.connection() as connection:
            await aio.run(connection, release)
