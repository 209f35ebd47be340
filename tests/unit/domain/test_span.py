"""Spans of time that figures are asked of."""

from datetime import UTC, datetime, timedelta

import pytest

from crier.domain.span import EVER, Bucket, Span, SpanError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


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


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (datetime(1969, 12, 31, tzinfo=UTC) - TICK, NOW, "from"),
        (datetime(1969, 12, 31, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC) + TICK, "to"),
    ],
)
def test_a_moment_beyond_the_calendar_is_refused_by_its_name(
    start: datetime, end: datetime, field: str
) -> None:
    with pytest.raises(SpanError, match="1970 and 2200") as refused:
        Span.of(start, end, NOW)
    assert refused.value.field == field


def test_the_calendar_holds_both_of_its_ends() -> None:
    first, last = datetime(1969, 12, 31, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    assert Span.of(first, last, NOW) == Span(first, last)
    assert Span(datetime(1970, 1, 1, tzinfo=UTC), last) == EVER


def test_a_span_that_begins_now_takes_in_the_next_day() -> None:
    assert Span.of(NOW, None, NOW) == Span(NOW, NOW + 24 * HOUR)


@pytest.mark.parametrize(
    ("bucket", "length"),
    [("minute", HOUR / 60), ("hour", HOUR), ("day", 24 * HOUR)],
)
def test_a_series_has_11_000_points_at_most(bucket: Bucket, length: timedelta) -> None:
    Span(NOW - 11_000 * length, NOW).cut(bucket)
    with pytest.raises(SpanError, match="11,000"):
        Span(NOW - 11_000 * length - TICK, NOW).cut(bucket)


def test_a_chart_has_1500_points_at_most_until_there_are_days() -> None:
    assert Span(NOW - 1500 * HOUR / 60, NOW).bucket == "minute"
    assert Span(NOW - 1500 * HOUR / 60 - TICK, NOW).bucket == "hour"
    assert Span(NOW - 1500 * HOUR, NOW).bucket == "hour"
    assert Span(NOW - 1500 * HOUR - TICK, NOW).bucket == "day"
    assert EVER.bucket == "day"


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
