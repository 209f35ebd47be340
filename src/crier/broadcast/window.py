"""The cursors of a delivery, and the recipients between claim and commit: pure, without a clock.

A position is claimed (durably, by the ledger) before it is sent, and settled when its outcome is
committed. Invariants, walked by `tests/unit/broadcast/test_window.py`:

- a claimed position is in exactly one place: open (queued, or in flight), or among the outcomes
  of the next batch, or in a batch that was taken; so each gets exactly one outcome, and to settle
  one twice is a `KeyError`;
- positions are claimed in order and `_open` keeps that order, so its first key is the lowest open
  position: `settled` never passes it, and settled ≤ claimed ≤ length;
- open recipients stay within a window of `WINDOW_S` of sending, at most `PAGE`. That bounds the
  memory, and what a crash leaves in doubt.

Batches are numbered from 1 and taken one at a time: between `take` and `grow` comes no other.
"""

import math
from collections import deque
from typing import NamedTuple

from crier.broadcast.recipients import Kept, Recipient, Settlement
from crier.domain.outcomes import Outcome

PAGE = 1000
WINDOW_S, SMALLEST_WINDOW = 0.6, 8
"""What is claimed and not settled, in seconds of sending: two ticks of the ledger and a commit."""


class Batch(NamedTuple):
    """What is to be committed at once: how many to claim, the new cursor, and the outcomes."""

    number: int
    claim: int
    settled: int
    outcomes: list[Settlement]
    kept: list[Kept]


class Window:
    """The open part of a delivery. Times are of `time.monotonic`."""

    def __init__(self, length: int, claimed: int, now: float) -> None:
        """Start where the row is: every position below `claimed` is settled."""
        self.length, self.claimed = length, claimed
        self._batch = 0
        self._open: dict[int, Recipient] = {}
        self._queue: deque[Recipient] = deque()
        self._outcomes: list[Settlement] = []
        self._kept: list[Kept] = []
        self._rate, self._counted, self._counted_at = 0.0, 0, now

    # -- sending

    @property
    def queued(self) -> bool:
        """Whether there is a recipient to send to."""
        return bool(self._queue)

    @property
    def in_flight(self) -> int:
        """How many recipients have been sent to, or are about to, without an answer yet."""
        return len(self._open) - len(self._queue)

    def next(self) -> Recipient:
        """Take the next recipient out of the queue; it is in flight from now on."""
        return self._queue.popleft()

    def peek(self) -> int:
        """Return the chat that is next."""
        recipient = self._queue[0]
        return recipient.migrated_to or recipient.chat_id

    def rotate(self) -> None:
        """Put the next recipient behind the others of the queue."""
        self._queue.rotate(-1)

    def put_back(self, recipient: Recipient, *, last: bool = False) -> None:
        """Queue a recipient in flight again: it certainly got nothing (or may get it twice)."""
        if recipient.position not in self._open:
            raise KeyError(recipient.position)
        self._open[recipient.position] = recipient
        if last:
            self._queue.append(recipient)
        else:
            self._queue.appendleft(recipient)

    def settle(self, settlement: Settlement) -> None:
        """Record how a recipient in flight ended, for the next batch."""
        del self._open[settlement.position]
        self._outcomes.append(settlement)
        self._counted += 1

    def flying(self) -> list[Recipient]:
        """Return the recipients in flight, lowest position first."""
        queued = {recipient.position for recipient in self._queue}
        return [r for position, r in self._open.items() if position not in queued]

    def unsent(self) -> list[int]:
        """Return the chats of the queue, which certainly got nothing."""
        return [recipient.chat_id for recipient in self._queue]

    # -- the ledger's side

    @property
    def settled(self) -> int:
        """The positions below are settled once all outcomes of now are committed."""
        return next(iter(self._open), self.claimed)

    @property
    def unsettled(self) -> bool:
        """Whether outcomes wait for their commit."""
        return bool(self._outcomes or self._kept)

    def wanted(self, now: float) -> int:
        """Return how many recipients to claim, so that the open ones are `WINDOW_S` of sending."""
        if self.claimed >= self.length:
            return 0
        elapsed = now - self._counted_at
        if elapsed >= 0.1:
            self._rate = max(0.5 * self._rate, self._counted / elapsed)
            self._counted, self._counted_at = 0, now
        window = min(PAGE, max(SMALLEST_WINDOW, math.ceil(WINDOW_S * self._rate)))
        room = window - len(self._open)
        return min(room, self.length - self.claimed) if room >= window / 4 else 0

    def take(self, claim: int) -> Batch:
        """Hand over what is to be committed next, with a claim of so many more."""
        self._batch += 1
        outcomes, self._outcomes = self._outcomes, []
        kept, self._kept = self._kept, []
        return Batch(self._batch, claim, self.settled, outcomes, kept)

    def grow(self, claimed: int, recipients: list[Recipient], at: float) -> None:
        """Go on with the newly claimed recipients, since a batch is committed. Those whose chat is
        gone are skipped at once (`at`, of `time.time`), or keep what they had."""
        self.claimed = claimed
        for recipient in recipients:
            if recipient.kept is not None:
                self._kept.append(Kept(recipient.position, recipient.chat_id, recipient.kept))
                continue
            if recipient.gone is not None:
                place = (recipient.position, recipient.chat_id, Outcome.SKIPPED, at)
                self._outcomes.append(Settlement(*place, error=recipient.gone))
                continue
            self._open[recipient.position] = recipient
            self._queue.append(recipient)
