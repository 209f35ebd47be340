"""A runner runs all open deliveries of one bot, on one worker, until they are done.

Invariants and what holds them: one runner a bot is Procrastinate's lock `deliver:{bot_id}`; should
two run all the same (a worker that was thought dead), each delivery's fence `runner` lets only the
one that took it last record anything, and the other stops at its next batch. Nor does that one
send by then: each send needs the worker's `Lease`, which runs out before others take over.

A send that has landed goes on with the next recipient by itself where the bot has no ceiling and
nothing else is to be done (`_following`): that spares a task and a turn of the runner a message.
It sends nothing while the runner reads its rows.

The runner keeps the pace: it takes a slot of the bot's limiter for each send, shares the slots
among its deliveries by priority, keeps the requests in flight within what `Pacer` allows, and waits
in silence when Telegram says so. What it waits for is written to the delivery's row.
"""

import asyncio
import logging
import time
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import dict_row

from crier.broadcast import closing
from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.content import Content
from crier.broadcast.delivery import Delivery, Recipient, Wait
from crier.broadcast.handover import give_back, take
from crier.broadcast.paid_quota import PaidQuota
from crier.broadcast.readiness import blocker, end_of
from crier.broadcast.sender import Sender
from crier.errors import HandedBack
from crier.secrets.vault import VaultError
from crier.storage import queries

SQL = queries.load("broadcast")
CONTROL = queries.load("control")
LOOK_S = 5.0
"""How often a runner reads its rows without a nudge."""
RETRY_S, LATELY_S = 1.0, 10.0
LOOK_AHEAD = 16
SHORT_WAIT_S = 0.1
"""For a chat that got a message a moment ago, or for a sign from PostgreSQL."""
UNLIMITED_IN_FLIGHT, UNLIMITED_SHARE = 192, 2
"""What all bots without a ceiling have in flight together, fewer than the transport has places,
so that nobody waits for one; and the least for each."""
ANSWER_WAIT_S = 4.0
"""How long a delivery that is let go waits for answers on their way; later ones are in doubt."""
log = logging.getLogger(__name__)


async def run_deliveries(context: BroadcastContext, bot_id: int) -> None:
    """Run a bot's deliveries until none is open.

    Raises:
        HandedBack: the worker was asked to stop; everything is at a safe point.
    """
    runner = DeliveryRunner(context, bot_id)
    context.runners += 1
    try:
        with context.signals.listen(f"deliver:{bot_id}") as nudge:
            await runner.run(nudge)
    finally:
        context.runners -= 1


