"""What the answers so far say of a broadcast as a whole: that nobody will get it, or too few do.

A worker has one `CircuitBreaker` for each broadcast, which its deliveries share: bad content then
costs a handful of recipients however many bots send it. Other workers decide for themselves; what
is to fail a broadcast asks the database whether anybody got it (`closing.fail`). One event loop, no
locks.
"""

import asyncio
import time
import weakref
from collections import Counter, deque
from typing import TYPE_CHECKING

from crier.domain.outcomes import Action

if TYPE_CHECKING:
    from crier.broadcast.delivery import Delivery

GUARD_WINDOW = 200
"""More than half of so many outcomes in a row are failures: somebody should look."""

REFUSED_CONTENT = 5
"""So many first recipients for whom Telegram refuses the content: nobody will get it."""

REFUSED_ALIKE = 20
"""So many first recipients with the same refusal that the error table does not know."""

TRIAL_IN_FLIGHT, TRIAL_S = 5, 1.0
"""Until somebody has got the message, so many of it are in flight in a worker; where answers are
slow and nothing speaks against the message, for a second only."""


class CircuitBreaker:
    """Watches one broadcast in this worker. `guarded`: whether it may pause the broadcast."""

    def __init__(self) -> None:
        self.guarded = True
        self.proven = False
        """Whether somebody has got the message, and so the content is good."""
        self.halted = False
        """Whether nothing is to be sent until its judgement is in the database."""
        self.closing: asyncio.Task[None] | None = None
        """What ends the broadcast, while that is under way."""
        self.outcomes = 0
        self._failures: deque[int] = deque(maxlen=GUARD_WINDOW // 2 + 1)
        self._refused: Counter[int] = Counter()
        self._alike: Counter[str] = Counter()
        self._since: float | None = None
        self._deliveries: weakref.WeakSet[Delivery] = weakref.WeakSet()

    def enter(self, delivery: "Delivery") -> None:
        """Watch a delivery that is taken, until it is forgotten."""
        self._deliveries.add(delivery)
        self.halted = False

    def admits(self, delivery: "Delivery") -> bool:
        """Whether a delivery may try another recipient now.

        Once the content is refused often enough, only bots try it that have not: it may be one
        bot's trouble.
        """
        if self.proven:
            return True
        in_flight = sum(other.in_flight for other in self._deliveries)
        if self._refused.total() >= REFUSED_CONTENT:
            others = in_flight + len(self._refused) < REFUSED_CONTENT
            return others and delivery.bot_id not in self._refused and not delivery.in_flight
        now = time.monotonic()
        self._since = self._since or now
        if now - self._since > TRIAL_S and not (self._refused or self._alike):
            return True
        return in_flight < TRIAL_IN_FLIGHT

    def failed(self) -> None:
        """A send was answered by a refusal or a fault, and is counted in `outcomes` already."""
        self._failures.append(self.outcomes)

    def refused(self, bot_id: int, action: Action, words: str, *, known: bool) -> None:
        """Telegram refuses the message for a recipient; `known`: for a reason in our table."""
        if self.proven:
            return
        if action is Action.CONTENT_STOP:
            self._refused[bot_id] += 1
        elif action is Action.SKIP and not known:
            self._alike[words] += 1

    def hopeless(self) -> str | None:
        """Why the broadcast can never be sent, where its first answers show that."""
        if self.proven or self._refused.total() < REFUSED_CONTENT:
            return None
        return "Telegram refuses the content"

    def alarming(self) -> str | None:
        """Why the broadcast should pause until somebody has looked."""
        if not self.guarded:
            return None
        if not self.proven and any(count >= REFUSED_ALIKE for count in self._alike.values()):
            return "paused by itself: Telegram refuses every recipient alike"
        marks = self._failures
        if len(marks) == marks.maxlen and self.outcomes - marks[0] < GUARD_WINDOW:
            seen = self.outcomes - marks[0] + 1
            return f"paused by itself: {len(marks)} of the last {seen} sends failed"
        return None

    def halt(self) -> None:
        """Send nothing more, and begin to count anew."""
        self.halted = True
        self._failures.clear()
        self._alike.clear()
        self._refused.clear()

    def go_on(self) -> None:
        """The broadcast is not to stop after all."""
        self.halted = False
        for delivery in self._deliveries:
            delivery.changed.set()

    def prove(self) -> None:
        """Somebody has got the message: there is nothing to try out any more."""
        self.proven = True
        for delivery in self._deliveries:
            delivery.changed.set()


class CircuitBreakers:
    """The breakers of this worker, each for as long as a delivery holds it."""

    def __init__(self) -> None:
        self._breakers: weakref.WeakValueDictionary[int, CircuitBreaker] = (
            weakref.WeakValueDictionary()
        )

    def of(self, broadcast_id: int) -> CircuitBreaker:
        """The breaker of a broadcast."""
        breaker = self._breakers.get(broadcast_id)
        if breaker is None:
            breaker = self._breakers[broadcast_id] = CircuitBreaker()
        return breaker
