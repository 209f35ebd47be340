"""The pacer against models of Telegram's limits: uses nearly all of them and breaks none."""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.chat_pacing import MAX_CHATS, ChatPacer
from crier.domain.pacing import Pacer

Admit = Callable[[float], bool]


def token_bucket(rate: float) -> Admit:
    """10 tokens at most (100 for paid broadcasts), refilled at `rate` a second."""
    most = 100 if rate > 100 else 10
    state = {"tokens": most, "at": 0.0}

    def admit(at: float) -> bool:
        state["tokens"] = min(most, state["tokens"] + (at - state["at"]) * rate)
        state["at"] = at
        if state["tokens"] < 1:
            return False
        state["tokens"] -= 1
        return True

    return admit


def sliding_window(rate: float) -> Admit:
    """At most `rate` in any second."""
    admitted: deque[float] = deque()

    def admit(at: float) -> bool:
        while admitted and admitted[0] <= at - 1:
            admitted.popleft()
        if len(admitted) >= rate:
            return False
        admitted.append(at)
        return True

    return admit


def simulate(
    admit: Admit,
    pacer: Pacer,
    seconds: float,
    jitter_s: float,
    stalls: float,
    seed: int,
    stall_s: float = 0.15,
) -> tuple[int, int]:
    """One broadcast as the engine runs it; returns how many were admitted and refused."""
    chance = random.Random(seed)
    now, admitted, refused = 0.0, 0, 0
    arrivals: list[float] = []
    while now < seconds:
        now += pacer.reserve(now) + chance.random() * 0.0005
        if chance.random() < stalls:
            now += chance.random() * stall_s  # a page is read, or the loop was busy
        if held := pacer.held(now):
            now += held
        heapq.heappush(arrivals, now + chance.random() * jitter_s)
        while arrivals and arrivals[0] <= now:
            if admit(heapq.heappop(arrivals)):
                admitted += 1
            else:
                refused += 1
                pacer.too_many(now, 1)
    return admitted, refused


@pytest.mark.parametrize("model", [token_bucket, sliding_window])
@pytest.mark.parametrize("stalls", [0.0, 0.02])
@pytest.mark.parametrize("rate", [30.0, 1000.0])
def test_nearly_all_of_the_allowed_rate_is_used_and_hardly_a_429_caused(
    model: Callable[[float], Admit], stalls: float, rate: float
) -> None:
    seconds = 120.0 if rate < 100 else 10.0
    stalls = stalls * 30 / rate
    stall_s = 0.15 if rate < 100 else 0.04
    admitted, refused = simulate(model(rate), Pacer(rate), seconds, 0.009, stalls, 7, stall_s)
    assert admitted >= 0.98 * rate * seconds
    assert refused <= 0.002 * (admitted + refused)


@given(
    gaps=st.lists(st.floats(0, 0.5), min_size=1, max_size=300),
    rate=st.sampled_from([0.5, 1.0, 7.0, 30.0]),
    replies=st.sets(st.integers(0, 299)),
)
def test_no_second_ever_holds_more_than_the_ceiling_whatever_the_callers_do(
    gaps: list[float], rate: float, replies: set[int]
) -> None:
    pacer, now, slots = Pacer(rate), 0.0, []
    for number, gap in enumerate(gaps):
        now += gap
        slots.append(now + pacer.reserve(now, reply=number in replies))
    slots.sort()
    most = max(1, math.floor(rate))
    window_s = most / rate
    for first, last in zip(slots, slots[most:], strict=False):
        assert last - first >= window_s


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.001, 0.02, 0.2]), min_size=1, max_size=300),
    replies=st.sets(st.integers(0, 299)),
)
def test_bursts_fit_into_a_bucket_of_ten_whatever_the_callers_do(
    gaps: list[float], replies: set[int]
) -> None:
    pacer, now, slots, admit = Pacer(30), 0.0, [], token_bucket(30)
    for number, gap in enumerate(gaps):
        now += gap
        slots.append(now + pacer.reserve(now, reply=number in replies))
    assert all(admit(slot) for slot in sorted(slots))


def test_many_replies_at_once_go_before_the_broadcast_and_still_fit_into_the_bucket() -> None:
    pacer, now, slots, admit = Pacer(30), 0.0, [], token_bucket(30)
    for _ in range(60):
        now += pacer.reserve(now)
        slots.append(now)
    waits = [pacer.reserve(now, reply=True) for _ in range(20)]
    slots += [now + wait for wait in waits] + [now + pacer.reserve(now)]
    assert waits[0] <= 0.04
    assert waits[-1] <= 0.7
    assert all(admit(slot) for slot in sorted(slots))
    quiet, admit = Pacer(30, now=5.0), token_bucket(30)
    waits = [quiet.reserve(6.0, reply=True) for _ in range(20)]
    assert waits[8] == 0
    assert all(admit(6.0 + wait) for wait in waits)


@given(waits=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 100)), max_size=20))
def test_nothing_is_sent_before_a_retry_after_has_passed(waits: list[tuple[float, float]]) -> None:
    pacer, now, silent_until = Pacer(30), 0.0, 0.0
    for gap, retry_after_s in waits:
        now += gap
        pacer.too_many(now, retry_after_s)
        silent_until = max(silent_until, now + retry_after_s)
        for reply in (False, True):
            assert now + pacer.reserve(now, reply=reply) >= silent_until
        assert now + pacer.held(now) >= silent_until


