"""Spans of time that figures are asked of."""

from datetime import UTC, datetime, timedelta

import pytest

from crier.domain.span import Span, SpanError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_without_ends_it_is_the_last_day() -> None:
    assert Span.of(None, None, NOW) == Span(NOW - 24 * HOUR, NOW)
    assert Span.of(NOW - HOUR, None, NOW) == Span(NOW - HOUR, NOW)
    assert Span.of(None, NOW - HOUR, NOW) == Span(NOW - 25 * HOUR, NOW - HOUR)
    assert Span.of(NOW + HOUR, None, NOW) == Span(NOW + HOUR, NOW + 25 * HOUR)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(SpanError, match="before") as refused:
        Span.of(NOW, NOW, NOW)
    assert refused.value.field == "from"


def test_times_that_no_calendar_of_ours_holds_are_refused() -> None:
    with pytest.raises(SpanError, match="1970"):
        Span.of(datetime(1, 1, 2, tzinfo=UTC), None, NOW)
    with pytest.raises(SpanError, match="2200"):
        Span.of(None, datetime(9999, 12, 31, tzinfo=UTC), NOW)


def test_a_series_has_a_bounded_number_of_points() -> None:
    week, year = Span(NOW - 168 * HOUR, NOW), Span(NOW - 8760 * HOUR, NOW)
    week.cut("minute")
    year.cut("hour")
    with pytest.raises(SpanError, match="11,000") as refused:
        year.cut("minute")
    assert refused.value.field == "bucket"


@pytest.mark.parametrize(
    ("hours", "bucket"),
    [(1, "minute"), (24, "minute"), (26, "hour"), (24 * 60, "hour"), (24 * 365, "day")],
)
def test_the_bucket_that_suits_a_span_keeps_a_chart_readable(hours: int, bucket: str) -> None:
    assert Span(NOW - hours * HOUR, NOW).bucket == bucket
