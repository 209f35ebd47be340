"""The figures that the pacer promises, one by one: bursts, room for replies, what a 429 teaches."""

import math

import pytest

from crier.domain.pacing import Pacer

INTERVAL = 1 / (30 * 0.99)
"""Between messages of a bot with the usual ceiling, evenly spaced."""


def broadcast(pacer: Pacer, start: float, end: float) -> list[float]:
    """When the messages go that one broadcast sends from `start` on, until `end`."""
    now, slots = start, []
    while (now := now + pacer.reserve(now)) < end:
        slots.append(now)
    return slots


def at_once(pacer: Pacer, now: float) -> int:
    """How many replies go without any wait."""
    count = 0
    while pacer.reserve(now, reply=True) == 0:
        count += 1
    return count


@pytest.mark.parametrize(
    ("rate", "most"), [(7.0, 3), (20.0, 6), (30.0, 9), (100.0, 10), (200.0, 18), (1000.0, 90)]
)
def test_so_many_replies_go_at_once_after_silence(rate: float, most: int) -> None:
    assert at_once(Pacer(rate), 100.0) == most


def test_a_broadcast_starts_evenly_however_long_nothing_was_sent() -> None:
    pacer = Pacer(30)
    for start in (5.0, 60.0):
        first, second, third = broadcast(pacer, start, start + 0.1)[:3]
        assert first == start
        assert second - first == pytest.approx(INTERVAL)
        assert third - second == pytest.approx(INTERVAL)


@pytest.mark.parametrize(("late_s", "together"), [(0.05, 2), (0.08, 3), (0.9, 3), (1.2, 1)])
def test_a_broadcast_makes_up_for_a_third_of_a_burst_and_no_more(
    late_s: float, together: int
) -> None:
    pacer = Pacer(30)
    now = broadcast(pacer, 0.0, 10.0)[-1] + 2 * INTERVAL + late_s
    count = 0
    while pacer.reserve(now) == 0:
        count += 1
    assert count == together


@pytest.mark.parametrize("replies", [1, 2, 3])
def test_each_reply_puts_the_broadcast_off_by_one_message(replies: int) -> None:
    waits = []
    for count in (0, replies):
        pacer = Pacer(30)
        now = broadcast(pacer, 0.0, 0.2)[-1]
        for _ in range(count):
            assert pacer.reserve(now, reply=True) == 0
        waits.append(pacer.reserve(now))
    assert waits[1] - waits[0] == pytest.approx(replies * INTERVAL)


def test_room_for_replies_is_left_for_ten_seconds_after_one() -> None:
    pacer = Pacer(30)
    broadcast(pacer, 0.0, 5.0)
    pacer.reserve(5.0, reply=True)
    slots = broadcast(pacer, 5.0, 30.0)
    by_second = [sum(at <= slot < at + 1 for slot in slots) for at in range(5, 30)]
    assert by_second[0] <= 28
    assert sum(by_second[2:9]) == pytest.approx(7 * 29 / (30 / 29.7), abs=1.5)
    assert sum(by_second[12:]) == pytest.approx(13 * 29.7, abs=1.5)


def test_a_reply_finds_room_where_replies_come_again_and_again() -> None:
    pacer, now, waits = Pacer(30), 0.0, []
    for number in range(3000):
        now += pacer.reserve(now)
        if number % 6 == 5:
            waits.append(pacer.reserve(now, reply=True))
    assert max(waits[5:]) <= INTERVAL


@pytest.mark.parametrize(
    ("replies_s", "room"), [(0.0, 30), (0.1, 28), (1.0, 27), (2.0, 26), (4.0, 23), (1000.0, 20)]
)
def test_room_is_left_for_what_another_process_answers(replies_s: float, room: int) -> None:
    pacer = Pacer(30)
    pacer.leave_room(9.0)
    pacer.leave_room(replies_s)
    broadcast(pacer, 0.0, 5.0)
    slots = broadcast(pacer, 5.0, 25.0)
    assert len(slots) == pytest.approx(20 * room * 0.99, abs=5)


