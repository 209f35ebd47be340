"""Performance as it is answered: days of zones, buckets that are kept, routes, plans at size."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from crier.analytics.performance import reading, resolutions
from crier.analytics.performance.sampler import Sampler
from crier.domain.span import Span
from crier.observability.samples import Samples
from crier.telegram.rate_limiters import RateLimiters
from tests.support.ads import add_bot
from tests.support.api import Api, wrong_fields
from tests.support.performance import Clock, ask
from tests.support.postgres import owners

PATH = "/api/system/performance"
BY = f"{PATH}/breakdown"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [("Europe/Berlin", 10, 25), ("Europe/Berlin", 3, 23), ("America/Havana", 11, 25)],
)
def test_days_are_the_zones_and_have_23_to_25_hours(zone: str, month: int, hours: int) -> None:
    now = datetime(2026, month, 30, tzinfo=UTC)
    span = Span(now - timedelta(days=28), now)
    cut = reading.cut(span, "day", ZoneInfo(zone), now)
    lengths = {
        (resolutions.after(at, "day", cut.zone) - at).total_seconds() / 3600 for at in cut.buckets
    }
    assert lengths == {24, hours}
    assert all(at.astimezone(cut.zone).hour == 0 for at in cut.buckets)
    for at in cut.buckets:
        assert resolutions.floor(at + timedelta(minutes=30), "day", cut.zone) == at


@pytest.mark.parametrize(("month", "odd"), [(4, 23), (11, 25)])
def test_a_day_of_another_zone_is_summed_from_its_hours(api: Api, month: int, odd: int) -> None:
    now = datetime(2026, month, 20, 12, tzinfo=UTC)
    today = resolutions.floor(now, "day", BERLIN)
    first = resolutions.floor(today - timedelta(days=60), "day", BERLIN)
    with api.session() as session:
        ask(
            session,
            "INSERT INTO performance (resolution, kind, name, process, at, writer, count)"
            " SELECT 'hour', 'sends', '', '', at, 0, 1"
            " FROM generate_series(:first, :last, interval '1 hour') AS at",
            first=first,
            last=today - timedelta(hours=1),
        )
        ask(session, "UPDATE performance_state SET until = :at", at=now)
        cut = reading.cut(Span(first, today), "day", BERLIN, now)
        found = [sums["sends"].count for sums in reading.series(session, cut, ["sends"])]
    assert set(found) == {24, odd}
    assert found == [
        (resolutions.after(at, "day", BERLIN) - at) // timedelta(hours=1) for at in cut.buckets
    ]


def test_the_coarser_bucket_is_used_and_named_where_the_wanted_one_is_gone(api: Api) -> None:
    def asked(days: float, **query: str) -> Any:
        since = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return api.vera.get(PATH, query_string={"from": since, **query}).json

    wanted = [
        (0.1, "10s", "10s"), (0.5, "10s", "minute"), (6, "minute", "minute"),
        (10, "minute", "hour"), (99, "hour", "hour"), (101, "hour", "day"),
    ]  # fmt: skip
    for days, bucket, given in wanted:
        assert asked(days, bucket=bucket)["bucket"] == given
    recent, old = asked(50, bucket="day", tz="Asia/Tokyo"), asked(700, tz="Asia/Tokyo")
    assert (recent["tz"], old["tz"], old["bucket"]) == ("Asia/Tokyo", "UTC", "day")
    assert recent["counted"]["from"].endswith("T15:00:00Z")
    assert old["counted"]["from"].endswith("T00:00:00Z")
    assert not any(point["measured"] for point in old["series"])


def test_requests_statements_and_the_process_itself_are_measured(api: Api) -> None:
    bots = api.alice.get("/api/bots")
    assert bots.status_code == 200
    clock = Clock(datetime.now(UTC) + timedelta(seconds=10))
    api.deps.samples._clock = clock
    Sampler(api.deps.samples, api.deps.sessions, clock=clock).write()
    since = (clock.now - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = {"from": since, "bucket": "10s", "to": clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    series = api.vera.get(PATH, query_string=query).json["series"]
    point = next(point for point in series if point["request_rate"])
    assert point["measured"]
    assert point["error_rate"] == 0.0
    assert 0 < point["latency_p50_ms"] <= point["latency_p99_ms"]
    assert point["database_latency_p50_ms"] > 0
    assert point["queue_lag_seconds"] == 0.0
    routes = api.vera.get(BY, query_string={**query, "by": "route"}).json["items"]
    assert {"GET /api/bots"} <= {route["name"] for route in routes}
    assert routes[0]["api"]["count"] == 1
    (process,) = api.vera.get(BY, query_string={**query, "by": "process"}).json["items"]
    assert process["memory_bytes"] > 10**7
    assert process["cpu_share"] >= 0
    one = {**query, "by": "route", "name": "GET /api/bots"}
    shown = api.vera.get(BY, query_string=one).json
    assert (shown["items"], sum(p["api"]["count"] for p in shown["series"] if p["api"])) == ([], 1)


def test_only_admin_and_viewer_may_look_and_wrong_questions_are_named(api: Api) -> None:
    for path in (PATH, f"{BY}?by=bot"):
        assert api.alice.get(path).status_code == 200
        assert api.oscar.get(path).status_code == 403
    assert wrong_fields(api.vera.get(BY)) == {"by"}
    assert wrong_fields(api.vera.get(f"{BY}?by=chat")) == {"by"}
    assert wrong_fields(api.vera.get(f"{PATH}?tz=Mars/Base&bucket=week")) == {"tz", "bucket"}
    assert wrong_fields(
        api.vera.get(f"{PATH}?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    ) == {"from"}


def test_a_bots_series_says_what_it_may_send(api: Api) -> None:
    bot = add_bot(api, api.olga)
    for rate, allowed in ((None, 30.0), (12, 12.0), (0, None)):
        changed = api.olga.patch(f"/api/bots/{bot}", {"settings": {"send_rate": rate}})
        assert changed.status_code == 200, changed.text
        shown = api.vera.get(f"{BY}?by=bot&name={bot}", headers={"Cache-Control": "no-cache"})
        assert shown.json["allowed_rate"] == allowed
    for other in ("other", "9" * 30, "٣"):
        assert api.vera.get(f"{BY}?by=bot&name={other}").json["allowed_rate"] is None
    assert api.vera.get(f"{BY}?by=bot").json["allowed_rate"] is None


def test_sends_are_counted_with_what_telegram_makes_bots_wait() -> None:

    samples = Samples()
    limiter = RateLimiters(30, samples).of(7)
    limiter.answered(0.04)
    limiter.answered(0.05)
    for _ in range(3):  # all that was in flight is refused at once: one wait
        limiter.hold(5.0)
    limiter.trouble()
    cells = [c["sends", "7"] for c in samples.take(unfinished=True).values()]
    assert sum(cell.count for cell in cells) == 2
    assert sum(cell.throttled for cell in cells) == 3
    assert sum(cell.errors for cell in cells) == 1
    assert 5.0 <= sum(cell.waited_s for cell in cells) < 6.0


def test_plans_at_size_read_one_resolution_by_its_key(database_url: str) -> None:
    names = ("series", "by_name", "names")
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute(
            """
            INSERT INTO performance (resolution, kind, name, process, at, writer, count, latency)
            SELECT 'day', kind, name::text, '', at, 0, 5, '{0,0,3,2}'
            FROM unnest(ARRAY['sends', 'updates', 'api']) AS kind, generate_series(1, 40) AS name,
                 generate_series(now() - interval '2 years', now(), interval '1 day') AS at
            """
        )
        connection.execute("ANALYZE performance")
        given: dict[str, Any] = {
            "kinds": ["sends"], "name": "3", "process": "", "names": ["1", "2"], "limit": 200,
            "bucket": "day", "buckets": [datetime.now(UTC) - timedelta(days=90)],
            "whole_start": datetime.now(UTC) - timedelta(days=90), "whole_end": datetime.now(UTC),
        }  # fmt: skip
        now = datetime.now(UTC)
        for resolution in resolutions.RESOLUTIONS:
            begins = now - timedelta(days=90 if resolution == "day" else 0)
            given |= {f"start_{resolution}": begins, f"end_{resolution}": now}
        for name in names:
            text = f"EXPLAIN {reading.SQL.texts[name]}"
            plan = "\n".join(row[0] for row in connection.execute(text, given))
            assert "Seq Scan on performance_day" not in plan, (name, plan)
