"""Backoff: doubles, is capped, and is spread by chance at the cap too."""

from hypothesis import given
from hypothesis import strategies as st

from crier.domain.backoff import Backoff, Decision


def test_it_doubles_up_to_the_cap_and_chance_only_shortens() -> None:
    backoff = Backoff(base_s=1, cap_s=10, jitter=0.5)
    assert [backoff.after(n, lambda: 0.0).delay_s for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert [backoff.after(n, lambda: 1.0).delay_s for n in range(1, 7)] == [0.5, 1, 2, 4, 5, 5]


def test_it_gives_up_after_its_tries() -> None:
    backoff = Backoff(max_tries=3)
    assert [backoff.after(n).retry for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert backoff.after(3) == Decision(retry=False)


@given(failures=st.integers(0, 10**9), cap_s=st.floats(0.1, 1e6))
def test_no_delay_is_above_the_cap_or_below_half_of_the_first(failures: int, cap_s: float) -> None:
    delay_s = Backoff(base_s=0.1, cap_s=cap_s).after(failures).delay_s
    assert 0.05 <= delay_s <= cap_s


def test_by_itself_it_begins_with_a_second_ends_at_a_minute_and_never_overflows() -> None:
    def none() -> float:
        return 0.0

    assert Backoff().after(1, none) == Decision(retry=True, delay_s=1.0)
    assert Backoff().after(7, none).delay_s == 60.0
    assert Backoff(cap_s=float("inf")).after(10**6, none).delay_s == 2.0**64
    assert Backoff(max_tries=1).after(1) == Decision(retry=False, delay_s=0.0)
