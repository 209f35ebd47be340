"""The states of a delivery: every event in every state, against the table."""

import asyncio
import uuid
from collections.abc import Callable

import pytest

from crier.broadcast.circuit_breaker import CircuitBreaker
from crier.broadcast.delivery import Delivery
from crier.broadcast.delivery_state import (
    ENDED,
    TRANSITIONS,
    DeliveryState,
    ForbiddenTransitionError,
    Wait,
    step,
)
from crier.broadcast.recipients import Recipient, Settlement
from crier.broadcast.window import Window
from crier.domain.message import AdMessage
from crier.domain.outcomes import Outcome

SENDING, HELD, PAUSED, LEAVING, DONE, LOST = DeliveryState
RECIPIENTS = [Recipient(n, 1000 + n, None, None, None, None) for n in range(5)]


def a_delivery(policy: str = "at_most_once") -> Delivery:
    """A delivery whose five recipients are claimed."""
    delivery = Delivery(
        id=1,
        bot_id=2,
        broadcast_id=3,
        runner=uuid.uuid4(),
        policy=policy,
        priority=1,
        message=AdMessage(text="Buy!"),
        window=Window(5, 0, now=0.0),
        paid=0,
        paid_budget=0,
        retried=False,
        breaker=CircuitBreaker(),
        changed=asyncio.Event(),
    )
    assert delivery.take() is not None
    delivery.committed(5, RECIPIENTS, done=False, going=True)
    return delivery


def hold(delivery: Delivery) -> None:
    """Needs an event loop, which is to wake the delivery up."""
    delivery.hold(delivery.window.next(), "the storage")


EVENTS: dict[str, Callable[[Delivery], None]] = {
    "pause": lambda d: d.follow(going=False),
    "resume": lambda d: d.follow(going=True),
    "leave": Delivery.leave,
    "hold": hold,
    "unhold": Delivery.unhold,
    "committed": lambda d: d.committed(5, [], done=False, going=True),
    "committed while paused": lambda d: d.committed(5, [], done=False, going=False),
    "committed the last": lambda d: d.committed(5, [], done=True, going=True),
    "lose": Delivery.lose,
}
WAYS: dict[DeliveryState, tuple[str, ...]] = {
    SENDING: (),
    HELD: ("hold",),
    PAUSED: ("pause",),
    LEAVING: ("leave",),
    DONE: ("committed the last",),
    LOST: ("lose",),
}
LEADS: dict[DeliveryState, dict[str, DeliveryState | None]] = {
    SENDING: {
        "pause": PAUSED,
        "leave": LEAVING,
        "hold": HELD,
        "committed while paused": PAUSED,
        "committed the last": DONE,
        "lose": LOST,
    },
    HELD: {
        "pause": PAUSED,
        "leave": LEAVING,
        "unhold": SENDING,
        "committed while paused": PAUSED,
        "committed the last": DONE,
        "lose": LOST,
    },
    PAUSED: {
        "resume": SENDING,
        "committed": SENDING,
        "leave": LEAVING,
        "committed the last": DONE,
        "lose": LOST,
    },
    LEAVING: {"committed the last": DONE, "lose": LOST},
    DONE: {"committed the last": None, "lose": None},
    LOST: {"committed the last": None, "lose": None},
}
"""What each event leads to; None: it is forbidden. Events that are not here change nothing."""


def in_state(state: DeliveryState) -> Delivery:
    delivery = a_delivery()
    for name in WAYS[state]:
        EVENTS[name](delivery)
    assert delivery.state is state
    return delivery


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", DeliveryState)
async def test_every_event_in_every_state(state: DeliveryState, event: str) -> None:
    delivery = in_state(state)
    to = LEADS[state].get(event, state)
    if to is None:
        with pytest.raises(ForbiddenTransitionError):
            EVENTS[event](delivery)
        return
    EVENTS[event](delivery)
    assert delivery.state is to
    assert to is state or to in TRANSITIONS[state]


def test_the_table_holds_no_step_that_nothing_takes() -> None:
    taken = {state: {to for to in leads.values() if to} for state, leads in LEADS.items()}
    assert taken == TRANSITIONS


@pytest.mark.parametrize("end", sorted(ENDED))
def test_nothing_leads_out_of_an_end(end: DeliveryState) -> None:
    for state in DeliveryState:
        with pytest.raises(ForbiddenTransitionError):
            step(end, state)


@pytest.mark.parametrize("state", [PAUSED, LEAVING, DONE, LOST])
def test_only_a_delivery_that_is_under_way_is_ready_and_claims(state: DeliveryState) -> None:
    delivery = a_delivery()
    delivery.window.length = 100
    assert delivery.ready
    for name in WAYS[state]:
        EVENTS[name](delivery)
    delivery.window.settle(Settlement(0, 1000, Outcome.SENT, 0.0))
    entry = delivery.take()
    assert not delivery.ready
    if delivery.ended:
        assert entry is None
    else:
        assert entry is not None
        assert entry.claim == 0


def test_a_tripped_breaker_stops_it_whatever_its_state() -> None:
    delivery = a_delivery()
    delivery.breaker.watch(delivery)
    delivery.breaker.trip()
    assert not delivery.ready
    delivery.breaker.reset()
    assert delivery.ready


async def test_a_hold_says_what_is_missing_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = a_delivery()
    hold(delivery)
    delivery.wait(None)
    entry = delivery.take()
    assert entry is not None
    assert entry.wait == Wait("the storage")
    assert not delivery.ready
    monkeypatch.setattr("crier.broadcast.delivery.HOLD_S", -1.0)
    assert delivery.ready, "one send finds out whether it is back"
    delivery.unhold()
    entry = delivery.take()
    assert entry is not None
    assert entry.wait is None


async def test_a_recipient_that_was_held_is_queued_again_in_any_state() -> None:
    for state in DeliveryState:
        delivery = in_state(state)
        hold(delivery)
        assert delivery.window.unsent() == [1000, 1001, 1002, 1003, 1004]


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
def test_answers_that_are_given_up_are_in_doubt(policy: str) -> None:
    delivery = a_delivery(policy)
    delivery.window.next()
    delivery.abandon("too late")
    entry = delivery.take()
    if policy == "at_least_once":
        assert entry is None
        assert len(delivery.window.unsent()) == 5
    else:
        assert entry is not None
        assert [(s.position, s.outcome) for s in entry.outcomes] == [(0, Outcome.UNKNOWN)]


def test_a_wait_is_told_once() -> None:
    delivery = a_delivery()
    delivery.wait(Wait("Telegram", 100.0))
    entry = delivery.take()
    assert entry is not None
    assert entry.wait == Wait("Telegram", 100.0)
    delivery.wait(Wait("Telegram", 100.4))  # the same, read off a clock again
    assert delivery.take() is None
    delivery.wait(Wait("Telegram", 105.0))
    assert delivery.take() is not None
