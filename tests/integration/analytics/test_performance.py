"""Performance: what is written, folded and pruned, against a recount of every event."""

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
from tests.support.api import Api
from tests.support.performance import Clock, ask

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Event:
    at: datetime
    name: str
    process: str
    seconds: float
    error: bool = False
    throttled: bool = False


def minute_now() -> datetime:
    return resolutions.floor(datetime.now(UTC), "minute")


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
def minute() -> datetime:
    """The minute in which a test begins; before it ends, another one may have begun."""
    return minute_now()


@pytest.fixture
def busy(api: Api, minute: datetime) -> tuple[Api, list[Event]]:
    """Three hours of two processes, folded up to some minutes ago."""
    end = minute
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


def test_folding_again_from_the_start_changes_nothing(
    busy: tuple[Api, list[Event]], minute: datetime
) -> None:
    api, _ = busy
    with api.session() as session:
        before = ladder(session)
        ask(
            session,
            "INSERT INTO performance_late"
            " SELECT DISTINCT at FROM performance WHERE resolution = 'minute'",
        )
    fold(api, minute - timedelta(minutes=7))
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
