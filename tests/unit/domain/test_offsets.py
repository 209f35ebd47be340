"""Which updates of an answer are new, at the very edges of the rules."""

import pytest

from crier.domain.offsets import Sifted, sift

SIX_DAYS_S = 6 * 86_400.0


def test_nothing_new_leaves_the_offset() -> None:
    assert sift([], 5, idle_s=0) == Sifted([], 5, stale=False)


def test_updates_from_the_offset_on_are_new_each_once() -> None:
    assert sift([5, 6], 5, idle_s=0) == Sifted([0, 1], 7)
    assert sift([4, 6, 5, 6], 5, idle_s=0) == Sifted([1, 2], 7)
    assert sift([4, 5], 5, idle_s=0) == Sifted([1], 6)
    assert sift([9], 0, idle_s=0) == Sifted([0], 10)


def test_an_answer_below_the_offset_is_a_repetition() -> None:
    assert sift([3, 4], 5, idle_s=0) == Sifted([], 5, stale=True)


@pytest.mark.parametrize(
    ("behind", "idle_s", "stale_polls", "anew"),
    [
        (100_000, 0, 0, False),
        (100_001, 0, 0, True),
        (1, SIX_DAYS_S - 1, 0, False),
        (1, SIX_DAYS_S, 0, True),
        (1, 0, 4, False),
        (1, 0, 5, True),
    ],
)
def test_a_new_count_is_told_from_a_repetition(
    behind: int, idle_s: float, stale_polls: int, anew: bool
) -> None:
    newest = 1_000_000
    found = sift([0, newest], newest + behind, idle_s=idle_s, stale_polls=stale_polls)
    known = Sifted([], newest + behind, stale=True)
    assert found == (Sifted([0, 1], newest + 1) if anew else known)
