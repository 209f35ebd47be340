"""What the answers so far say of a broadcast as a whole: that nobody will get it, or too few do.

A worker has one `CircuitBreaker` for each broadcast, which its deliveries share: bad content then
costs a handful of recipients however many bots send it. Other workers decide for themselves; what
is to fail a broadcast asks the database whether anybody got it (`closing.fail`).

Two facts, each independent of the other: `proven` (somebody has got the message; never taken back)
and `tripped` (nothing is sent until the database knows that the broadcast stops, or that it goes
on after all). Only the methods here change them. One event loop, no locks.
"""

import asyncio
import time
import weakref
from collections import Counter, deque
from collections.abc import Coroutine
from typing import Any, Protocol

from crier.domain.outcomes import Action, Outcome

GUARD_WINDOW = 200
"""More than half of so many outcomes in a row are failures: somebody should look."""

REFUSED_CONTENT = 5
"""After so many first recipients with refused content nobody will get it."""

REFUSED_ALIKE = 20
"""So many first recipients with the same refusal that the error table does not know."""

TRIAL_IN_FLIGHT, TRIAL_S = 5, 1.0
"""Until somebody has got the message, so many of it are in flight in a worker; where answers are
slow and nothing speaks against the message, for a second only."""


class Watched(Protocol):
    """What a breaker needs of a delivery."""

    bot_id: int

    @property
    def in_flight(self) -> int:
        """How many of its recipients have no answer yet."""
        ...

    def wake(self) -> None:
        """Let the delivery's runner look again: it may send."""
        ...


class CircuitBreaker:
    """Watches one broadcast in this worker."""

    def __init__(self) -> None:
        self.proven = False
        """Whether somebody has got the message, and so the content is good."""
        self.tripped = False
        """Whether nothing is to be sent for now."""
        self._guarded = True
        self._ending: asyncio.Task[None] | None = None
        self._outcomes = 0
        self._failures: deque[int] = deque(maxlen=GUARD_WINDOW // 2 + 1)
        self._refused: Counter[int] = Counter()
        self._alike: Counter[str] = Counter()
        self._since: float | None = None
        self._watched: weakref.WeakSet[Watched] = weakref.WeakSet()

    # -- what it is told

    def learn(self, *, guarded: bool, reached: bool) -> None:
        """Take over what the rows say: whether it may pause the broadcast, and whether somebody got
        it."""
        self._guarded = guarded
        self.proven = self.proven or reached

    def watch(self, delivery: Watched) -> None:
        """Watch a delivery that is taken, until it is forgotten; its broadcast is to be sent."""
        self._watched.add(delivery)
        self.tripped = False

    def count(self, outcome: Outcome) -> None:
        """Count the outcome of a recipient that was sent to."""
        if outcome is Outcome.SKIPPED:
            return
        self._outcomes += 1
        if not self.proven and outcome is Outcome.SENT:
            self.prove()

    def failed(self) -> None:
        """Note a refusal or a fault as the answer to a send, which is counted as an outcome
        already."""
        self._failures.append(self._outcomes)

    def refused(self, bot_id: int, action: Action, words: str, *, known: bool) -> None:
        """Note that Telegram refuses the message for a recipient; `known`: for a reason in our
        table."""
        if self.proven:
            return
        if action is Action.CONTENT_STOP:
            self._refused[bot_id] += 1
        elif action is Action.SKIP and not known:
            self._alike[words] += 1

    # -- what it says

    def admits(self, delivery: Watched) -> bool:
        """Return True if a delivery may try another recipient now.

        Once the content is refused often enough, only bots try it that have not: it may be one
        bot's trouble.
        """
        if self.proven:
            return True
        in_flight = sum(other.in_flight for other in self._watched)
        if self._refused.total() >= REFUSED_CONTENT:
            others = in_flight + len(self._refused) < REFUSED_CONTENT
            return others and delivery.bot_id not in self._refused and not delivery.in_flight
        now = time.monotonic()
        self._since = self._since or now
        if now - self._since > TRIAL_S and not (self._refused or self._alike):
            return True
        return in_flight < TRIAL_IN_FLIGHT

    def reason_to_fail(self) -> str | None:
        """Return why the broadcast can never be sent, where its first answers show that."""
        if self.proven or self._refused.total() < REFUSED_CONTENT:
            return None
        return "Telegram refuses the content"

    def reason_to_pause(self) -> str | None:
        """Return why the broadcast should pause until somebody has looked, if it should."""
        if not self._guarded:
            return None
        if not self.proven and any(count >= REFUSED_ALIKE for count in self._alike.values()):
            return "paused by itself: Telegram refuses every recipient alike"
        marks = self._failures
        if len(marks) == marks.maxlen and self._outcomes - marks[0] < GUARD_WINDOW:
            seen = self._outcomes - marks[0] + 1
            return f"paused by itself: {len(marks)} of the last {seen} sends failed"
        return None

    # -- how the broadcast stops, or goes on

    def trip(self) -> None:
        """Send nothing more, and begin to count anew."""
        self.tripped = True
        self._failures.clear()
        self._alike.clear()
        self._refused.clear()

    def reset(self) -> None:
        """Begin anew: the broadcast is not to stop after all."""
        self.tripped = False
        self._wake()

    def prove(self) -> None:
        """Note that somebody has got the message: there is nothing to try out any more."""
        self.proven = True
        self._wake()

    def end_by(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what ends the broadcast. It is no part of a send: runners wait for those before
        they let go, and for this after it."""
        self._ending = asyncio.create_task(work, name="broadcast fails")

    @property
    def stopping(self) -> bool:
        """Whether the broadcast is being stopped already."""
        return self.tripped or (self._ending is not None and not self._ending.done())

    async def ended(self) -> None:
        """Wait until what ends the broadcast is through, where that is under way."""
        if self._ending is not None:
            await asyncio.wait((self._ending,))

    def _wake(self) -> None:
        for delivery in self._watched:
            delivery.wake()


class CircuitBreakers:
    """The breakers of this worker, each for as long as a delivery holds it."""

    def __init__(self) -> None:
        self._breakers: weakref.WeakValueDictionary[int, CircuitBreaker] = (
            weakref.WeakValueDictionary()
        )

    def of(self, broadcast_id: int) -> CircuitBreaker:
        """Return the breaker of a broadcast."""
        breaker = self._breakers.get(broadcast_id)
        if breaker is None:
            breaker = self._breakers[broadcast_id] = CircuitBreaker()
        return breaker
