"""What was measured before migration 0012 is carried over, at every resolution."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from crier.storage import migrate
from tests.support.postgres import owners

BEFORE = "0011"
OLD = """
INSERT INTO analytics (metric_type, metric_value, timestamp)
SELECT 'api_minute', '{"requests": 6, "errors": 1, "queue_lag_s": 1.5,
    "latency": [1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]}', at
FROM unnest(%(ats)s::timestamptz[]) AS at
"""
KINDS = """
SELECT sum(count), sum(errors), max(peak) FROM performance
WHERE resolution = %s AND kind = %s AND (name, process) = ('', '')
"""


@pytest.fixture
def measured(empty_database_url: str) -> str:
    """Two minutes of an hour of yesterday, and one of thirty days ago, of two processes each."""
    url = empty_database_url
    migrate.upgrade(url)
    migrate.downgrade(url, BEFORE)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    day, month = now - timedelta(days=1), now - timedelta(days=30)
    ats = [day, day, day + timedelta(minutes=5), month, month]
    with psycopg.connect(owners(url)) as connection:
        connection.execute("SELECT make_partitions(1, 3)")
        connection.execute(OLD, {"ats": ats})
        connection.execute(
            "INSERT INTO owner_hours (user_id, at, messages_out, throttled) VALUES (0, %s, 70, 3)",
            (month,),
        )
    return url


def test_requests_latencies_lag_and_sends_are_carried_over(measured: str) -> None:
    migrate.upgrade(measured)
    with psycopg.connect(measured) as connection:

        def found(resolution: str, kind: str) -> tuple[int, int, int]:
            row = connection.execute(KINDS, (resolution, kind)).fetchone()
            assert row is not None
            return row

        assert found("minute", "api") == (18, 3, 0)
        assert found("hour", "api") == found("day", "api") == (30, 5, 0)
        assert found("hour", "queue")[2] == 1500
        assert found("hour", "sends") == found("day", "sends") == (70, 0, 0)
        latencies = connection.execute(
            "SELECT latency FROM performance WHERE resolution = 'hour' AND kind = 'api' ORDER BY at"
        ).fetchall()
    for (latency,), times in zip(latencies, (2, 3), strict=True):
        # Under 1 ms, 4 to 8 ms in two halves, and from 32,768 ms on.
        assert {place: n for place, n in enumerate(latency) if n} == {
            6: times, 11: 2 * times, 12: 2 * times, 37: -(-times // 2), 38: times // 2,
        }  # fmt: skip
