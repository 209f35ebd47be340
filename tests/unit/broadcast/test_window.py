"""The window of a delivery, driven through every order of events that hypothesis thinks of."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from crier.broadcast.recipients import Kept, Recipient, Settlement
from crier.broadcast.window import PAGE, SMALLEST_WINDOW, Batch, Window
from crier.domain.outcomes import Outcome


def recipient(position: int, gone: str | None = None, kept: Outcome | None = None) -> Recipient:
    return Recipient(position, 1000 + position, gone, None, None, None, kept=kept)


def settlement(of: Recipient, outcome: Outcome = Outcome.SENT) -> Settlement:
    return Settlement(of.position, of.chat_id, outcome, 0.0)


def filled(length: int, *, claimed: int = 0) -> Window:
    """A window whose queue holds every position from `claimed` on."""
    window = Window(length, claimed, now=0.0)
    window.take(length - claimed)
    window.grow(length, [recipient(position) for position in range(claimed, length)], at=0.0)
    return window


Odd = tuple[str | None, Outcome | None]
STAYS, LEFT, HAD = (None, None), ("it left", None), ("it left", Outcome.FAILED)
ODD: list[tuple[Odd, ...]] = [(STAYS,), (STAYS, LEFT), (LEFT, STAYS, HAD), (HAD,), (LEFT,)]


class Deliveries(RuleBasedStateMachine):
    """A delivery of a few hundred, with a ledger that commits and a sender that answers."""

    flying: Bundle[Recipient] = Bundle("flying")

    def __init__(self) -> None:
        super().__init__()
        self.length, self.start, self.now = 80, 20, 0.0
        self.window = Window(self.length, self.start, self.now)
        self.batch: Batch | None = None
        self.batches = 0
        self.committed: dict[int, Outcome] = {}
        self.aloft: set[int] = set()

    # -- the ledger

    @precondition(lambda self: self.batch is None)
    @rule(passed=st.sampled_from([0.0, 0.05, 0.2, 5.0]), going=st.booleans())
    def take(self, passed: float, going: bool) -> None:
        self.now += passed
        claim = self.window.wanted(self.now) if going else 0
        self.batch = self.window.take(claim)
        self.batches += 1
        assert self.batch.number == self.batches
        assert self.batch.claim <= self.length - self.window.claimed
        assert self.in_memory() + self.batch.claim <= PAGE

    @precondition(lambda self: self.batch is not None)
    @rule(refused=st.booleans(), odd=st.sampled_from(ODD))
    def commit(self, refused: bool, odd: tuple[Odd, ...]) -> None:
        """The batch is in the database; a paused broadcast gets nothing claimed."""
        batch = self.batch
        assert batch is not None
        self.batch = None
        lines: list[Settlement | Kept] = [*batch.outcomes, *batch.kept]
        for line in lines:
            assert line.position not in self.committed, "a recipient has two outcomes"
            assert line.chat_id == 1000 + line.position
            self.committed[line.position] = line.outcome
        assert all(position in self.committed for position in range(self.start, batch.settled))
        low = self.window.claimed
        high = low if refused else low + batch.claim
        fresh = [recipient(n, *odd[n % len(odd)]) for n in range(low, high)]
        self.window.grow(high, fresh, at=0.0)

    # -- the sender

    @precondition(lambda self: self.window.queued)
    @rule(target=flying)
    def send(self) -> Recipient:
        chat = self.window.peek()
        found = self.window.next()
        assert found.chat_id == chat
        assert found.position not in self.aloft, "sent to twice at once"
        self.aloft.add(found.position)
        return found

    @rule(found=flying, outcome=st.sampled_from(Outcome))
    def answer(self, found: Recipient, outcome: Outcome) -> None:
        if found.position in self.aloft:
            self.aloft.remove(found.position)
            self.window.settle(settlement(found, outcome))

    @rule(found=flying, last=st.booleans())
    def put_back(self, found: Recipient, last: bool) -> None:
        if found.position in self.aloft:
            self.aloft.remove(found.position)
            self.window.put_back(found, last=last)

    @rule()
    def rotate(self) -> None:
        self.window.rotate()

    def in_memory(self) -> int:
        return self.window.in_flight + len(self.window.unsent())

    @invariant()
    def the_cursors_are_in_order(self) -> None:
        window = self.window
        assert self.start <= window.settled <= window.claimed <= window.length

    @invariant()
    def settled_passes_no_open_position(self) -> None:
        queued = {chat - 1000 for chat in self.window.unsent()}
        assert queued.isdisjoint(self.aloft)
        assert all(self.window.settled <= position for position in queued | self.aloft)

    @invariant()
    def every_claimed_position_is_in_one_place(self) -> None:
        assert {r.position for r in self.window.flying()} == self.aloft
        assert self.window.in_flight == len(self.aloft)
        assert self.in_memory() <= PAGE

    def teardown(self) -> None:
        """Whatever happened, the rest can be sent, and then everybody has one outcome."""
        for found in self.window.flying():
            self.window.settle(settlement(found, Outcome.UNKNOWN))
        while len(self.committed) < self.length - self.start:
            if self.batch is None:
                self.now += 1.0
                self.batch = self.window.take(self.window.wanted(self.now))
            batch, self.batch = self.batch, None
            lines = [line.position for line in batch.outcomes]
            lines += [line.position for line in batch.kept]
            assert self.committed.keys().isdisjoint(lines)
            self.committed.update(dict.fromkeys(lines, Outcome.SENT))
            low, high = self.window.claimed, self.window.claimed + batch.claim
            self.window.grow(high, [recipient(n) for n in range(low, high)], at=0.0)
            while self.window.queued:
                self.window.settle(settlement(self.window.next()))
        assert self.committed.keys() == set(range(self.start, self.length))
        assert self.window.settled == self.length
        assert not self.window.unsettled


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


def test_a_recipient_cannot_be_settled_twice() -> None:
    window = filled(2)
    first = window.next()
    window.settle(settlement(first))
    with pytest.raises(KeyError):
        window.settle(settlement(first))
    with pytest.raises(KeyError):
        window.put_back(first)


def test_settled_waits_for_the_lowest_answer() -> None:
    window = filled(5)
    first, second = window.next(), window.next()
    window.settle(settlement(second))
    assert window.take(0).settled == 0
    window.settle(settlement(first))
    assert window.take(0).settled == 2


def test_a_slow_delivery_claims_the_smallest_window() -> None:
    window = Window(length=10_000, claimed=0, now=0.0)
    assert window.wanted(now=0.0) == SMALLEST_WINDOW


def test_the_window_follows_the_rate_up_and_down() -> None:
    window = filled(500)
    window.length = 100_000
    for _ in range(500):
        window.settle(settlement(window.next()))
    assert window.wanted(now=1.0) == 300  # 500 a second, for 0.6 s
    assert window.wanted(now=2.0) == 150  # nothing came: the rate is halved
    assert Window(3, 0, now=0.0).wanted(now=0.0) == 3


def test_the_window_is_at_most_a_page() -> None:
    window = filled(5000)
    window.length = 100_000
    for _ in range(5000):
        window.settle(settlement(window.next()))
    assert window.wanted(now=1.0) == PAGE


def test_nothing_is_claimed_for_a_few_places() -> None:
    window = filled(8)
    window.length = 100
    window.settle(settlement(window.next()))
    assert window.wanted(now=0.05) == 0
    window.settle(settlement(window.next()))
    assert window.wanted(now=0.05) == 2


def test_a_chat_that_has_gone_is_skipped_and_one_of_a_retry_keeps_its_outcome() -> None:
    window = Window(length=3, claimed=0, now=0.0)
    window.take(3)
    fresh = [recipient(0, "it left"), recipient(1, "it left", Outcome.BLOCKED), recipient(2)]
    window.grow(3, fresh, at=7.0)
    batch = window.take(0)
    assert [(s.position, s.outcome, s.at, s.error) for s in batch.outcomes] == [
        (0, Outcome.SKIPPED, 7.0, "it left")
    ]
    assert batch.kept == [(1, 1001, Outcome.BLOCKED)]
    assert batch.settled == 2
    assert window.unsent() == [1002]


def test_a_recipient_is_put_back_to_the_front_or_behind_all() -> None:
    window = filled(3)
    first = window.next()
    window.put_back(first)
    assert window.unsent() == [1000, 1001, 1002]
    window.put_back(window.next(), last=True)
    assert window.unsent() == [1001, 1002, 1000]
    window.rotate()
    assert window.unsent() == [1002, 1000, 1001]


def test_a_moved_group_is_looked_for_under_its_new_id() -> None:
    window = Window(length=1, claimed=0, now=0.0)
    window.grow(1, [Recipient(0, -5, None, None, None, migrated_to=-1005)], at=0.0)
    assert window.peek() == -1005
