"""One bot's part of one broadcast, as its runner holds it in memory.

A position is claimed (durably, by the ledger) before it is sent, and settled when its outcome is
committed. In memory a claimed position is in exactly one place: `_open` (those in `_queue` are to
be sent, the others in flight) or `_outcomes` (to be committed). The window, claimed less settled,
stays below a second of sending, which bounds both memory and what a crash leaves in doubt.
"""

import asyncio
import math
import time
import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.domain.message import AdMessage
from crier.domain.outcomes import Action, ChatStatus, Outcome

PAGE = 1000
WINDOW_S, SMALLEST_WINDOW = 0.6, 8
"""What is claimed and not settled, in seconds of sending: two ticks of the ledger and a commit."""
HOLD_S = 2.0


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """A claimed position and what its send needs; `chat_id` is the snapshot's."""

    position: int
    chat_id: int
    gone: str | None
    """Why the chat is not to be sent to any more."""
    first_name: str | None
    username: str | None
    migrated_to: int | None
    tries: int = 0
    kept: Outcome | None = None
    """What a `gone` recipient of a retry was before it, and stays."""


class Kept(NamedTuple):
    """A recipient of a retry who is not reached any more: the last try's outcome holds."""

    position: int
    chat_id: int
    outcome: Outcome


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """How one recipient ended; a line of the ledger."""

    position: int
    chat_id: int
    outcome: Outcome
    at: float
    message_id: int | None = None
    code: int | None = None
    error: str | None = None
    action: Action | None = None
    chat_status: ChatStatus | None = None
    migrated_to: int | None = None


class Wait(NamedTuple):
    """What a delivery waits for, in words, and until when (`time.time`) if that is known."""

    reason: str
    until: float | None = None

    def same_as(self, other: "Wait | None") -> bool:
        """Whether this is the other wait, read off a clock again."""
        if other is None or self.reason != other.reason:
            return False
        return self.until == other.until or abs((self.until or 0) - (other.until or 0)) < 1.0


class LedgerEntry(NamedTuple):
    """What a delivery asks the ledger to commit, once."""

    delivery: "Delivery"
    batch: int
    claim: int
    settled: int
    outcomes: list[Settlement]
    kept: list[Kept]
    paid: int
    wait: Wait | None


