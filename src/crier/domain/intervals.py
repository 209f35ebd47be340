"""How far a share that was counted may lie from the true one: intervals of 95 % confidence.

One share has Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, 209-212), the
difference of two Newcombe's hybrid score interval (R. G. Newcombe, Statistics in Medicine 17, 1998,
873-890, method 10). Neither leaves 0 to 1 or -1 to 1, and both hold for few or no clicks, where the
textbook's interval has no width.
"""

from math import sqrt
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95
_Z: Final = 1.959963984540054
"""The normal distribution's quantile for CONFIDENCE on two sides."""


class Interval(NamedTuple):
    """From `low` to `high`, both within."""

    low: float
    high: float


def wilson(hits: int, trials: int) -> Interval | None:
    """Return Wilson's interval of a share, or None before the first trial.

    More hits than trials count as `trials`, as in `ratios.ctr`.
    """
    if not trials:
        return None
    share, square = min(hits, trials) / trials, _Z * _Z / trials
    centre = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * sqrt(share * (1 - share) / trials + square / (4 * trials))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return Interval(low, high)


def newcombe(hits: int, trials: int, other_hits: int, other_trials: int) -> Interval | None:
    """Return Newcombe's interval of a share less another one, or None where one has no trials.

    Where 0 lies outside of it the shares differ.
    """
    one, other = wilson(hits, trials), wilson(other_hits, other_trials)
    if one is None or other is None:
        return None
    share, subtracted = min(1.0, hits / trials), min(1.0, other_hits / other_trials)
    difference = share - subtracted
    below = sqrt((share - one.low) ** 2 + (other.high - subtracted) ** 2)
    above = sqrt((one.high - share) ** 2 + (subtracted - other.low) ** 2)
    return Interval(max(-1.0, difference - below), min(1.0, difference + above))
