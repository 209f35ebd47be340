"""What a runner reads of its bot, and how it takes the bot's deliveries.

One connection reads the bot and its open deliveries and takes those that nobody here runs yet
(`handover.take`). Their fences are committed when `BotRows.read` returns, not before: the ledger
must not ask for them earlier.
"""

import asyncio
import logging
from collections.abc import Set
from typing import Any, Final, NamedTuple

import psycopg

from crier.broadcast import closing
from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.delivery import Delivery
from crier.broadcast.handover import OpenRow, take
from crier.broadcast.readiness import SendingBot, reason_to_end
from crier.storage import aio, queries

SQL: Final = queries.load("broadcast")
_BOT: Final = SQL.query("bot", SendingBot)
_OPEN: Final = SQL.query("open", OpenRow)
LATELY_S = 10.0
"""The replies of so many seconds say how much of the bot's rate its session needs."""
log = logging.getLogger(__name__)


class ReadRows(NamedTuple):
    """What the rows say."""

    bot: SendingBot | None
    """None: there is no such bot, or another runner runs it."""
    open: dict[int, OpenRow]
    """The open deliveries by id, also those that another runner has."""
    taken: list[Delivery]
    """Those that are new here."""
    ends: bool
    """Whether the bot will not send any more, and its deliveries here are to be let go first."""


class BotRows:
    """The rows of one bot, as its runner reads them."""

    def __init__(self, context: BroadcastContext, bot_id: int, changed: asyncio.Event) -> None:
        self._context, self._bot_id, self._changed = context, bot_id, changed
        self._lost: set[int] = set()
        self._breakers: set[CircuitBreaker] = set()

    async def read(self, running: Set[int]) -> ReadRows:
        """Read the rows; take what is open and not `running` here, close what a bot will not send
        any more."""
        async with self._context.pool.connection() as connection:
            bot, rows = await self._read(connection)
            if bot is None or self._superseded(rows):
                return ReadRows(None, rows, [], ends=False)
            if reason := reason_to_end(bot):
                if rows.keys() & running:
                    return ReadRows(bot, rows, [], ends=True)
                await closing.skip_bot(connection, self._bot_id, reason)
            new = [row for id, row in rows.items() if id not in running]
            return ReadRows(bot, rows, await self._take(connection, new), ends=False)

    def lose(self, delivery: Delivery) -> None:
        """Note that the ledger has lost a delivery: its new runner may run all of the bot's."""
        self._lost.add(delivery.id)

    async def broadcasts_ended(self) -> None:
        """Wait until broadcasts that were found hopeless here have failed."""
        for breaker in self._breakers:
            await breaker.ended()

    async def _read(
        self, connection: psycopg.AsyncConnection[Any]
    ) -> tuple[SendingBot | None, dict[int, OpenRow]]:
        worker = self._context.worker_name
        asked = _BOT(bot_id=self._bot_id, worker=worker, lately_s=LATELY_S)
        bot = await aio.first(connection, asked)
        rows = await aio.rows(connection, _OPEN(bot_id=self._bot_id))
        return bot, {row.id: row for row in rows}

    def _superseded(self, rows: dict[int, OpenRow]) -> bool:
        """Return True if another runner runs this bot: it was thought dead here, or we there."""
        if not any(id in self._lost and row.runner for id, row in rows.items()):
            return False
        log.warning("runner_superseded", extra={"bot_id": self._bot_id})
        return True

    async def _take(
        self, connection: psycopg.AsyncConnection[Any], rows: list[OpenRow]
    ) -> list[Delivery]:
        taken = []
        for row in rows:
            breaker = self._context.breakers.of(row.broadcast_id)
            self._breakers.add(breaker)
            if row.status == "broadcasting":
                self._lost.discard(row.id)
                taken.append(await take(connection, self._bot_id, row, self._changed, breaker))
        return [delivery for delivery in taken if delivery is not None]
