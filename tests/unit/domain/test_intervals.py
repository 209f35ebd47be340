"""Intervals agree with published ones, hold what was counted, and narrow with what is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.intervals import newcombe, wilson

TRIALS = st.integers(1, 10**7)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_what_newcombe_printed(
    hits: int, trials: int, low: float, high: float
) -> None:
    assert wilson(hits, trials) == pytest.approx((low, high), abs=0.00005)


def test_newcombe_gives_what_he_printed() -> None:
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=0.00005)
    assert newcombe(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=0.00005)
    assert newcombe(10, 10, 0, 20) == pytest.approx((0.6791, 1.0), abs=0.00005)


def test_without_trials_there_is_none() -> None:
    assert wilson(0, 0) is None
    assert newcombe(1, 2, 0, 0) is newcombe(0, 0, 1, 2) is None


@given(TRIALS, st.floats(0, 1))
def test_the_share_lies_within_and_the_other_side_mirrors_it(trials: int, part: float) -> None:
    hits = round(trials * part)
    found, mirrored = wilson(hits, trials), wilson(trials - hits, trials)
    assert found is not None
    assert mirrored is not None
    assert 0 <= found.low <= hits / trials <= found.high <= 1
    assert found.low < found.high
    assert mirrored == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


@given(st.integers(1, 10**5), st.floats(0, 1), st.integers(2, 50))
def test_more_of_the_same_narrows_it(trials: int, part: float, times: int) -> None:
    hits = round(trials * part)
    few, many = wilson(hits, trials), wilson(hits * times, trials * times)
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


@given(TRIALS, TRIALS, st.floats(0, 1), st.floats(0, 1))
def test_the_difference_lies_within_and_turns_with_the_sides(
    trials: int, other: int, part: float, other_part: float
) -> None:
    hits, other_hits = round(trials * part), round(other * other_part)
    found = newcombe(hits, trials, other_hits, other)
    turned = newcombe(other_hits, other, hits, trials)
    assert found is not None
    assert turned is not None
    assert -1 <= found.low <= hits / trials - other_hits / other <= found.high <= 1
    assert turned == pytest.approx((-found.high, -found.low), abs=1e-12)


def test_more_hits_than_trials_count_as_all() -> None:
    assert wilson(12, 10) == wilson(10, 10)
    assert newcombe(12, 10, 0, 10) == newcombe(10, 10, 0, 10)
