"""Which updates of a getUpdates answer are new, and what the offset is after them.

Telegram counts a bot's updates up by one and never repeats one below the offset it was given, with
one exception: after a week without updates the next id is chosen at random, and may be smaller. It
then sees our offset as invalid and answers from the oldest update on, all of them below the offset.
Only somebody else's server repeats what was confirmed.
"""

from collections.abc import Sequence
from typing import NamedTuple

QUEUE_MAX = 100_000
"""Telegram keeps so many unconfirmed updates: an id further below is no repetition."""

NEW_COUNT_S = 6 * 86_400.0
"""After so long without updates (Telegram says a week) lower ids are taken for a new count."""

STUBBORN_POLLS = 5
"""A server that goes on with ids below the offset for so many polls in a row has a new count."""


class Sifted(NamedTuple):
    """Positions in the answer of what is new, and the offset to ask with next."""

    fresh: list[int]
    offset: int
    stale: bool = False
    """Whether everything that came was below the offset, and was taken for a repetition."""


def sift(ids: Sequence[int], offset: int, *, idle_s: float, stale_polls: int = 0) -> Sifted:
    """Sort out what an answer to `offset` (0 before the first update) brought.

    `idle_s` is the time since the last new update; `stale_polls` how many answers before this one
    were stale, in a row. An id that comes twice counts once.
    """
    if not ids:
        return Sifted([], offset)
    newest = max(ids)
    if newest < offset and not _counts_anew(newest, offset, idle_s, stale_polls):
        return Sifted([], offset, stale=True)
    floor = 0 if newest < offset else offset
    seen: set[int] = set()
    fresh = []
    for at, update_id in enumerate(ids):
        if update_id >= floor and update_id not in seen:
            seen.add(update_id)
            fresh.append(at)
    return Sifted(fresh, newest + 1)


def _counts_anew(newest: int, offset: int, idle_s: float, stale_polls: int) -> bool:
    far = offset - newest > QUEUE_MAX
    return far or idle_s >= NEW_COUNT_S or stale_polls >= STUBBORN_POLLS
