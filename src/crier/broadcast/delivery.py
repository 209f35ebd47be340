"""One bot's part of one broadcast, as its runner holds it in memory.

Its recipients and cursors are its `Window`; what it does now is its `DeliveryState`, which only the
methods here change: the runner tells what the rows say and when it leaves, the ledger what it has
committed, the content whether a file is missing. What comes late (news of the rows for a delivery
that is leaving or has ended) changes nothing; what cannot be is a `ForbiddenTransitionError`.
"""

import asyncio
import time
import uuid
from typing import NamedTuple

from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.delivery_state import ENDED, DeliveryState, Wait, step
from crier.broadcast.recipients import Kept, Recipient, Settlement
from crier.broadcast.window import Window
from crier.domain.message import AdMessage
from crier.domain.outcomes import Action, Outcome

HOLD_S = 2.0
SENDING = DeliveryState.SENDING  # looked up once: it is asked for with every message
GOING = frozenset({DeliveryState.SENDING, DeliveryState.HELD})


class LedgerEntry(NamedTuple):
    """What a delivery asks the ledger to commit, once: a `Batch` of its window, and its row."""

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
        message: AdMessage,
        window: Window,
        paid: int,
        paid_budget: int,
        retried: bool,
        breaker: CircuitBreaker,
        changed: asyncio.Event,
    ) -> None:
        self.id, self.bot_id, self.broadcast_id, self.runner = id, bot_id, broadcast_id, runner
        self.at_least_once = policy == "at_least_once"
        self.priority, self.message, self.window = priority, message, window
        self.retried = retried
        """Whether some of it is sent again, so that a chat that is gone has an outcome already."""
        self.breaker = breaker
        self._paid_budget, self.paid_left = paid_budget, paid_budget - paid
        self._changed = changed
        self._state, self._since = DeliveryState.SENDING, time.monotonic()
        self._missing: Wait | None = None
        self._wait: Wait | None = None
        self._told: Wait | None = None

    def wake(self) -> None:
        """Let the runner look again: there may be something to send."""
        self._changed.set()

    # -- its state

    @property
    def state(self) -> DeliveryState:
        """What the delivery does now."""
        return self._state

    @property
    def ended(self) -> bool:
        """Whether nothing of it is recorded from here any more."""
        return self._state in ENDED

    @property
    def paused_s(self) -> float:
        """For how many seconds it has been paused; 0 if it is not."""
        return time.monotonic() - self._since if self._state is DeliveryState.PAUSED else 0.0

    def follow(self, *, going: bool) -> None:
        """Follow the broadcast's row, which says whether it is to be sent now."""
        if going and self._state is DeliveryState.PAUSED:
            self._to(DeliveryState.SENDING)
        elif not going and self._state in GOING:
            self._to(DeliveryState.PAUSED)

    def leave(self) -> None:
        """Let it go: nothing is claimed or sent any more."""
        if self._state is not DeliveryState.LEAVING and not self.ended:
            self._to(DeliveryState.LEAVING)

    def lose(self) -> None:
        """Note that it was taken over, or closed: the ledger did not find it behind its fence."""
        self._to(DeliveryState.LOST)

    def hold(self, recipient: Recipient, reason: str) -> None:
        """Pause, since something other than Telegram is missing: queue a recipient again that
        certainly got nothing, say so, and try again soon. Other deliveries of the bot go on."""
        self.window.put_back(recipient)
        if self._state is DeliveryState.SENDING:
            self._to(DeliveryState.HELD)
        if self._state is DeliveryState.HELD:
            self._missing, self._since = Wait(reason), time.monotonic()
            self.wait(self._missing)
            asyncio.get_running_loop().call_later(HOLD_S, self.wake)

    def unhold(self) -> None:
        """Go on: what was missing is there."""
        if self._state is DeliveryState.HELD:
            self._to(DeliveryState.SENDING)
            self.wait(None)

    def _to(self, state: DeliveryState) -> None:
        self._state, self._since = step(self._state, state), time.monotonic()
        self._missing = None

    # -- sending

    @property
    def ready(self) -> bool:
        """Whether a recipient can be sent to now."""
        return self.window.queued and self.under_way

    @property
    def under_way(self) -> bool:
        """Whether it is being sent, even if nobody is queued at this moment."""
        if self.breaker.tripped:
            return False
        if self._state is SENDING:
            return True
        held = self._state is DeliveryState.HELD
        return held and time.monotonic() - self._since > HOLD_S

    @property
    def in_flight(self) -> int:
        """How many of its recipients have no answer yet; see `Window.in_flight`."""
        return self.window.in_flight

    @property
    def pays(self) -> bool:
        """Whether its next message is to be paid for."""
        return self.paid_left > 0

    def pay(self, left: int) -> None:
        """Note that a message is paid for; so many of its budget may still be."""
        self.paid_left = left

    def settle(self, settlement: Settlement) -> None:
        """Record how a recipient in flight ended, to be committed with the next batch."""
        self.window.settle(settlement)
        self.breaker.count(settlement.outcome)

    def wait(self, wait: Wait | None) -> None:
        """Say what the delivery waits for, or that it goes on."""
        wait = wait or self._missing
        if wait and wait.same_as(self._wait):
            return
        self._wait = wait

    def abandon(self, reason: str) -> None:
        """Give up the answers on their way: they are in doubt, so the policy decides."""
        for recipient in self.window.flying():
            if self.at_least_once:
                self.window.put_back(recipient)
            else:
                place = (recipient.position, recipient.chat_id, Outcome.UNKNOWN, time.time())
                self.settle(Settlement(*place, error=reason, action=Action.BACKOFF))

    # -- the ledger's side

    @property
    def claimed(self) -> int:
        """The cursor that the row has since the last batch."""
        return self.window.claimed

    @property
    def paid(self) -> int:
        """Messages sent so far with `allow_paid_broadcast`."""
        return self._paid_budget - self.paid_left

    @property
    def message_type(self) -> str:
        """The kind of its messages, as `messages.message_type` has it."""
        return self.message.media[0].kind if self.message.media else "text"

    @property
    def unsettled(self) -> bool:
        """Whether outcomes wait for their commit."""
        return self.window.unsettled

    def take(self) -> LedgerEntry | None:
        """Hand over what is to be committed next; None where there is nothing to say."""
        if self.ended:
            return None
        claim = self.window.wanted(time.monotonic()) if self._state in GOING else 0
        if not (self.unsettled or claim or self._wait != self._told):
            return None
        self._told = self._wait
        return LedgerEntry(self, *self.window.take(claim), self.paid, self._wait)

    def committed(
        self, claimed: int, recipients: list[Recipient], *, done: bool, going: bool
    ) -> None:
        """Go on with the newly claimed recipients: the batch is in the database."""
        self.window.grow(claimed, recipients, time.time())
        if done:
            self._to(DeliveryState.DONE)
        else:
            self.follow(going=going)
