"""The attempts of a broadcast: its launch and its retries, each with what it came to.

A retry records what was before it, once (`broadcast_retries`). So an attempt is the difference
between what it began with and what the next one began with, or what is now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

OUTCOMES: Final = ("sent", "blocked", "failed", "unknown", "skipped")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt. `tried` is whom it was for: the sum of its outcomes, once it has ended."""

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
        """How long it took, or has taken until `now`."""
        return ((self.completed_at or now) - self.started_at).total_seconds()


def attempts(row: Mapping[Any, Any], sums: Mapping[str, Any]) -> list[Attempt]:
    """The attempts of a broadcast by its row of `statistics`; none before it begins."""
    found: list[Attempt] = []
    started_at, tried = row["started_at"], sums["audience"]
    if started_at is None:
        return found
    base = dict.fromkeys(OUTCOMES, 0)

    def end(completed_at: datetime | None, now: Mapping[str, Any]) -> None:
        came_to = {name: now[name] - base[name] for name in OUTCOMES}
        number = len(found) + 1
        found.append(
            Attempt(
                number=number,
                started_at=started_at,
                completed_at=completed_at,
                tried=tried,
                **came_to,
            )
        )

    for retry in row["retries"]:
        end(_time(retry["ended_at"]), retry)
        base = {name: retry[name] - retry.get(f"{name}_again", 0) for name in OUTCOMES}
        started_at = datetime.fromisoformat(retry["started_at"])
        tried = retry["failed_again"] + retry["unknown_again"]
    end(row["completed_at"], sums)
    return found


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
