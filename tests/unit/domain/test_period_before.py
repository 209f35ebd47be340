"""The period before a span: by the calendar of a zone where the span is whole days or months."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crier.domain.span import Span

BERLIN = ZoneInfo("Europe/Berlin")
BEIRUT = ZoneInfo("Asia/Beirut")


def span(zone: ZoneInfo, start: str, end: str) -> Span:
    begin, finish = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    return Span(begin.astimezone(UTC), finish.astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "asked", "before"),
    [
        (BERLIN, ("2026-03-29", "2026-03-30"), "2026-03-28"),  # of 23 hours
        (BERLIN, ("2026-10-26", "2026-10-27"), "2026-10-25"),  # after one of 25 hours
        (BERLIN, ("2026-03-30", "2026-04-06"), "2026-03-23"),
        (BERLIN, ("2026-03-01", "2026-04-01"), "2026-02-01"),
        (BERLIN, ("2026-01-01", "2026-04-01"), "2025-10-01"),
        (BERLIN, ("2026-01-01", "2027-01-01"), "2025-01-01"),
        (BERLIN, ("2026-12-01", "2027-01-01"), "2026-11-01"),
        (BERLIN, ("2026-03-02", "2026-04-02"), "2026-01-30"),  # days, as no months begin there
        (BEIRUT, ("2026-03-29", "2026-03-30"), "2026-03-28"),  # clocks skip midnight
    ],
)
def test_months_come_before_months_and_days_before_days(
    zone: ZoneInfo, asked: tuple[str, str], before: str
) -> None:
    assert span(zone, *asked).before(zone) == span(zone, before, asked[0])


def test_days_of_another_zone_are_moved_by_their_length() -> None:
    day = span(BERLIN, "2026-03-29", "2026-03-30")
    assert day.before(ZoneInfo("UTC")) == Span(day.start - timedelta(hours=23), day.start)


def test_what_begins_within_a_day_is_moved_by_its_length() -> None:
    week = span(BERLIN, "2026-03-25 12:00", "2026-04-01 12:00")
    assert week.end - week.start == timedelta(days=7) - timedelta(hours=1)
    assert week.before(BERLIN) == Span(week.start - (week.end - week.start), week.start)