def test_as_many_replies_as_messages_leave_a_broadcast_a_third_of_its_pace() -> None:
    pacer, now, sent = Pacer(30), 0.0, 0
    while now < 20:
        now += pacer.reserve(now)
        sent += 1
        pacer.reserve(now, reply=True)
    assert sent >= 20 * 30 / 3


def test_a_second_failure_while_climbing_is_measured_from_where_it_happened() -> None:
    pacer = Pacer(30)
    pacer.too_many(0.0, 1.0)
    assert pacer.blocked_until == pytest.approx(1.05)
    assert pacer.rate(1.05) == pytest.approx(24.0)
    failed_at = 24 + 0.05 * 30 * 1.0
    pacer.too_many(2.05, 1.0)
    cut = 0.8 * failed_at
    assert pacer.rate(3.1) == pytest.approx(cut)
    assert pacer.rate(4.1) == pytest.approx(cut + 0.05 * failed_at)
    near = 0.95 * failed_at
    assert pacer.rate(40.0) == pytest.approx(near), "one step ends at where it gets dangerous"
    assert pacer.rate(50.0) == pytest.approx(near + 0.004 * failed_at * 10)
    assert pacer.rate(3000.0) == 30


def test_the_rate_never_falls_below_a_message_in_five_seconds() -> None:
    pacer, now = Pacer(1), 0.0
    for _ in range(40):
        pacer.too_many(now, 0.0)
        now = pacer.blocked_until
    assert pacer.rate(now) == pytest.approx(0.2, rel=0.05)


def test_without_a_ceiling_a_429_teaches_what_was_sent_lately() -> None:
    pacer = Pacer(0)
    pacer.too_many(0.0, 1.0)
    assert pacer.unlimited, "nothing was sent, so nothing is known"
    assert pacer.pass_freely(2.0, 1)
    pacer.too_many(2.2, 1.0)
    assert pacer.unlimited, "one message tells no rate"
    assert pacer.pass_freely(4.0, 1)
    pacer.too_many(5.0, 1.0)
    assert not pacer.unlimited
    assert pacer.rate(5.0) == pytest.approx(0.8 * 1 / 2.0)
    assert pacer.rate(6.05 + 1.0) == pytest.approx(0.4 + 0.05 * 0.5)
    assert pacer.rate(1e6) < math.inf


def test_with_a_ceiling_only_the_rate_counts_not_what_was_sent() -> None:
    pacer = Pacer(30)
    pacer.reserve(0.0)
    pacer.reserve(5.0)
    pacer.too_many(6.0, 1.0)
    assert pacer.rate(6.0) == pytest.approx(24)


def test_a_bot_without_a_ceiling_is_held_back_while_telegram_answers_slowly() -> None:
    pacer = Pacer(0)
    for _ in range(100):
        pacer.answered(1.9)
    assert pacer.max_in_flight(0.0) == 64
    assert pacer.pass_freely(0.0, 1)
    for _ in range(100):
        pacer.answered(2.9)
    assert pacer.max_in_flight(0.0) == 32
    assert not pacer.pass_freely(10.0, 1)
    assert pacer.reserve(10.0, 1) == 0


def test_before_the_first_answer_half_a_second_of_sending_may_be_in_flight() -> None:
    assert Pacer().max_in_flight(0.0) == 15


def test_paid_messages_do_not_pass_freely() -> None:
    pacer = Pacer(0)
    pacer.allow_paid(1, 0.0)
    assert not pacer.pass_freely(0.0, 1)


def test_what_passes_freely_is_remembered_in_bounded_memory_and_teaches_too() -> None:
    pacer, now = Pacer(0), 0.0
    for chat_id in range(1, 2001):
        now += 0.01
        assert pacer.pass_freely(now, chat_id)
        assert len(pacer._slots) <= 512
    assert len(pacer._slots) >= 256
    pacer.too_many(now, 1.0)
    assert pacer.rate(now) == pytest.approx(80.0)


def test_slots_are_remembered_in_bounded_memory() -> None:
    pacer, now = Pacer(30), 0.0
    for _ in range(2000):
        now += pacer.reserve(now)
        assert len(pacer._slots) <= 512
    assert len(pacer._slots) >= 256
