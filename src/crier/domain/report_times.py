"""When reports come that come by themselves: at nine in the reader's zone, of weeks on Mondays."""

from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Every = Literal["day", "week", "end"]
_AT: Final = time(9)


def next_time(every: Every, zone: ZoneInfo, after: datetime) -> datetime | None:
    """Return the first time after `after`; None where a broadcast's end decides."""
    if every == "end":
        return None
    day = after.astimezone(zone).date()
    while True:
        found = datetime.combine(day, _AT, zone).astimezone(UTC)
        if found > after and (every == "day" or day.weekday() == 0):
            return found
        day += timedelta(days=1)
