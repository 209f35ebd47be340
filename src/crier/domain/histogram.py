"""Latency as counts by bucket: small numbers that add up over any time and any number of processes,
and still know a percentile to within its bucket.

Updates of bots are counted in seventeen buckets, each twice as long as the one before. Samples of
performance have forty, each √2 times as long (`FINE`), so that a percentile is at most 42 % too
high or 30 % too low.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, repeat
from typing import Final

BUCKETS: Final = 17
COARSE: Final = tuple(2.0**place for place in range(BUCKETS))
"""Where each bucket ends, in milliseconds: <1, <2, <4, … <2^15, more."""

FINE: Final = tuple(0.125 * 2 ** (place / 2) for place in range(40))
"""The same: <0.125, <0.177, <0.25, … <65,536, more."""

_FINE_S: Final = tuple(end / 1000 for end in FINE)


def bucket_of(seconds: float) -> int:
    """The bucket that a duration is counted in."""
    return min(int(max(seconds, 0.0) * 1000).bit_length(), BUCKETS - 1)


def fine_bucket_of(seconds: float) -> int:
    """The bucket of `FINE` that a duration is counted in."""
    return min(bisect_right(_FINE_S, seconds), len(FINE) - 1)


def fine_counts(durations_s: Iterable[float]) -> list[int]:
    """Return how many of many durations are in each bucket of `FINE`."""
    places = Counter(map(bisect_right, repeat(_FINE_S), durations_s))
    counts = [places[place] for place in range(len(FINE))]
    counts[-1] += places[len(FINE)]
    return counts


def percentiles(
    counts: Sequence[int], shares: Sequence[float], ends: Sequence[float] = COARSE
) -> list[float | None]:
    """The milliseconds that each share (0 to 1) of the durations stays below; None without any.

    Within a bucket the durations are taken as evenly spread; the last one counts as reaching to
    its end in `ends` at most. Buckets at the end that hold nothing may be left out of `counts`.
    """
    sums = list(accumulate(counts))
    total = sums[-1] if sums else 0
    if not total:
        return [None] * len(shares)
    found: list[float | None] = []
    for share in shares:
        wanted = share * total
        place = bisect_left(sums, wanted) if wanted else bisect_right(sums, 0)
        low, inside = ends[place - 1] if place else 0.0, counts[place]
        above = max(wanted - sums[place] + inside, 0.0)
        found.append(round(low + (ends[place] - low) * above / inside, 3))
    return found
