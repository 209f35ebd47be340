"""Latency kept as counts by log2 bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain import histogram


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [
        (0, 0),
        (0.9, 0),
        (1, 1),
        (1.9, 1),
        (2, 2),
        (3.999, 2),
        (4, 3),
        (32767, 15),
        (32768, 16),
        (1e9, 16),
    ],
)
def test_a_duration_is_counted_below_the_next_power_of_two(
    milliseconds: float, bucket: int
) -> None:
    assert histogram.bucket_of(milliseconds / 1000) == bucket


def test_nothing_measured_has_no_percentile() -> None:
    assert histogram.percentiles([], (0.5,)) == [None]
    assert histogram.percentiles([0] * histogram.BUCKETS, (0.95,)) == [None]


@given(
    st.lists(st.floats(min_value=0, max_value=30_000), min_size=1, max_size=200),
    st.floats(min_value=0.01, max_value=1),
)
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    counts = [0] * histogram.BUCKETS
    for value in values:
        counts[histogram.bucket_of(value / 1000)] += 1
    # The smallest value that at least this share of all stays at or below.
    rank = next(i for i in range(1, len(values) + 1) if i >= share * len(values))
    true = sorted(values)[rank - 1]
    (found,) = histogram.percentiles(counts, (share,))
    assert found is not None
    index = histogram.bucket_of(true / 1000)
    low, high = (0 if index == 0 else 2 ** (index - 1)), 2**index
    assert low - 0.001 <= found <= high + 0.001


@pytest.mark.parametrize(
    ("counts", "share", "milliseconds"),
    [
        ([1, 1], 0, 0.0),
        ([0, 3], 0, 1.0),
        ([4], 0.125, 0.125),
        ([3], 1 / 3, 0.333),
        ([2, 2], 0.5, 1.0),
        ([2, 2], 0.75, 1.5),
        ([2, 0, 2], 0.75, 3.0),
        ([2, 2], 1, 2.0),
    ],
)
def test_durations_are_spread_evenly_within_their_bucket(
    counts: list[int], share: float, milliseconds: float
) -> None:
    assert histogram.percentiles(counts, (share,)) == [milliseconds]


def test_each_share_has_its_answer_in_order() -> None:
    assert histogram.percentiles([1, 1], (1, 0.5)) == [2.0, 1.0]
    assert histogram.percentiles([0, 0], (1, 0.5)) == [None, None]
    assert histogram.percentiles([], (1, 0.5)) == [None, None]


def test_fine_buckets_end_at_an_eighth_of_a_millisecond_and_at_65_seconds() -> None:
    assert len(histogram.FINE) == 40
    assert (histogram.FINE[0], histogram.FINE[2], histogram.FINE[38]) == (0.125, 0.25, 65_536)


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [
        (0, 0),
        (0.1249, 0),
        (0.125, 1),
        (0.2499, 2),
        (0.25, 3),
        (65_535, 38),
        (65_536, 39),
        (1e9, 39),
    ],
)
def test_a_duration_is_counted_in_the_fine_bucket_below_whose_end_it_is(
    milliseconds: float, bucket: int
) -> None:
    assert histogram.fine_bucket_of(milliseconds / 1000) == bucket
