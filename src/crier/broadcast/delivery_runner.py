"""A runner runs all open deliveries of one bot, on one worker, until they are done.

It reads the bot's rows (`BotRows`) each `LOOK_S` and at every nudge, sends in between
(`Dispatcher`), and lets deliveries go that are paused, or all of them when the worker stops.

Invariants and what holds them: one runner a bot is Procrastinate's lock `deliver:{bot_id}`; should
two run all the same (a worker that was thought dead), each delivery's fence `runner` lets only the
one that took it last record anything, and the other stops at its next batch. Nor does that one
send by then: each send needs the worker's `Lease`, which runs out before others take over.
"""

import asyncio
import logging
import time

from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.delivery import Delivery
from crier.broadcast.delivery_state import DeliveryState, Wait
from crier.broadcast.dispatcher import Dispatcher
from crier.broadcast.handover import give_back
from crier.broadcast.readiness import SendingBot, reason_to_wait
from crier.broadcast.rows import LATELY_S, BotRows, ReadRows
from crier.broadcast.senders import Senders
from crier.errors import HandedBack
from crier.storage import outage

LOOK_S = 5.0
"""How often a runner reads its rows without a nudge."""
RETRY_S = 1.0
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
        self._limiter = context.limiters.of(bot_id)
        self._rows = BotRows(context, bot_id, self._changed)
        self._senders = Senders(context, self._limiter)
        self._dispatcher = Dispatcher(
            context, self._limiter, self._deliveries, self._senders, self._changed
        )

    async def run(self, nudge: asyncio.Event) -> None:
        """Work until no delivery is open; see `run_deliveries`."""
        stopping = asyncio.create_task(self._context.stopping.wait())
        stopping.add_done_callback(lambda _: self._changed.set())
        try:
            await self._rounds(nudge)
        except asyncio.CancelledError:  # the worker's grace is over: the fence settles the rest
            for delivery in list(self._deliveries.values()):
                self._drop(delivery)
            raise
        finally:
            stopping.cancel()
            await self._let_go(list(self._deliveries.values()))
        await self._rows.broadcasts_ended()

    async def _rounds(self, nudge: asyncio.Event) -> None:
        while True:
            nudge.clear()
            usable = await self._look()
            if self._context.stopping.is_set():
                raise HandedBack("the worker stops")
            if not self._deliveries:
                return
            with self._dispatcher.sending(usable=usable):
                await self._send_until(nudge, time.monotonic() + LOOK_S)

    async def _send_until(self, nudge: asyncio.Event, until: float) -> None:
        while time.monotonic() < until and not nudge.is_set():
            if self._context.stopping.is_set():
                return
            self._sweep()
            if not self._deliveries or any(map(self._drained, self._deliveries.values())):
                return
            await self._dispatcher.step(nudge, until)

    # -- what the rows say

    async def _look(self) -> bool:
        """Read the rows until that works; return whether the bot can send."""
        return await outage.outlast(self._look_once, log, "runner_waits_for_database", RETRY_S)

    async def _look_once(self) -> bool:
        found = await self._rows.read(self._deliveries.keys())
        for gone in self._deliveries.keys() - found.open.keys():
            self._drop(self._deliveries[gone])
        if found.bot is None or found.ends:
            await self._let_go(list(self._deliveries.values()))
            return found.ends and await self._look_once()
        self._enter(found)
        wait = self._follow(found, found.bot)
        if wait is None:
            await self._senders.equip(found.bot.bot_token, self._deliveries.values())
        running = self._deliveries.values()
        await self._let_go([d for d in running if d.state is DeliveryState.LEAVING])
        await self._let_go([d for d in running if self._drained(d)], wait_s=0)
        return wait is None

    def _enter(self, found: ReadRows) -> None:
        for delivery in found.taken:
            self._deliveries[delivery.id] = delivery
            self._dispatcher.enter(delivery)
            self._context.ledger.enter(delivery)

    def _follow(self, found: ReadRows, bot: SendingBot) -> Wait | None:
        """Tell the deliveries and the limiter what the rows say; return what the bot waits for."""
        wait = reason_to_wait(bot)
        if wait is None:
            self._context.limiters.limit(self._bot_id, bot.send_rate)
            self._limiter.pacer.leave_room(bot.replies / LATELY_S)
            if bot.flood_until:
                self._limiter.hold_until(bot.flood_until.timestamp())
        for delivery in self._deliveries.values():
            delivery.wait(wait)
            if row := found.open.get(delivery.id):
                delivery.follow(going=row.status == "broadcasting")
        return wait

    # -- ending

    def _drained(self, delivery: Delivery) -> bool:
        """Return True if a delivery is paused, and no answer is on its way or worth waiting for
        any longer. Meanwhile other deliveries go on, and so does this one if it is resumed."""
        if delivery.state is not DeliveryState.PAUSED:
            return False
        self._senders.close_files(delivery.id)
        return not delivery.in_flight or delivery.paused_s > ANSWER_WAIT_S

    def _sweep(self) -> None:
        """Drop the deliveries that have ended."""
        for delivery in [d for d in self._deliveries.values() if d.ended]:
            self._drop(delivery)

    def _drop(self, delivery: Delivery) -> None:
        if delivery.state is DeliveryState.LOST:
            self._rows.lose(delivery)
        self._dispatcher.leave(delivery)
        self._context.ledger.leave(delivery)
        self._senders.drop(delivery.id)
        self._deliveries.pop(delivery.id, None)

    async def _let_go(self, deliveries: list[Delivery], *, wait_s: float | None = None) -> None:
        """Bring deliveries to a safe point and give them up: nothing of them is in doubt then."""
        if not deliveries:
            return
        for delivery in deliveries:
            delivery.leave()
            self._senders.close_files(delivery.id)
        await self._dispatcher.landed(deliveries, ANSWER_WAIT_S if wait_s is None else wait_s)
        for delivery in deliveries:
            delivery.abandon("no answer from Telegram before the broadcast or the worker stopped")
            await self._context.ledger.flushed(delivery)
            if not delivery.ended:
                await give_back(self._context.pool, delivery)
            self._drop(delivery)