class DeliveryRunner:
    """One bot's deliveries."""

    def __init__(self, context: BroadcastContext, bot_id: int) -> None:
        self._context, self._bot_id = context, bot_id
        self._changed = asyncio.Event()
        self._deliveries: dict[int, Delivery] = {}
        self._senders: dict[int, Sender] = {}
        self._limiter, self._lease = context.limiters.of(bot_id), context.lease
        self._sealed: str | None = None
        self._token = ""
        self._in_flight: dict[asyncio.Task[None], Delivery] = {}
        self._broken: BaseException | None = None
        self._lost: set[int] = set()
        self._sending = False
        """Whether sends may go on by themselves; never while rows are read."""
        self._share = 0
        self._breakers: set[CircuitBreaker] = set()
        self._paid_quota = PaidQuota(self._limiter)
        self._paused: dict[int, float] = {}
        """Since when deliveries are paused that still wait for answers."""

    async def run(self, nudge: asyncio.Event) -> None:
        """Work until no delivery is open; see `run_deliveries`."""
        stopping = asyncio.create_task(self._context.stopping.wait())
        stopping.add_done_callback(lambda _: self._changed.set())
        try:
            await self._rounds(nudge)
        except asyncio.CancelledError:  # the worker's patience is over: the fence settles the rest
            for delivery in list(self._deliveries.values()):
                self._drop(delivery)
            raise
        finally:
            stopping.cancel()
            await self._let_go(list(self._deliveries.values()))
        for breaker in self._breakers:
            if breaker.closing is not None:
                await asyncio.wait((breaker.closing,))

    async def _rounds(self, nudge: asyncio.Event) -> None:
        while True:
            nudge.clear()
            usable = await self._look()
            if self._context.stopping.is_set():
                raise HandedBack("the worker stops")
            if not self._deliveries:
                return
            await self._work(nudge, usable)

    # -- rows

    async def _look(self) -> bool:
        """Read the rows until that works: take new deliveries, let paused ones go."""
        while True:
            try:
                return await self._look_once()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("runner_waits_for_database", extra={"error": str(error).strip()})
                await asyncio.sleep(RETRY_S)

    async def _look_once(self) -> bool:
        async with self._context.pool.connection() as connection:
            bot, rows = await self._read(connection)
            for gone in self._deliveries.keys() - rows.keys():
                self._drop(self._deliveries[gone])
            taken: list[Delivery | None] = []
            if bot is None or self._superseded(rows):
                bot = None
            elif not (ours := end_of(bot) and self._deliveries):
                taken = await self._take_new(connection, bot, rows)
        if bot is None or ours:  # who gets nothing from this bot any more is known after that
            await self._let_go(list(self._deliveries.values()))
            return bot is not None and await self._look_once()
        # The fences are committed only now: the ledger must not ask for them before.
        for delivery in taken:
            if delivery is not None:
                self._enter(delivery)
        wait = self._blocker(bot)
        for delivery in self._deliveries.values():
            delivery.wait(wait)
            if delivery.id in rows:
                delivery.going = rows[delivery.id]["status"] == "broadcasting"
        if wait is None:
            await self._equip(bot)
        await self._let_go([d for d in self._deliveries.values() if d.stopped])
        await self._let_go([d for d in self._deliveries.values() if self._drained(d)], wait_s=0)
        return wait is None

    def _drained(self, delivery: Delivery) -> bool:
        """Whether a delivery is paused, and no answer is on its way or worth waiting for any
        longer. Meanwhile other deliveries go on, and so does this one if it is resumed."""
        if delivery.going:
            self._paused.pop(delivery.id, None)
            return False
        since = self._paused.setdefault(delivery.id, time.monotonic())
        _close_files(delivery)
        return not delivery.in_flight or time.monotonic() - since > ANSWER_WAIT_S

    async def _read(
        self, connection: psycopg.AsyncConnection[Any]
    ) -> tuple[dict[str, Any] | None, dict[int, dict[str, Any]]]:
        cursor = connection.cursor(row_factory=dict_row)
        here = {"worker": self._context.worker_name, "lately_s": LATELY_S}
        await cursor.execute(SQL["bot"], {"bot_id": self._bot_id} | here)
        bot = await cursor.fetchone()
        await cursor.execute(SQL["open"], {"bot_id": self._bot_id})
        return bot, {row["id"]: row for row in await cursor.fetchall()}

    def _superseded(self, rows: dict[int, dict[str, Any]]) -> bool:
        """Whether another runner runs this bot: it was thought dead here, or we there."""
        if not any(id in self._lost and row["runner"] for id, row in rows.items()):
            return False
        log.warning("runner_superseded", extra={"bot_id": self._bot_id})
        return True

    async def _take_new(
        self,
        connection: psycopg.AsyncConnection[Any],
        bot: dict[str, Any],
        rows: dict[int, dict[str, Any]],
    ) -> list[Delivery | None]:
        """Take what is not taken yet; close what a bot will not send any more."""
        if reason := end_of(bot):
            await closing.skip_bot(connection, self._bot_id, reason)
        breaker = self._context.breakers.of
        self._breakers |= {breaker(row["broadcast_id"]) for row in rows.values()}
        return [
            await take(connection, self._bot_id, row, self._changed, breaker(row["broadcast_id"]))
            for row in rows.values()
            if row["id"] not in self._deliveries and row["status"] == "broadcasting"
        ]

    def _blocker(self, bot: dict[str, Any]) -> Wait | None:
        """Why the bot cannot send now, if it cannot; else its pace is as the row says."""
        if (found := blocker(bot)) is None:
            self._context.limiters.limit(self._bot_id, bot["send_rate"])
            self._limiter.pacer.leave_room(bot["replies"] / LATELY_S)
            if bot["flood_until"]:
                self._limiter.hold_until(bot["flood_until"].timestamp())
        return found

    async def _equip(self, bot: dict[str, Any]) -> None:
        """Give every delivery its compiled message, anew where the token has changed."""
        sealed: str = bot["bot_token"]
        if sealed != self._sealed:
            try:
                self._token = self._context.vault.open(sealed)
            except VaultError as error:
                for delivery in self._deliveries.values():
                    delivery.wait(Wait(str(error)))
                return
            self._sealed = sealed
            self._senders.clear()
        for delivery in self._deliveries.values():
            if delivery.id not in self._senders:
                content = Content(self._context, delivery)
                await content.load(self._token)
                self._senders[delivery.id] = Sender(
                    self._context, self._limiter, delivery, content, sealed
                )

    def _enter(self, delivery: Delivery) -> None:
        delivery.share = min((d.share for d in self._deliveries.values()), default=0.0)
        self._deliveries[delivery.id] = delivery
        self._context.ledger.enter(delivery)

    # -- sending

    async def _work(self, nudge: asyncio.Event, usable: bool) -> None:
        """Send until it is time to look at the rows again."""
        self._sending = usable
        try:
            await self._send_until(nudge, time.monotonic() + LOOK_S)
        finally:
            self._sending = False

    async def _send_until(self, nudge: asyncio.Event, until: float) -> None:
        while time.monotonic() < until and not nudge.is_set():
            if self._context.stopping.is_set():
                return
            if self._broken:  # a bug of ours: end here, and begin again from the rows
                raise self._broken
            self._sweep()
            if not self._deliveries or any(map(self._drained, self._deliveries.values())):
                return
            delivery = self._choose() if self._sending else None
            if delivery is not None and not delivery.breaker.admits(delivery):
                await self._pause(nudge, until, soon=True)
            elif delivery is not None and self._may_send():
                await self._send_next(delivery)
            else:
                await self._pause(nudge, until, soon=delivery is None)

    def _choose(self) -> Delivery | None:
        """Of the deliveries with somebody to send to, the one that has had the least.

        Somebody whose chat got a message a moment ago (by another broadcast) goes behind others.
        """
        now, pacer = time.monotonic(), self._limiter.pacer
        candidates = self._paid_quota.turn_of(self._deliveries.values())
        ready = [d for d in candidates if d.ready and d.id in self._senders]
        if len(ready) > 1:
            ready.sort(key=lambda d: d.share)
        for delivery in ready:
            for _ in range(LOOK_AHEAD):
                if pacer.chat_delay(now, delivery.peek()) == 0:
                    return delivery
                delivery.rotate()
        return None

    def _may_send(self) -> bool:
        silent_s = self._limiter.silent_for()
        if silent_s > 0:
            wait = Wait("Telegram", time.time() + silent_s)
            for delivery in self._deliveries.values():
                delivery.wait(wait)
            return False
        return self._lease.held and len(self._in_flight) < self._most_in_flight()

    def _most_in_flight(self) -> int:
        fair = self._context.bot_api.fair_share(self._context.runners)
        most = min(self._limiter.max_in_flight(), fair)
        self._share = max(UNLIMITED_SHARE, UNLIMITED_IN_FLIGHT // self._context.runners)
        return min(most, self._share) if self._limiter.pacer.unlimited else most

    async def _send_next(self, delivery: Delivery) -> None:
        if delivery.held:
            delivery.catch_up(self._deliveries.values())
        delivery.wait(None)
        recipient = delivery.next()
        sender = self._senders[delivery.id]
        paid = await sender.slot(recipient)
        if delivery.stopped or self._limiter.silent_for() > 0 or not self._lease.held:
            delivery.put_back(recipient)  # Telegram has just said stop, or PostgreSQL is away
            return
        following = partial(self._following, sender, delivery)
        task = asyncio.create_task(sender.send(recipient, paid=paid, following=following))
        self._in_flight[task] = delivery
        task.add_done_callback(self._landed)

    def _following(self, sender: Sender, delivery: Delivery, now: float) -> Recipient | None:
        """Whom a send that has landed goes on with; None: the runner decides."""
        if (
            self._sending
            and delivery.ready
            and self._lease.held
            and delivery.breaker.proven
            and len(self._deliveries) == 1
            and self._senders.get(delivery.id) is sender
            and len(self._in_flight) <= self._share
            and self._limiter.pass_freely(now, delivery.peek())
        ):
            return delivery.next()
        return None

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.pop(task, None)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()):
            self._broken = error

    async def _pause(self, nudge: asyncio.Event, until: float, *, soon: bool) -> None:
        """Wait for an answer, for claimed recipients, for silence to end, or for a nudge; `soon`
        where a chat was busy, or the broadcast is being tried out."""
        self._changed.clear()
        left_s = until - time.monotonic()
        if silent_s := self._limiter.silent_for():
            left_s = min(left_s, silent_s)
        elif (
            not self._lease.held
            or self._paused
            or (soon and any(delivery.ready for delivery in self._deliveries.values()))
        ):
            left_s = min(left_s, SHORT_WAIT_S)
        nudged = asyncio.ensure_future(nudge.wait())
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait(
                (nudged, changed), timeout=max(left_s, 0.001), return_when="FIRST_COMPLETED"
            )
        finally:
            nudged.cancel()
            changed.cancel()

    # -- ending

    def _sweep(self) -> None:
        """Let go of deliveries that are done or taken over."""
        for delivery in [d for d in self._deliveries.values() if d.done or d.lost]:
            if delivery.lost:
                self._lost.add(delivery.id)
            self._drop(delivery)

    def _drop(self, delivery: Delivery) -> None:
        self._paid_quota.drop(delivery)
        self._context.ledger.leave(delivery)
        self._deliveries.pop(delivery.id, None)
        self._senders.pop(delivery.id, None)
        self._paused.pop(delivery.id, None)

    async def _let_go(self, deliveries: list[Delivery], *, wait_s: float | None = None) -> None:
        """Bring deliveries to a safe point and give them up: nothing of them is in doubt then."""
        if not deliveries:
            return
        for delivery in deliveries:
            delivery.stopped = True
            _close_files(delivery)
        if flying := [task for task, of in self._in_flight.items() if of in deliveries]:
            wait_s = ANSWER_WAIT_S if wait_s is None else wait_s
            _, late = await asyncio.wait(flying, timeout=wait_s)
            for task in late:
                task.cancel()
            await asyncio.wait(flying)
        for delivery in deliveries:
            delivery.abandon("no answer from Telegram before the broadcast or the worker stopped")
            await self._context.ledger.flushed(delivery)
            if not (delivery.done or delivery.lost):
                await give_back(self._context.pool, delivery)
            self._drop(delivery)


def _close_files(delivery: Delivery) -> None:
    """Let nobody wait for files any more: nothing of theirs has gone to Telegram."""
    for task in delivery.opening:
        task.cancel()
