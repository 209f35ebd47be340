"""Reports come at nine in the reader's zone, also where the clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from crier.domain.report_times import Every, next_time


@pytest.mark.parametrize(
    ("every", "zone", "after", "wanted"),
    [
        ("day", "UTC", "2026-03-10T08:59:59+00:00", "2026-03-10T09:00:00+00:00"),
        ("day", "UTC", "2026-03-10T09:00:00+00:00", "2026-03-11T09:00:00+00:00"),
        ("day", "Europe/Berlin", "2026-03-28T08:00:00+00:00", "2026-03-29T07:00:00+00:00"),
        ("day", "Europe/Berlin", "2026-10-24T07:00:00+00:00", "2026-10-25T08:00:00+00:00"),
        ("day", "Pacific/Auckland", "2026-06-01T22:00:00+00:00", "2026-06-02T21:00:00+00:00"),
        ("week", "Pacific/Auckland", "2026-06-01T22:00:00+00:00", "2026-06-07T21:00:00+00:00"),
        ("week", "America/New_York", "2026-06-01T12:00:00+00:00", "2026-06-01T13:00:00+00:00"),
        ("week", "America/New_York", "2026-06-01T13:00:00+00:00", "2026-06-08T13:00:00+00:00"),
    ],
)
def test_the_next_time_is_at_nine(every: Every, zone: str, after: str, wanted: str) -> None:
    found = next_time(every, ZoneInfo(zone), datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(wanted)


def test_the_end_of_a_broadcast_has_no_time() -> None:
    after = datetime.fromisoformat("2026-03-10T08:00:00+00:00")
    assert next_time("end", ZoneInfo("UTC"), after) is None
