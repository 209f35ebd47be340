"""`webhook_updates` as a session sees it: what the webhook brought, and what sessions leave to each
other. Everything raises as psycopg does while PostgreSQL is away."""

import asyncio
import logging
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from crier.fleet.safety import LINGER_S, finish
from crier.storage.queries import load

if TYPE_CHECKING:
    from crier.fleet.forward import ForwardedUpdate
    from crier.fleet.plan import Work
    from crier.fleet.session_run import SessionRun

_SQL = load("fleet")
log = logging.getLogger(__name__)


async def drain(life: "SessionRun") -> None:
    """Take in what the webhook has brought. Raises `FenceLost`.

    One at a time: what is being recorded is still there to be read.
    """
    async with life.draining:
        while True:
            limit = await life.queues.room()
            async with life.fleet.pool.connection() as connection:
                cursor = await connection.execute(
                    _SQL["waiting"], {"bot_id": life.row.id, "limit": limit}
                )
                found = await cursor.fetchall()
            if not found:
                return
            await finish(life.intake.stored(found))


async def take_over(life: "SessionRun") -> None:
    """Take over what the session before has recorded and did not get to; what is stale is let go.

    It is claimed first: should this session crash, a reply is lost rather than sent twice.
    """
    while True:
        limit = await life.queues.room()
        async with life.fleet.pool.connection() as connection:
            cursor = await connection.execute(_SQL["claim"], {**_ids(life), "limit": limit})
            found = await cursor.fetchall()
        for update_id, body, owes, stale in found:
            if not stale:
                life.intake.owed(update_id, body, owes)
        if len(found) < limit:
            return


async def owe(
    life: "SessionRun", works: "list[Work]", unforwarded: "list[ForwardedUpdate]"
) -> None:
    """Leave what did not get its turn to the next session. Never raises: it is logged."""
    owed = {work.update_id: (work.raw, "reply") for work in works if not work.begun}
    for forwarded in unforwarded:
        both = forwarded.update_id in owed
        owed[forwarded.update_id] = (forwarded.raw, "both" if both else "forward")
    if not owed:
        return
    rows = {
        "ids": list(owed),
        "bodies": [raw for raw, _ in owed.values()],
        "owes": [owes for _, owes in owed.values()],
    }
    try:
        async with asyncio.timeout(LINGER_S), life.fleet.pool.connection() as connection:
            await connection.execute(_SQL["owe"], {**_ids(life), **rows})
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        log.error(
            "replies_lost",
            extra={"bot_id": life.row.id, "count": len(owed), "error": str(error).strip()},
        )


async def rename(life: "SessionRun", username: str | None) -> None:
    """The bot has got another username."""
    async with life.fleet.pool.connection() as connection:
        await connection.execute(_SQL["identity"], {**_ids(life), "username": username})


async def pending(life: "SessionRun", count: int) -> None:
    """Show how many updates wait for the bot."""
    async with life.fleet.pool.connection() as connection:
        await connection.execute(_SQL["pending"], {**_ids(life), "pending": min(count, 2**31 - 1)})


def _ids(life: "SessionRun") -> dict[str, object]:
    return {"bot_id": life.row.id, "instance_id": life.owner.instance_id}
