"""What one session run reads of its bot's row and writes to it, always behind its fence.

What holds one session a bot: every write names the fence (`id` and `instance_id`), so nothing is
written once another session run has the bot. Only `save_flood_wait` names none: what Telegram says
about a token is true for every process. A step of the state machine is one transaction: the row is
locked, checked for the fence, taken through `domain/bot_state.py`, written back, and logged where
the status changes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, BotStep, Desired
from crier.fleet.errors import FenceLost
from crier.storage import aio
from crier.storage.pool import Pool
from crier.storage.queries import load

_SQL: Final = load("fleet")
_LEVELS = {BotStatus.ERROR: "error"}


class BotRow(NamedTuple):
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


class _Locked(NamedTuple):
    status: str
    desired_status: str
    instance_id: UUID | None
    generation: int


_BOT: Final = _SQL.query("bot", BotRow)
_LOCK: Final = _SQL.query("lock", _Locked)
_CHANGE_STATE: Final = _SQL.query("change_state")
_USERNAME: Final = _SQL.query("username")
_PENDING_UPDATES: Final = _SQL.query("pending_updates")
_MENU: Final = _SQL.query("menu")
_LOG: Final = _SQL.query("log")
_TROUBLE: Final = _SQL.query("trouble")
_FLOOD_WAIT: Final = _SQL.query("flood_wait")


@dataclass(frozen=True, slots=True)
class Fence:
    """`bots.instance_id` as one session run has set it, and the worker that it runs in."""

    bot_id: int
    instance_id: UUID
    worker: str

    @property
    def ids(self) -> dict[str, Any]:
        """The parameters that name the fence in a statement."""
        return {"bot_id": self.bot_id, "instance_id": self.instance_id}

    def lost(self) -> FenceLost:
        """Return the error to raise where another fence stands in the row."""
        return FenceLost(f"bot {self.bot_id} has another session")


class SessionStore:
    """The bot's row for one session run. Every method raises as psycopg does while PostgreSQL is
    away."""

    def __init__(self, pool: Pool, fence: Fence) -> None:
        self._pool, self.fence = pool, fence

    async def take(self, reason: str | None = None) -> BotRow | None:
        """Put up the fence and return the row, if the bot is to run; else end what is left of an
        earlier session and return None.

        A fence that stands already is replaced: Procrastinate's lock `bot:{id}` says that no other
        session of this bot is running, so it belongs to one that died.
        """
        async with self._pool.connection() as connection:
            state = await self._change(connection, bot_state.taken, reason, taking=True)
            return await self._row(connection) if state and state.has_session else None

    async def read(self) -> BotRow:
        """Return the row as it is now.

        Raises:
            FenceLost: another session has the bot, or it is deleted.
        """
        async with self._pool.connection() as connection:
            row = await self._row(connection)
        if row is None or row.instance_id != self.fence.instance_id:
            raise self.fence.lost()
        return row

    async def step(
        self, event: Callable[[BotState], BotStep], reason: str, *, error: str | None = None
    ) -> BotState:
        """Take a step of the state machine and return the state that it led to.

        `reason` goes to the bot's log where the status changes; `error` to `last_error`.

        Raises:
            FenceLost: another session has the bot, or it is deleted.
        """
        async with self._pool.connection() as connection:
            state = await self._change(connection, event, reason, error=error)
        if state is None:
            raise self.fence.lost()
        return state

    async def save_username(self, username: str | None) -> None:
        """Store the username as getMe told it."""
        async with self._pool.connection() as connection:
            await aio.run(connection, _USERNAME(**self.fence.ids, username=username))

    async def save_pending_updates(self, count: int) -> None:
        """Store how many updates wait at Telegram."""
        statement = _PENDING_UPDATES(**self.fence.ids, pending=min(count, 2**31 - 1))
        async with self._pool.connection() as connection:
            await aio.run(connection, statement)

    async def save_menu(self, menu: str, warning: str | None) -> None:
        """Store the command menu that Telegram was told, and a warning in the bot's log."""
        async with self._pool.connection() as connection:
            await aio.run(connection, _MENU(**self.fence.ids, menu=menu))
            if warning is not None:
                bots = [self.fence.bot_id]
                await aio.run(connection, _LOG(bots=bots, levels=["warning"], messages=[warning]))

    async def save_trouble(self, error: str | None, level: str, message: str) -> None:
        """Store what goes wrong with the bot (None when all is well), and a row of its log."""
        statement = _TROUBLE(**self.fence.ids, error=error, level=level, message=message)
        async with self._pool.connection() as connection:
            await aio.run(connection, statement)

    async def save_flood_wait(self, seconds: float) -> None:
        """Store Telegram's retry_after for every process that sends with this token."""
        statement = _FLOOD_WAIT(bot_id=self.fence.bot_id, seconds=seconds)
        async with self._pool.connection() as connection:
            await aio.run(connection, statement)

    async def _row(self, connection: AsyncConnection[Any]) -> BotRow | None:
        return await aio.first(connection, _BOT(bot_id=self.fence.bot_id))

    async def _change(
        self,
        connection: AsyncConnection[Any],
        event: Callable[[BotState], BotStep],
        reason: str | None,
        *,
        error: str | None = None,
        taking: bool = False,
    ) -> BotState | None:
        fence = self.fence
        row = await aio.first(connection, _LOCK(bot_id=fence.bot_id))
        if row is None or not (taking or row.instance_id == fence.instance_id):
            return None
        before = BotState(
            BotStatus(row.status),
            Desired(row.desired_status),
            row.instance_id is not None,
            row.generation,
        )
        after = event(before).state
        restarts = int(taking and before.has_session and after.has_session)
        if reason is None:
            reason = _reason_of_taking(before, fence.worker)
        changed = _CHANGE_STATE(
            bot_id=fence.bot_id,
            status=after.status,
            instance_id=fence.instance_id if after.has_session else None,
            worker=fence.worker,
            restarts=restarts,
            error=error,
            level=_LEVELS.get(after.status, "info"),
            message=reason if after.status is not before.status or restarts else None,
            context=json.dumps({"from": before.status, "to": after.status}),
        )
        await aio.run(connection, changed)
        return after


def _reason_of_taking(before: BotState, worker: str) -> str:
    if before.desired is Desired.STOPPED or before.status in {BotStatus.STOPPED, BotStatus.ERROR}:
        return "the bot is not to run: nothing to do"
    if before.has_session:
        return f"the session before was lost: worker {worker} goes on"
    return f"worker {worker} starts the bot"
