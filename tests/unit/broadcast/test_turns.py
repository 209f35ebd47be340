"""How the deliveries of one bot take turns."""

from collections import Counter

from crier.broadcast.turns import Turns


def run(turns: Turns, priorities: dict[int, int], sends: int) -> Counter[int]:
    had: Counter[int] = Counter()
    for _ in range(sends):
        chosen = min(priorities, key=turns.had)
        turns.count(chosen, priorities[chosen])
        had[chosen] += 1
    return had


def test_sends_are_shared_by_priority() -> None:
    turns = Turns()
    turns.enter(1)
    turns.enter(2)
    assert run(turns, {1: 1, 2: 3}, 400) == {1: 100, 2: 300}


def test_a_newcomer_does_not_make_up_for_what_went_before() -> None:
    turns = Turns()
    turns.enter(1)
    run(turns, {1: 1}, 1000)
    turns.enter(2)
    assert run(turns, {1: 1, 2: 1}, 100) == {1: 50, 2: 50}


def test_a_delivery_that_was_held_catches_up_with_the_least_of_the_others() -> None:
    turns = Turns()
    for id in (1, 2, 3):
        turns.enter(id)
    run(turns, {1: 1, 2: 1}, 200)
    turns.catch_up(3, [1, 2])
    assert turns.had(3) == 100
    turns.catch_up(3, [])
    assert turns.had(3) == 100


def test_who_left_is_forgotten() -> None:
    turns = Turns()
    turns.enter(1)
    turns.leave(1)
    turns.enter(2)
    assert turns.had(2) == 0
    turns.leave(1)