class Delivery:
    """The state of a delivery between two commits of the ledger."""

    def __init__(
        self,
        *,
        id: int,
        bot_id: int,
        broadcast_id: int,
        runner: uuid.UUID,
        policy: str,
        priority: int,
        breaker: CircuitBreaker,
        message: AdMessage,
        changed: asyncio.Event,
    ) -> None:
        self.id, self.bot_id, self.broadcast_id, self.runner = id, bot_id, broadcast_id, runner
        self.at_least_once = policy == "at_least_once"
        self.priority, self.breaker, self.message = priority, breaker, message
        self.message_type = message.media[0].kind if message.media else "text"
        self.changed = changed
        """Set after each commit, for the runner that waits for work."""
        self.going = True
        """Whether the broadcast is to be sent now; false while it is paused."""
        self.stopped = False
        """Whether its runner lets it go: nothing is claimed or sent any more."""
        self.done = self.lost = False
        """All settled; taken over, cancelled or closed by somebody else."""
        self.alone = False
        """Whether to send to one at a time: its answer teaches what the others are sent."""
        self.opening: set[asyncio.Task[Any]] = set()
        """Sends that still wait for their files; who is cancelled there is queued again."""
        self.paid = self.paid_budget = 0
        """Messages sent with `allow_paid_broadcast`, and how many of them there may be."""
        self.share = 0.0
        """Sends so far, weighed by priority: whoever has the least goes next."""
        self.length = self.claimed = 0
        self.retried = False
        """Whether some of it is sent again, so that whoever is gone has an outcome already."""
        self._batch = 0
        self._queue: deque[Recipient] = deque()
        self._open: dict[int, Recipient] = {}
        self._outcomes: list[Settlement] = []
        self._kept: list[Kept] = []
        self._wait: Wait | None = None
        self._told: Wait | None = None
        self._held: Wait | None = None
        self._held_until = 0.0
        self._rate, self._counted, self._counted_at = 0.0, 0, time.monotonic()
        breaker.enter(self)

    def begin(
        self, length: int, claimed: int, paid: int, paid_budget: int, *, retried: bool
    ) -> None:
        """Start where the row is; nothing is in doubt any more."""
        self.length, self.claimed, self.retried = length, claimed, retried
        self.paid, self.paid_budget = paid, paid_budget

    # -- sending

    @property
    def ready(self) -> bool:
        """Whether a recipient can be sent to now."""
        return bool(self._queue) and self.under_way and not (self.alone and self.in_flight)

    @property
    def under_way(self) -> bool:
        """Whether it is being sent, even if nobody is queued at this moment."""
        if not self.going or self.stopped or self.lost or self.breaker.halted:
            return False
        return not self._held_until or time.monotonic() > self._held_until

    @property
    def in_flight(self) -> int:
        """How many recipients have been sent to, or are about to, without an answer yet."""
        return len(self._open) - len(self._queue)

    @property
    def pays(self) -> bool:
        """Whether its next message is to be paid for."""
        return self.paid < self.paid_budget

    def next(self) -> Recipient:
        """Take the next recipient out of the queue; it is in flight from now on."""
        if self.paid >= self.paid_budget:  # what is paid for takes nothing from the others
            self.share += 1.0 / self.priority
        return self._queue.popleft()

    def peek(self) -> int:
        """The chat that is next."""
        recipient = self._queue[0]
        return recipient.migrated_to or recipient.chat_id

    def rotate(self) -> None:
        """Put the next recipient behind the others of the queue."""
        self._queue.rotate(-1)

    def put_back(self, recipient: Recipient, *, last: bool = False) -> None:
        """Queue a recipient again who certainly got nothing (or may get it twice)."""
        self._open[recipient.position] = recipient
        if last:
            self._queue.append(recipient)
        else:
            self._queue.appendleft(recipient)

    def hold(self, recipient: Recipient, reason: str) -> None:
        """Something other than Telegram is missing: queue a recipient again who certainly got
        nothing, say so, and try again soon."""
        self.put_back(recipient)
        self._held, self._held_until = Wait(reason), time.monotonic() + HOLD_S
        self.wait(self._held)
        asyncio.get_running_loop().call_later(HOLD_S, self.changed.set)

    @property
    def held(self) -> bool:
        """Whether it waits by itself, while other deliveries of the bot go on."""
        return self._held is not None

    def unhold(self) -> None:
        """What was missing is there."""
        if self._held is not None:
            self._held, self._held_until = None, 0.0
            self.wait(None)

    def catch_up(self, deliveries: Iterable["Delivery"]) -> None:
        """What it missed while it was held is not made up for at the cost of the bot's others."""
        others = (delivery.share for delivery in deliveries if not delivery.held)
        self.share = max(self.share, min(others, default=0.0))

    def settle(self, settlement: Settlement) -> None:
        """Record how a recipient in flight ended, to be committed with the next batch."""
        del self._open[settlement.position]
        self._outcomes.append(settlement)
        if settlement.outcome is Outcome.SKIPPED:
            return
        self._counted += 1
        self.breaker.outcomes += 1
        if settlement.outcome is Outcome.SENT and not self.breaker.proven:
            self.breaker.prove()

    def wait(self, wait: Wait | None) -> None:
        """Say what the delivery waits for, or that it goes on."""
        wait = wait or self._held
        if wait and wait.same_as(self._wait):
            return
        self._wait = wait

    def abandon(self, reason: str) -> None:
        """Give up the answers on their way: they are in doubt, so the policy decides."""
        queued = {recipient.position for recipient in self._queue}
        for recipient in [r for r in self._open.values() if r.position not in queued]:
            if self.at_least_once:
                self.put_back(recipient)
            else:
                place = (recipient.position, recipient.chat_id, Outcome.UNKNOWN, time.time())
                self.settle(Settlement(*place, error=reason, action=Action.BACKOFF))

    # -- the ledger's side

    def take(self) -> LedgerEntry | None:
        """Hand over what is to be committed next, or None where there is nothing to say."""
        claim = self._wanted()
        if not (self.unsettled or claim or self._wait != self._told):
            return None
        self._batch += 1
        self._told = self._wait
        outcomes, self._outcomes = self._outcomes, []
        kept, self._kept = self._kept, []
        settled = next(iter(self._open), self.claimed)
        return LedgerEntry(self, self._batch, claim, settled, outcomes, kept, self.paid, self._wait)

    def committed(
        self, claimed: int, recipients: list[Recipient], *, done: bool, going: bool
    ) -> None:
        """The batch is in the database; go on with the newly claimed recipients."""
        self.claimed, self.done, self.going = claimed, done, going
        for recipient in recipients:
            if recipient.kept is not None:
                self._kept.append(Kept(recipient.position, recipient.chat_id, recipient.kept))
                continue
            self._open[recipient.position] = recipient
            if recipient.gone is None:
                self._queue.append(recipient)
            else:
                place = (recipient.position, recipient.chat_id, Outcome.SKIPPED, time.time())
                self.settle(Settlement(*place, error=recipient.gone))

    def left_over(self) -> list[int]:
        """Take the unsent chats out of the queue, for the end of the delivery."""
        chat_ids = [recipient.chat_id for recipient in self._queue]
        self._queue.clear()
        return chat_ids

    @property
    def unsettled(self) -> bool:
        """Whether outcomes wait for their commit."""
        return bool(self._outcomes or self._kept)

    def _wanted(self) -> int:
        """How many recipients to claim so that the window holds `WINDOW_S` of sending."""
        if self.stopped or not self.going or self.done or self.claimed >= self.length:
            return 0
        now = time.monotonic()
        elapsed = now - self._counted_at
        if elapsed >= 0.1:
            self._rate = max(0.5 * self._rate, self._counted / elapsed)
            self._counted, self._counted_at = 0, now
        window = min(PAGE, max(SMALLEST_WINDOW, math.ceil(WINDOW_S * self._rate)))
        room = window - len(self._open)
        return min(room, self.length - self.claimed) if room >= window / 4 else 0
