"""Ends that the engine itself brings about: refused content, climbing errors, a lost token.

Each is one transaction (to fail takes two: `hold` and `fail`, and who dies between them leaves a
paused broadcast with its reason); the broadcast's row lock orders them with people's own steps.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from crier.broadcast.delivery import Delivery
from crier.storage import queries, queue

SQL = queries.load("broadcast")
CONTROL = queries.load("control")
Connection = psycopg.AsyncConnection[Any]
LET_GO_S = 2.0
Step = Callable[[Connection, int, str], Awaitable[bool]]


async def pause(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """Pause a broadcast that should not go on without somebody looking; whether it is stopped."""
    async with connection.transaction():
        if await _lock(connection, broadcast_id):
            await _set_status(connection, broadcast_id, "paused", reason, final=False)
            await _nudge(connection, broadcast_id)
    return True


async def hold(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """Pause a broadcast that is to fail; whether it is stopped. Where anybody has got it, through
    whatever bot and worker, it goes on."""
    cursor = await connection.execute(SQL["anybody_got_it"], {"broadcast_id": broadcast_id})
    if (await cursor.fetchall())[0][0]:
        return False
    return await pause(connection, broadcast_id, reason)


async def fail(connection: Connection, broadcast_id: int, reason: str) -> bool:
    """End a broadcast that `hold` has stopped: whoever is left is `skipped`. Its runners first get
    a moment to let go, since whom they have claimed and not sent to would be `unknown`."""
    until = time.monotonic() + LET_GO_S
    while time.monotonic() < until:
        if not (await _all(connection, "in_flight", broadcast_id=broadcast_id))[0][0]:
            break
        await asyncio.sleep(0.05)
    asked = {"broadcast_id": broadcast_id, "reason": reason}
    async with connection.transaction():
        await _lock(connection, broadcast_id)
        cursor = await connection.execute(SQL["held_broadcast"], asked)
        if await cursor.fetchone() is None:
            return True  # somebody has resumed or cancelled it meanwhile
        await _nudge(connection, broadcast_id)
        rows = await _all(connection, "lock_open", broadcast_id=broadcast_id, bot_id=None)
        await _skip(connection, [row[0] for row in rows], reason)
        await _set_status(connection, broadcast_id, "failed", reason, final=True)
    return True


async def skip_bot(connection: Connection, bot_id: int, reason: str) -> None:
    """Close a bot's deliveries: its pending recipients are `skipped`."""
    async with connection.transaction():
        touched = await _all(connection, "broadcasts_of_bot", bot_id=bot_id)
        await _all(connection, "lock_broadcasts", ids=[row[0] for row in touched])
        rows = await _all(connection, "lock_open", broadcast_id=None, bot_id=bot_id)
        await _skip(connection, [row[0] for row in rows], reason)
        await complete(connection, [row[1] for row in rows])


async def finish(connection: Connection, delivery: Delivery) -> None:
    """Close a delivery whose recipients are all settled."""
    async with connection.transaction():
        await connection.execute(SQL["close"], {"id": delivery.id, "runner": delivery.runner})
    async with connection.transaction():  # of its own: broadcasts are locked before deliveries
        await complete(connection, [delivery.broadcast_id])


async def complete(connection: Connection, broadcast_ids: list[int]) -> None:
    """Complete those of the broadcasts that have no open delivery left."""
    ids = sorted(set(broadcast_ids))
    await connection.execute(CONTROL["lock_broadcasts"], {"ids": ids})
    await connection.execute(CONTROL["complete"], {"ids": ids})


async def _lock(connection: Connection, broadcast_id: int) -> bool:
    return bool(await _all(connection, "lock_broadcasts", ids=[broadcast_id]))


async def _skip(connection: Connection, ids: list[int], reason: str) -> None:
    doubt = f"no answer from Telegram before the end: {reason}"
    await connection.execute(CONTROL["doubt"], {"ids": ids, "reason": doubt})
    await connection.execute(CONTROL["skip_rest"], {"ids": ids})


async def _set_status(
    connection: Connection, broadcast_id: int, status: str, reason: str, *, final: bool
) -> None:
    row = {"broadcast_id": broadcast_id, "status": status, "reason": reason, "final": final}
    await connection.execute(CONTROL["set_status"], row)


async def _nudge(connection: Connection, broadcast_id: int) -> None:
    rows = await _all(connection, "open_bots", broadcast_id=broadcast_id)
    await queue.run(connection, queue.notify(*(f"deliver:{row[0]}" for row in rows)))


async def _all(connection: Connection, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return await (await connection.execute(CONTROL[name], parameters)).fetchall()
