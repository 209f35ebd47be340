"""What a session reads of its bot's row, and the steps of a bot's life that it takes.

Each step is one transaction: the row is locked, checked for the session's fence, taken through
`domain/bot_state.py`, written back, and logged where the status changes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, BotStep, Desired
from crier.fleet.errors import FenceLost
from crier.storage.pool import Pool
from crier.storage.queries import load

_SQL = load("fleet")
_LEVELS = {BotStatus.ERROR: "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRow:
    """A bot as its session sees it. `bot_token` and `webhook_secret` are sealed."""

    id: int
    bot_token: str
    username: str | None
    public_key: str
    webhook_secret: str | None
    receive_mode: str
    status: str
    desired_status: str
    generation: int
    instance_id: UUID | None
    update_offset: int
    pending_updates: int
    welcome: Any
    commands: list[Any]
    settings: dict[str, Any]
    menu: str | None
    last_error: str | None
    flood_until: datetime | None
    last_active: datetime | None
    had_webhook: bool
    """Whether webhook updates of the last days are kept, which a poll may bring again."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The session that takes a step, and the process that it runs in."""

    bot_id: int
    instance_id: UUID
    worker: str


async def read(pool: Pool, bot_id: int) -> BotRow | None:
    """The bot's row now; None for one that is deleted."""
    async with pool.connection() as connection:
        return await _row(connection, bot_id)


async def take(pool: Pool, owner: Owner, reason: str | None = None) -> BotRow | None:
    """Take the fence and return the row, if the bot is to run; else leave it as it should be.

    Whoever has the fence loses it: Procrastinate's lock `bot:{id}` says that no other session of
    this bot is running, so a fence that is set belongs to one that died.
    """
    async with pool.connection() as connection:
        state = await _change(connection, owner, bot_state.taken, reason, taking=True)
        return await _row(connection, owner.bot_id) if state and state.has_session else None


async def step(
    pool: Pool,
    owner: Owner,
    event: Callable[[BotState], BotStep],
    reason: str,
    *,
    error: str | None = None,
) -> BotState:
    """Take a step as the session that has the bot, and return the state it led to.

    `reason` goes to the bot's log where the status changes; `error` to `last_error`.

    Raises:
        FenceLost: another session has the bot, or it is deleted.
    """
    async with pool.connection() as connection:
        state = await _change(connection, owner, event, reason, error=error)
    if state is None:
        raise FenceLost(f"bot {owner.bot_id} has another session")
    return state


async def _row(connection: AsyncConnection[Any], bot_id: int) -> BotRow | None:
    async with connection.cursor(row_factory=class_row(BotRow)) as cursor:
        await cursor.execute(_SQL["bot"], {"bot_id": bot_id})
        return await cursor.fetchone()


async def _change(
    connection: AsyncConnection[Any],
    owner: Owner,
    event: Callable[[BotState], BotStep],
    reason: str | None,
    *,
    error: str | None = None,
    taking: bool = False,
) -> BotState | None:
    cursor = await connection.execute(_SQL["lock"], {"bot_id": owner.bot_id})
    row = await cursor.fetchone()
    if row is None or not (taking or row[2] == owner.instance_id):
        return None
    before = BotState(BotStatus(row[0]), Desired(row[1]), row[2] is not None, row[3])
    after = event(before).state
    restarts = int(taking and before.has_session and after.has_session)
    if reason is None:
        reason = _taking(before, owner)
    await connection.execute(
        _SQL["change"],
        {
            "bot_id": owner.bot_id,
            "status": after.status,
            "instance_id": owner.instance_id if after.has_session else None,
            "worker": owner.worker,
            "restarts": restarts,
            "error": error,
            "level": _LEVELS.get(after.status, "info"),
            "message": reason if after.status is not before.status or restarts else None,
            "context": json.dumps({"from": before.status, "to": after.status}),
        },
    )
    return after


def _taking(before: BotState, owner: Owner) -> str:
    if before.desired is Desired.STOPPED or before.status in {BotStatus.STOPPED, BotStatus.ERROR}:
        return "nobody wants the bot to run: nothing to do"
    if before.has_session:
        return f"the session before was lost: worker {owner.worker} goes on"
    return f"worker {owner.worker} starts the bot"
