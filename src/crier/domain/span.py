"""A span of time that somebody asks figures of, and how finely it is cut."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Bucket = Literal["minute", "hour", "day"]
BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
LENGTH: Final[dict[Bucket, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
DEFAULT: Final = timedelta(hours=24)
MAX_POINTS: Final = 11_000
"""A week of minutes, a year of hours, thirty years of days."""
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class SpanError(ValueError):
    """A span that cannot be answered for; `field` is what to change."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on, up to but without `end`; both aware."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime | None, end: datetime | None, now: datetime) -> "Span":
        """Return the span that was asked for; where an end is missing, the 24 hours at the other
        one.

        Raises:
            SpanError: it ends before it begins, or lies outside of 1970 to 2200.
        """
        if end is None:
            end = now if start is None or start < now else start + DEFAULT
        start = end - DEFAULT if start is None else start
        if start >= end:
            raise SpanError("from", "must lie before `to`")
        for name, moment in (("from", start), ("to", end)):
            if not _FIRST - DEFAULT <= moment <= _LAST:
                raise SpanError(name, "must lie between 1970 and 2200")
        return cls(start, end)

    def cut(self, bucket: Bucket) -> None:
        """Refuse a series of too many points.

        Raises:
            SpanError: there would be more than MAX_POINTS.
        """
        if (self.end - self.start) / LENGTH[bucket] > MAX_POINTS:
            raise SpanError(
                "bucket", f"would give more than {MAX_POINTS:,} points: take a longer one"
            )

    def before(self, zone: ZoneInfo) -> "Span":
        """Return the period directly before, of the same length as a calendar of the zone has it.

        Months come before months and days before days, however many hours they have; everything
        else is moved by its own length.
        """
        start, end = self.start.astimezone(zone), self.end.astimezone(zone)
        if not (_begins_day(start, zone) and _begins_day(end, zone)):
            return Span(self.start - (self.end - self.start), self.start)
        first = start.date() - (end.date() - start.date())
        if start.day == end.day == 1:
            months = 2 * (12 * start.year + start.month) - (12 * end.year + end.month) - 1
            first = date(months // 12, months % 12 + 1, 1)
        return Span(_midnight(first, zone), self.start)

    @property
    def bucket(self) -> Bucket:
        """The finest bucket that gives a chart of a thousand points or so."""
        fits = (b for b in BUCKETS if (self.end - self.start) / LENGTH[b] <= 1500)
        return next(fits, "day")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of a day; an hour later where clocks skip midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _begins_day(moment: datetime, zone: ZoneInfo) -> bool:
    return _midnight(moment.date(), zone) == moment


EVER: Final = Span(_FIRST, _LAST)
"""All of time."""