def test_one_wait_slows_down_once_however_many_429s_answer_what_was_in_flight() -> None:
    pacer = Pacer(30)
    for late in range(20):
        pacer.too_many(10 + late * 0.01, 1)
    assert pacer.rate(10.5) == pytest.approx(24)


def test_the_rate_climbs_back_fast_to_near_the_failure_and_slowly_to_the_ceiling() -> None:
    pacer = Pacer(30)
    pacer.too_many(0, 1)
    at = pacer.blocked_until
    assert pacer.rate(at) == pytest.approx(24)
    assert pacer.rate(at + 3) == pytest.approx(28.5)
    assert 28.5 < pacer.rate(at + 8) < 30
    assert pacer.rate(at + 60) == 30


def test_a_limit_below_the_ceiling_is_found_and_kept_nearly_without_429s() -> None:
    admitted, refused = simulate(token_bucket(20), Pacer(30), 600, 0.009, 0, seed=3)
    assert admitted >= 0.93 * 20 * 600
    assert refused <= 0.01 * (admitted + refused)


def test_without_a_ceiling_nothing_is_spaced_until_telegram_says_stop() -> None:
    pacer = Pacer(0)
    now = 0.0
    for _ in range(1000):
        assert pacer.reserve(now) == 0
        now += 0.001
    pacer.too_many(now, 1)
    assert pacer.rate(now) == pytest.approx(800, rel=0.01)
    assert pacer.rate(now + 100) > 800


def test_passing_freely_takes_what_reserving_would_have_given_at_once() -> None:
    pacer = Pacer(0)
    assert pacer.pass_freely(1.0, 7)
    assert not pacer.pass_freely(1.5, 7), "the same chat within a second"
    assert pacer.pass_freely(2.0, 7)
    pacer.wait_until(3.0)
    assert not pacer.pass_freely(2.5, 8), "Telegram wants silence"
    assert pacer.pass_freely(3.0, 8)
    pacer.too_many(4.0, 1.0)
    assert not pacer.pass_freely(60.0, 9), "a rate is known to be too high from now on"
    assert not Pacer(30).pass_freely(0.0, 1)


def test_a_reply_goes_at_once_while_a_broadcast_runs_at_full_rate() -> None:
    pacer, now, waits = Pacer(30), 0.0, []
    for number in range(600):
        now += pacer.reserve(now)
        if number % 10 == 5:
            waits.append(pacer.reserve(now, reply=True))
    assert max(waits[1:]) <= 0.1
    assert now >= 600 / 30 + 60 / 30 - 1


def test_a_chat_gets_one_message_a_second_and_a_group_twenty_a_minute() -> None:
    pacer, now = Pacer(1000), 0.0
    sent = []
    for _ in range(21):
        now += pacer.reserve(now, chat_id=-5)
        sent.append(now)
    assert sent[1] - sent[0] >= 1
    assert sent[20] - sent[0] >= 60
    assert pacer.chat_delay(now, -5) > 0
    assert pacer.chat_delay(now, 5) == 0


def test_memory_of_chats_is_bounded() -> None:
    pacer = Pacer(0)
    for chat_id in range(1, 3_000):
        pacer.reserve(0.0, chat_id)
        pacer.reserve(0.0, -chat_id)
    assert len(pacer._chats._young) + len(pacer._chats._old) <= MAX_CHATS
    assert len(pacer._chats._groups) <= MAX_CHATS
    assert len(pacer._slots) <= 512


def test_chats_of_more_than_two_seconds_ago_are_forgotten_and_no_younger_ones() -> None:
    chats = ChatPacer()
    for n in range(500):
        at = n / 100
        chats.take(at, n)
        assert all(chats.delay(at, n - back) > 0 for back in range(min(n, 99)))
        assert len(chats._young) + len(chats._old) <= 201


def _in_flight_at(latency_s: float) -> int:
    pacer = Pacer(30)
    for _ in range(100):
        pacer.answered(latency_s)
    return pacer.max_in_flight(0)


def test_requests_in_flight_follow_latency_and_are_fewer_while_telegram_throttles() -> None:
    latencies = [0.01, 0.14, 0.39, 1.5, 8.0]
    assert [_in_flight_at(latency_s) for latency_s in latencies] == [6, 9, 24, 30, 15]
    assert Pacer(0).max_in_flight(0) == 64
    assert Pacer(0.5).max_in_flight(0) == 2


def test_a_paid_broadcast_goes_faster_until_its_budget_is_spent() -> None:
    pacer, now, count = Pacer(30), 0.0, 0
    pacer.allow_paid(500, now)
    while pacer.paying:
        now += pacer.reserve(now)
        count += 1
    assert 0.45 < now < 0.55
    assert count == 500
    start, before = now, count
    while now < start + 10:
        now += pacer.reserve(now)
        count += 1
    assert count - before <= 30 * 10 + 30


def test_replies_count_against_the_budget_and_a_new_ceiling_waits_until_it_is_spent() -> None:
    pacer = Pacer(30)
    pacer.allow_paid(3, 0.0)
    pacer.limit(5, 0.0)
    pacer.reserve(0.0)
    pacer.reserve(0.0, reply=True)
    assert (pacer.paid_left, pacer.rate(0.0)) == (1, 1000)
    pacer.reserve(0.0)
    assert not pacer.paying
    assert pacer.rate(0.0) == 5
    pacer.allow_paid(100, 1.0)
    pacer.allow_paid(0, 1.0)
    assert (pacer.paying, pacer.rate(1.0)) == (False, 5)
