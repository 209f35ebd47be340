"""Sends a bot's deliveries: one recipient after another, in the order and at the pace that is due.

Which delivery is next is said by `PaidQuota` (while one pays, the others wait), by `Turns` (shared
by priority) and by the chats (one that got a message a moment ago goes behind others). Each send
takes a slot of the bot's limiter; the requests in flight stay within what `Pacer` allows and what
is fair to the worker's other bots; while Telegram asks for silence nothing is sent. No message
leaves without the worker's `Lease`.

A send that has landed goes on with the next recipient by itself where the bot has no ceiling and
nothing else is to be done (`_following`): that spares a task and a turn of the runner a message.
It sends nothing while the runner reads its rows: only inside `Dispatcher.sending`.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterator, Mapping
from functools import partial

from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.delivery import Delivery
from crier.broadcast.delivery_state import DeliveryState, Wait
from crier.broadcast.paid_quota import PaidQuota
from crier.broadcast.recipients import Recipient
from crier.broadcast.sender import Sender
from crier.broadcast.senders import Senders
from crier.broadcast.turns import Turns
from crier.telegram.rate_limiters import RateLimiter

LOOK_AHEAD = 16
SHORT_WAIT_S = 0.1
"""For a chat that got a message a moment ago, or for a sign from PostgreSQL."""
UNLIMITED_IN_FLIGHT, UNLIMITED_SHARE = 192, 2
"""What all bots without a ceiling have in flight together, fewer than the transport has places,
so that nobody waits for one; and the least for each."""


class Dispatcher:
    """The sends of one bot's deliveries."""

    def __init__(
        self,
        context: BroadcastContext,
        limiter: RateLimiter,
        deliveries: Mapping[int, Delivery],
        senders: Senders,
        changed: asyncio.Event,
    ) -> None:
        """Take the runner's `deliveries`, which it alone changes; `changed` wakes the runner."""
        self._context, self._limiter, self._lease = context, limiter, context.lease
        self._deliveries, self._senders, self._changed = deliveries, senders, changed
        self._turns, self._paid_quota = Turns(), PaidQuota(limiter)
        self._in_flight: dict[asyncio.Task[None], Delivery] = {}
        self._broken: BaseException | None = None
        self._sending = False
        self._share = 0

    def enter(self, delivery: Delivery) -> None:
        """Take in a delivery that is new among the deliveries."""
        self._turns.enter(delivery.id)

    def leave(self, delivery: Delivery) -> None:
        """Leave a delivery out from now on; what is in flight goes on."""
        self._paid_quota.drop(delivery)
        self._turns.leave(delivery.id)

    async def landed(self, deliveries: Collection[Delivery], wait_s: float) -> None:
        """Wait until nothing of the deliveries is in flight; after so long cancel what is."""
        flying = [task for task, of in self._in_flight.items() if of in deliveries]
        if flying:
            _, late = await asyncio.wait(flying, timeout=wait_s)
            for task in late:
                task.cancel()
            await asyncio.wait(flying)

    @contextlib.contextmanager
    def sending(self, *, usable: bool) -> Iterator[None]:
        """Send in this block, where the bot is `usable`."""
        self._sending = usable
        try:
            yield
        finally:
            self._sending = False

    async def step(self, nudge: asyncio.Event, until: float) -> None:
        """Send to one recipient, or wait for what may change that, until then (`time.monotonic`).

        Raises:
            BaseException: what ended a send, and no send may end by: a bug of ours.
        """
        if self._broken:
            raise self._broken
        delivery = self._choose() if self._sending else None
        if delivery is not None and not delivery.breaker.admits(delivery):
            await self._pause(nudge, until, soon=True)
        elif delivery is not None and self._may_send():
            await self._send_next(delivery)
        else:
            await self._pause(nudge, until, soon=delivery is None)

    def _choose(self) -> Delivery | None:
        """Return the delivery that is next; None where none can send to anybody now."""
        now, pacer = time.monotonic(), self._limiter.pacer
        candidates = self._paid_quota.may_send(self._deliveries.values())
        ready = [delivery for delivery in candidates if self._is_ready(delivery)]
        if len(ready) > 1:
            ready.sort(key=lambda delivery: self._turns.had(delivery.id))
        for delivery in ready:
            for _ in range(LOOK_AHEAD):
                if pacer.chat_delay(now, delivery.window.peek()) == 0:
                    return delivery
                delivery.window.rotate()
        return None

    def _is_ready(self, delivery: Delivery) -> bool:
        sender = self._senders.get(delivery.id)
        if sender is None or not delivery.ready:
            return False
        return not (sender.one_at_a_time and delivery.in_flight)

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
        sender = self._senders.get(delivery.id)
        assert sender is not None
        if delivery.state is DeliveryState.HELD:
            others = (d for d in self._deliveries.values() if d.state is not DeliveryState.HELD)
            self._turns.catch_up(delivery.id, (other.id for other in others))
        delivery.wait(None)
        recipient = delivery.window.next()
        if not delivery.pays:  # what is paid for takes nothing from the others
            self._turns.count(delivery.id, delivery.priority)
        paid = await sender.slot(recipient)
        if not delivery.under_way or self._limiter.silent_for() > 0 or not self._lease.held:
            delivery.window.put_back(recipient)  # somebody has said stop while it waited
            return
        following = partial(self._following, sender, delivery)
        task = asyncio.create_task(sender.send(recipient, paid=paid, following=following))
        self._in_flight[task] = delivery
        task.add_done_callback(self._landed)

    def _following(self, sender: Sender, delivery: Delivery, now: float) -> Recipient | None:
        """Return the recipient that a landed send goes on with; None: the runner decides."""
        if (
            self._sending
            and delivery.ready
            and self._lease.held
            and delivery.breaker.proven
            and len(self._deliveries) == 1
            and self._senders.get(delivery.id) is sender
            and len(self._in_flight) <= self._share
            and self._limiter.pass_freely(now, delivery.window.peek())
        ):
            return delivery.window.next()
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
        nudged = asyncio.ensure_future(nudge.wait())
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait(
                (nudged, changed),
                timeout=max(self._pause_s(until, soon=soon), 0.001),
                return_when="FIRST_COMPLETED",
            )
        finally:
            nudged.cancel()
            changed.cancel()

    def _pause_s(self, until: float, *, soon: bool) -> float:
        left_s = until - time.monotonic()
        if silent_s := self._limiter.silent_for():
            return min(left_s, silent_s)
        deliveries = self._deliveries.values()
        if (
            not self._lease.held
            or any(delivery.state is DeliveryState.PAUSED for delivery in deliveries)
            or (soon and self._sending and any(map(self._is_ready, deliveries)))
        ):
            return min(left_s, SHORT_WAIT_S)
        return left_s
