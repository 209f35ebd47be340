"""Latency as counts by log2 bucket of milliseconds: <1, <2, <4, … <2^15, more.

Seventeen small numbers that add up over any time and any number of processes, and still know a
percentile to within its bucket.
"""

from collections.abc import Sequence
from typing import Final

BUCKETS: Final = 17


def bucket_of(seconds: float) -> int:
    """The bucket that a duration is counted in."""
    return min(int(max(seconds, 0.0) * 1000).bit_length(), BUCKETS - 1)


def percentile(counts: Sequence[int], share: float) -> float | None:
    """The milliseconds that `share` (0 to 1) of the durations stay below; None without any.

    Within a bucket the durations are taken as evenly spread; the last one counts as twice its
    lower bound at most.
    """
    total = sum(counts)
    if total == 0:
        return None
    wanted, seen = share * total, 0
    for index, count in enumerate(counts):
        if count and seen + count >= wanted:
            low, high = (0.0 if index == 0 else 2.0 ** (index - 1)), 2.0**index
            return round(low + (high - low) * max(wanted - seen, 0.0) / count, 3)
        seen += count
    return 2.0 ** (len(counts) - 1)
