"""The resolutions in which performance is kept: how long each is, is kept, and where it begins."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Resolution = Literal["10s", "minute", "hour", "day", "month"]
RESOLUTIONS: Final[tuple[Resolution, ...]] = get_args(Resolution)
KEPT: Final[dict[Resolution, timedelta]] = {
    "10s": timedelta(hours=6),
    "minute": timedelta(days=7),
    "hour": timedelta(days=100),
}
"""What is not named here is kept for ever."""
UTC_ZONE: Final = ZoneInfo("UTC")
_SECONDS: Final[dict[Resolution, int]] = {"10s": 10, "minute": 60, "hour": 3600}


def floor(moment: datetime, resolution: Resolution, zone: ZoneInfo = UTC_ZONE) -> datetime:
    """Return when the span of this resolution began that holds the moment; days are the zone's."""
    if resolution in _SECONDS:
        length = _SECONDS[resolution]
        return datetime.fromtimestamp(int(moment.timestamp()) // length * length, UTC)
    day = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day.replace(day=1) if resolution == "month" else day).astimezone(UTC)


def after(start: datetime, resolution: Resolution, zone: ZoneInfo = UTC_ZONE) -> datetime:
    """Return when the span that begins at `start` ends."""
    if resolution in _SECONDS:
        return start + timedelta(seconds=_SECONDS[resolution])
    days = 1 if resolution == "day" else 32
    # Wall-clock time: a day may have 23 hours.
    local = start.astimezone(zone) + timedelta(days=days)
    return floor(local, resolution, zone)


def ceil(moment: datetime, resolution: Resolution, zone: ZoneInfo = UTC_ZONE) -> datetime:
    """Return the first beginning of a span of this resolution at the moment or after it."""
    start = floor(moment, resolution, zone)
    return start if start == moment else after(start, resolution, zone)


def starts(
    start: datetime, end: datetime, resolution: Resolution, zone: ZoneInfo = UTC_ZONE
) -> list[datetime]:
    """Return the beginnings from `start`, which is one, up to before `end`."""
    found = []
    while start < end:
        found.append(start)
        start = after(start, resolution, zone)
    return found


def whole(moments: Sequence[datetime], resolution: Resolution, until: datetime) -> list[datetime]:
    """Return the beginnings of the spans that hold the moments and were over at `until`."""
    found = {floor(moment, resolution) for moment in moments}
    return sorted(at for at in found if after(at, resolution) <= until)
