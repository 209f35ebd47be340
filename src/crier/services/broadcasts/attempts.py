"""The attempts of a broadcast: its launch and its retries, each with what it came to.

A retry records what was before it, once (`broadcast_retries`). So an attempt is the difference
between what it began with and what the next one began with, or what is now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

OUTCOMES: Final = ("sent", "blocked", "failed", "unknown", "skipped")


class BroadcastState(NamedTuple):
    """All there is to say of one broadcast at one instant, `at`; times inside of JSON are text."""

    broadcast_id: int
    status: str
    reason: str | None
    planned: int
    price: Decimal | None
    currency: str
    started_at: datetime | None
    completed_at: datetime | None
    at: datetime
    no_worker: bool
    going_since: datetime
    resumed_done: int
    per_bot: list[dict[str, Any]]
    retries: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    recent: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt. `tried` is its number of recipients: the sum of its outcomes, once it has
    ended."""

    number: int
    started_at: datetime
    completed_at: datetime | None
    tried: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int

    def seconds(self, now: datetime) -> float:
        """Return how long it took, or has taken until `now`."""
        return ((self.completed_at or now) - self.started_at).total_seconds()


def attempts(
    started_at: datetime | None,
    completed_at: datetime | None,
    retries: Sequence[Mapping[str, Any]],
    sums: Mapping[str, Any],
) -> list[Attempt]:
    """Return the attempts of a broadcast, by its retries and sums; none before it begins."""
    found: list[Attempt] = []
    if started_at is None:
        return found
    began, tried = started_at, sums["audience"]
    base = dict.fromkeys(OUTCOMES, 0)

    def end(ended_at: datetime | None, now: Mapping[str, Any]) -> None:
        came_to = {name: now[name] - base[name] for name in OUTCOMES}
        number = len(found) + 1
        found.append(
            Attempt(
                number=number,
                started_at=began,
                completed_at=ended_at,
                tried=tried,
                **came_to,
            )
        )

    for retry in retries:
        end(_time(retry["ended_at"]), retry)
        base = {name: retry[name] - retry.get(f"{name}_again", 0) for name in OUTCOMES}
        began = datetime.fromisoformat(retry["started_at"])
        tried = retry["failed_again"] + retry["unknown_again"]
    end(completed_at, sums)
    return found


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
