"""Performance: what is written, folded, pruned and answered, against a recount of every event."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.analytics.performance import folding, reading, resolutions
from crier.analytics.performance.reading import Sums
from crier.analytics.performance.resolutions import Resolution
from crier.analytics.performance.sampler import Sampler
from crier.domain.histogram import FINE, fine_bucket_of
from crier.domain.span import Span
from crier.observability.samples import Samples
from crier.storage import engine
from tests.support.api import Api, wrong_fields
from tests.support.postgres import owners

PATH = "/api/system/performance"
BY = f"{PATH}/breakdown"
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Event:
    at: datetime
    name: str
    process: str
    seconds: float
    error: bool = False
    throttled: bool = False


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now.timestamp()


def minute_now() -> datetime:
    return resolutions.floor(datetime.now(UTC), "minute")


def ask(session: Session, text: str, **parameters: Any) -> Any:
    return session.execute(sa.text(text), parameters)


def begin_at(api: Api, at: datetime) -> None:
    with api.session() as session:
        ask(session, "UPDATE performance_state SET until = :at", at=at)


def record(api: Api, events: list[Event], process: str) -> None:
    """Write events of one process as its sampler does, however late."""
    clock = Clock(datetime.now(UTC))
    samples = Samples(clock=clock)
    samples.process = process
    for event in events:
        clock.now = event.at
        name, seconds = event.name, event.seconds
        samples.count("sends", name, seconds, error=event.error, throttled=event.throttled)
    clock.now = datetime.now(UTC)
    Sampler(samples, api.deps.sessions).write(unfinished=True)


def fold(api: Api, now: datetime | None = None) -> None:
    again = True
    while again:
        with api.session() as session:
            again = folding.run(session, now)


def random_events(start: datetime, end: datetime, count: int, process: str) -> list[Event]:
    chance = random.Random(f"{start}{process}")
    length = (end - start).total_seconds()
    return [
        Event(
            at=start + timedelta(seconds=chance.random() * length),
            name=str(chance.randint(1, 5)),
            process=process,
            seconds=chance.lognormvariate(-3, 1.5),
            error=chance.random() < 0.1,
            throttled=chance.random() < 0.05,
        )
        for _ in range(count)
    ]


def counted(events: list[Event]) -> tuple[int, int, int, list[int]]:
    latency = [0] * len(FINE)
    for event in events:
        latency[fine_bucket_of(event.seconds)] += 1
    return (
        len(events),
        sum(event.error for event in events),
        sum(event.throttled for event in events),
        latency,
    )


def flat(sums: Sums | None) -> tuple[int, int, int, list[int]]:
    found = sums or reading.NOTHING
    latency = [*found.latency, *[0] * (len(FINE) - len(found.latency))]
    return found.count, found.errors, found.throttled, latency


def rows(session: Session, resolution: Resolution) -> list[tuple[Any, ...]]:
    found = ask(session, "SELECT * FROM performance WHERE resolution = :r", r=resolution)
    return sorted(tuple(map(str, row)) for row in found)


def ladder(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(session, name) for name in resolutions.RESOLUTIONS}


@pytest.fixture
def busy(api: Api) -> tuple[Api, list[Event]]:
    """Three hours of two processes, folded up to some minutes ago."""
    end = minute_now()
    start = end - timedelta(hours=3)
    begin_at(api, start)
    events = []
    for process in ("one", "two"):
        mine = random_events(start, end, 1500, process)
        record(api, mine, process)
        events += mine
    fold(api, end - timedelta(minutes=7))
    return api, events


@pytest.mark.parametrize("bucket", ["10s", "minute", "hour", "day"])
@pytest.mark.parametrize("who", [{}, {"name": "3"}, {"process": "two"}])
def test_every_bucket_equals_a_recount(
    busy: tuple[Api, list[Event]], bucket: Resolution, who: dict[str, str]
) -> None:
    api, events = busy
    now = datetime.now(UTC)
    cut = reading.cut(Span(now - timedelta(hours=3), now), bucket, BERLIN, now)
    with api.session() as session:
        found = reading.series(session, cut, ["sends"], **who)
    assert cut.bucket == bucket
    for start, sums in zip(cut.buckets, found, strict=True):
        end = resolutions.after(start, bucket, cut.zone)
        inside = [
            event
            for event in events
            if start <= event.at < end and all(getattr(event, k) == v for k, v in who.items())
        ]
        assert flat(sums.get("sends")) == counted(inside), start


@pytest.mark.parametrize(("by", "field"), [("bot", "name"), ("process", "process")])
def test_sums_by_name_equal_a_recount(
    busy: tuple[Api, list[Event]], by: reading.By, field: str
) -> None:
    api, events = busy
    now = datetime.now(UTC)
    cut = reading.cut(Span(now - timedelta(hours=4), now), "minute", BERLIN, now)
    with api.session() as session:
        found = reading.breakdown(session, cut, by, limit=200)
    names = {str(getattr(event, field)) for event in events}
    assert names <= set(found)
    for name in names:
        mine = [event for event in events if getattr(event, field) == name]
        assert flat(found[name]["sends"]) == counted(mine)


def test_folding_again_from_the_start_changes_nothing(busy: tuple[Api, list[Event]]) -> None:
    api, _ = busy
    with api.session() as session:
        before = ladder(session)
        ask(
            session,
            "INSERT INTO performance_late"
            " SELECT DISTINCT at FROM performance WHERE resolution = 'minute'",
        )
    fold(api, minute_now() - timedelta(minutes=7))
    with api.session() as session:
        assert ladder(session) == before
        assert ask(session, "SELECT count(*) FROM performance_late").scalar() == 0


def test_a_round_that_is_killed_anywhere_is_repeated_without_counting_twice(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = resolutions.floor(datetime.now(UTC), "hour")
    start = end - timedelta(hours=3)
    begin_at(api, start)
    record(api, random_events(start, end, 600, "one"), "one")
    run, left, kills = engine.run, 0, 0

    def killed(session: Session, *statements: Any) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return run(session, *statements)

    monkeypatch.setattr(engine, "run", killed)
    for steps in range(20):
        left = steps
        try:
            fold(api, end + timedelta(minutes=1))
            break
        except KeyboardInterrupt:
            kills += 1
    assert kills >= 4
    with api.session() as session:
        for resolution in ("minute", "hour"):
            found = ask(
                session,
                "SELECT sum(count) FROM performance"
                " WHERE (resolution, kind, name, process) = (:resolution, 'sends', '', '')",
                resolution=resolution,
            )
            assert found.scalar() == 600


def test_what_comes_late_lands_in_its_bucket_at_every_level(busy: tuple[Api, list[Event]]) -> None:
    api, events = busy
    late = Event(min(event.at for event in events), "9", "three", 0.25, error=True)
    record(api, [late], "three")
    with api.session() as session:
        waiting = set(ask(session, "SELECT at FROM performance_late").scalars())
    assert resolutions.floor(late.at, "minute") in waiting
    fold(api, minute_now() - timedelta(minutes=7))
    with api.session() as session:
        for resolution in ("minute", "hour"):
            at = resolutions.floor(late.at, resolution)
            found = ask(
                session,
                "SELECT name, count, errors FROM performance WHERE resolution = :resolution"
                " AND kind = 'sends' AND name IN ('', '9') AND process = '' AND at = :at"
                " ORDER BY name",
                resolution=resolution,
                at=at,
            ).all()
            inside = [late, *(e for e in events if resolutions.floor(e.at, resolution) == at)]
            errors = sum(event.error for event in inside)
            assert found == [("", len(inside), errors), ("9", 1, 1)]


def test_a_write_whose_answer_was_lost_is_repeated_without_counting_twice(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(minute_now())
    samples = Samples(clock=clock)
    samples.count("sends", "1", 0.01)
    sampler = Sampler(samples, api.deps.sessions, clock=clock)
    clock.now += timedelta(seconds=11)
    begin = api.deps.sessions.begin

    def lost() -> Any:
        return _LostAnswer(begin())

    with monkeypatch.context() as broken:
        broken.setattr(api.deps.sessions, "begin", lost)
        sampler.write()
    sampler.write()
    with api.session() as session:
        sent = ask(session, "SELECT count FROM performance WHERE kind = 'sends' AND name = '1'")
        assert sent.scalars().all() == [1]


class _LostAnswer:
    """Commits, and says that the connection broke."""

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    def __enter__(self) -> Any:
        return self._transaction.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)
        raise sa.exc.OperationalError("commit", {}, Exception("connection lost"))


def test_who_writes_and_who_folds_wait_for_each_other(api: Api, database_url: str) -> None:
    with psycopg.connect(database_url) as writer:
        writer.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('crier.performance', 0))"
        )
        with api.session() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                folding.run(session)
            session.rollback()


def test_old_rows_are_pruned_in_batches_and_only_when_they_are_folded(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "BATCH", 100)
    end = minute_now()
    begin_at(api, end - timedelta(hours=2))
    record(api, random_events(end - timedelta(hours=2), end, 500, "one"), "one")
    later = end + timedelta(days=30)
    with api.session() as session:
        assert folding.prune(session, later) == 0
    fold(api, later)
    with api.session() as session:
        before = ladder(session)
        pruned: list[int] = []
        while not pruned or pruned[-1]:
            pruned.append(folding.prune(session, later))
        left = ladder(session)
    assert max(pruned) <= 200
    assert left["10s"] == left["minute"] == []
    assert (left["hour"], left["day"]) == (before["hour"], before["day"])


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
        session.execute(
            sa.text(
                "INSERT INTO performance (resolution, kind, name, process, at, writer, count)"
                " SELECT 'hour', 'sends', '', '', at, 0, 1"
                " FROM generate_series(:first, :last, interval '1 hour') AS at"
            ),
            {"first": first, "last": today - timedelta(hours=1)},
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


def test_sends_are_counted_with_what_telegram_makes_bots_wait() -> None:
    from crier.telegram.rate_limiters import RateLimiters

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
            "buckets": [datetime.now(UTC) - timedelta(days=90)],
        }  # fmt: skip
        now = datetime.now(UTC)
        for resolution in resolutions.RESOLUTIONS:
            begins = now - timedelta(days=90 if resolution == "day" else 0)
            given |= {f"start_{resolution}": begins, f"end_{resolution}": now}
        for name in names:
            text = f"EXPLAIN {reading.SQL[name]}"
            plan = "\n".join(row[0] for row in connection.execute(text, given))
            assert "Seq Scan on performance_day" not in plan, (name, plan)
