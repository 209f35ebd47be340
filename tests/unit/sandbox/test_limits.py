"""The buckets: what is taken, what is refused, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from crier.sandbox.limits import BotLimiter, after_taking, retry_after, wait_for


def take_all(times: list[float], rate: float, burst: float) -> list[float]:
    """Times at which a message was accepted."""
    full_at, accepted = 0.0, []
    for now in times:
        if wait_for(full_at, rate, burst, now) == 0:
            full_at = after_taking(full_at, rate, now)
            accepted.append(now)
    return accepted


def test_a_full_bucket_takes_its_burst_at_once_and_then_its_rate() -> None:
    assert len(take_all([100.0] * 50, 30, 10)) == 10
    evenly = [100 + k / 30 for k in range(300)]
    assert len(take_all(evenly, 30, 10)) == 300


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=200), st.integers(1, 20))
def test_no_window_ever_holds_more_than_rate_and_burst_allow(gaps: list[float], burst: int) -> None:
    now, times = 1000.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    accepted = take_all(times, 30, burst)
    for start in range(len(accepted)):
        for end in range(start, len(accepted)):
            window = accepted[end] - accepted[start]
            assert end - start + 1 <= 30 * window + burst + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 10), st.floats(0, 50))
def test_after_the_wait_there_is_room(rate: float, burst: int, full_in: float) -> None:
    wait = wait_for(1000 + full_in, rate, burst, 1000)
    assert wait_for(1000 + full_in, rate, burst, 1000 + wait + 1e-6) == 0


def test_a_wait_is_told_in_whole_seconds_rounded_up() -> None:
    assert [retry_after(w) for w in (0.001, 1.0, 1.2, 41.0)] == [1, 1, 2, 41]


def test_a_group_takes_twenty_in_any_minute() -> None:
    limiter = BotLimiter()
    for second in range(20):
        assert limiter.group_wait(-5, 20, 100.0 + second, 1) == 0
        limiter.group_take(-5, 100.0 + second, 1)
    assert limiter.group_wait(-5, 20, 130, 1) == 30
    assert limiter.group_wait(-5, 20, 160, 1) == 0
    assert limiter.group_wait(-6, 20, 130, 1) == 0


def test_uploads_of_one_size_are_spaced_and_a_long_backlog_is_refused() -> None:
    limiter = BotLimiter()
    waits = [limiter.upload_wait(5_000_000, 100.0) for _ in range(20)]
    assert waits[0] == 0
    assert sorted(waits[:12]) == waits[:12]
    assert waits[-1] == -1
    assert limiter.upload_wait(100_000, 100.0) == 0


def test_a_rate_of_zero_is_no_limit() -> None:
    assert wait_for(1e9, 0, 1, 0) == 0
