"""The states of a delivery in a worker's memory, and the steps between them: pure.

    sending ⇄ held        a file is missing: try again soon
    sending, held ⇄ paused     the broadcast is not `broadcasting`
    sending, held, paused ──▶ leaving      its runner gives it up
    each of these ──▶ done | lost          the ledger found it settled; or no longer this runner's

Only `Delivery` changes its state, in the methods that its runner, its ledger and its content call.
Everything happens on one event loop, so no lock is needed. Two facts are no states, since they
hold beside any: whether the circuit breaker has tripped (it is the broadcast's, not the
delivery's), and whether the files of the message are known yet (the content's).
"""

from enum import StrEnum
from typing import Final, NamedTuple


class DeliveryState(StrEnum):
    """What a delivery does now."""

    SENDING = "sending"
    """Recipients are claimed and sent to."""
    HELD = "held"
    """Something other than Telegram is missing; each `HOLD_S` one send tries whether it is back."""
    PAUSED = "paused"
    """Nothing is claimed or sent; answers on their way are waited for."""
    LEAVING = "leaving"
    """As paused, but for good: its runner waits for the answers and gives it back."""
    DONE = "done"
    """Every recipient has an outcome, and the row says so."""
    LOST = "lost"
    """Another runner has it, or it was closed: nothing more is recorded from here."""


ENDED: Final = frozenset({DeliveryState.DONE, DeliveryState.LOST})

TRANSITIONS: Final[dict[DeliveryState, frozenset[DeliveryState]]] = {
    DeliveryState.SENDING: ENDED
    | {DeliveryState.HELD, DeliveryState.PAUSED, DeliveryState.LEAVING},
    DeliveryState.HELD: ENDED
    | {DeliveryState.SENDING, DeliveryState.PAUSED, DeliveryState.LEAVING},
    # A pause forgets a hold: after it the first send finds out again.
    DeliveryState.PAUSED: ENDED | {DeliveryState.SENDING, DeliveryState.LEAVING},
    # The answers on their way may settle the last recipients.
    DeliveryState.LEAVING: ENDED,
    DeliveryState.DONE: frozenset(),
    DeliveryState.LOST: frozenset(),
}


class ForbiddenTransitionError(ValueError):
    """A change of state that the table does not have: a bug of ours."""


def step(state: DeliveryState, to: DeliveryState) -> DeliveryState:
    """Return the new state.

    Raises:
        ForbiddenTransitionError: the table does not allow it.
    """
    if to not in TRANSITIONS[state]:
        raise ForbiddenTransitionError(f"{state} -> {to}")
    return to


class Wait(NamedTuple):
    """What a delivery waits for, in words, and until when (`time.time`) if that is known."""

    reason: str
    until: float | None = None

    def same_as(self, other: "Wait | None") -> bool:
        """Return True if this is the other wait, read off a clock again."""
        if other is None or self.reason != other.reason:
            return False
        return self.until == other.until or abs((self.until or 0) - (other.until or 0)) < 1.0
