"""People are counted once over all bots, as a count of all messages gives it."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from crier.analytics import people, reports, rollup
from crier.domain.span import Span
from crier.domain.stand_ins import LAST
from tests.support.ads import add_bot, add_chats, add_row
from tests.support.api import Api
from tests.support.postgres import owners

# Over ends of months, a leap day, and the hour that Europe's clocks do not have.
START, END = datetime(2024, 2, 20, tzinfo=UTC), datetime(2024, 4, 2, tzinfo=UTC)
GRAINS: tuple[people.Grain, ...] = ("day", "week", "month")
HOUR = timedelta(hours=1)
FRESH = {"Cache-Control": "no-cache"}
Written = tuple[int, int, datetime]


def write(api: Api, some: random.Random, bots: list[int]) -> list[Written]:
    """Messages of people, groups and erased people, many at the edges of periods."""
    chats = [*range(1, 25), LAST, LAST - 7, -5, -(10**12)]
    found = []
    for _ in range(500):
        at = START + some.random() * (END - START)
        if some.random() < 0.3:
            at = at.replace(hour=0, minute=0, second=0, microsecond=0) - some.choice(
                [timedelta(0), timedelta.resolution]
            )
        found.append((some.choice(bots), some.choice(chats), max(at, START)))
    return found


def store(api: Api, written: list[Written], direction: str = "in") -> None:
    with api.session() as session:
        for bot, chat, at in written:
            add_row(session, "messages", bot_id=bot, chat_id=chat, sent_at=at, status="received",
                    direction=direction)  # fmt: skip


def begin(at: datetime, grain: str) -> date:
    day = at.date()
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[
        grain
    ]


def expected(
    written: list[Written], owners_of: dict[int, int]
) -> dict[tuple[int, int, str, date], int]:
    sets: dict[tuple[int, int, str, date], set[int]] = defaultdict(set)
    for bot, chat, at in written:
        if chat > 0 or chat <= LAST:
            for grain in GRAINS:
                for owner, one in ((0, bot), (owners_of[bot], 0), (0, 0)):
                    sets[owner, one, grain, begin(at, grain)].add(chat)
    return {key: len(chats) for key, chats in sets.items()}


def counted(api: Api) -> dict[tuple[Any, ...], int]:
    with api.session() as session:
        rows = session.execute(sa.text("SELECT * FROM active_people"))
        return {tuple(row[:4]): row.people for row in rows}


def roll_up(api: Api, until: datetime) -> None:
    again = True
    while again:
        with api.session() as session:
            session.execute(sa.text("SET LOCAL TIME ZONE 'Asia/Kathmandu'"))
            again = rollup.run(session, until + rollup.SETTLED)


@pytest.fixture
def bots(api: Api) -> list[int]:
    """Bots of two owners, and a minute with which the rolling up begins."""
    found = [add_bot(api, owner) for owner in (api.oscar, api.oscar, api.olga)]
    with psycopg.connect(owners(api.settings.database_url)) as connection:
        connection.execute(
            "CREATE TABLE messages_then PARTITION OF messages"
            " FOR VALUES FROM ('2024-02-01Z') TO ('2024-05-01Z')"
        )
    with api.session() as session:
        add_row(session, "bot_minutes", bot_id=found[0], at=START)
    return found


def test_people_are_those_of_all_messages_whenever_they_were_recorded(
    api: Api, bots: list[int]
) -> None:
    some = random.Random(1)
    oscar, olga = api.oscar.id or 0, api.olga.id or 0
    owners_of = dict(zip(bots, [oscar, oscar, olga], strict=True))
    written = write(api, some, bots)
    middle = datetime(2024, 2, 29, 23, tzinfo=UTC)
    late = [row for row in written if middle - rollup.LATE < row[2] < middle][:9]
    store(api, [row for row in written if row not in late])
    store(api, [(bot, 999, at) for bot, _, at in written], "out")
    roll_up(api, middle)
    store(api, late)
    before = [row for row in written if row[2] < middle and row not in late]
    whole_days = [row for row in before if row[2] < middle.replace(hour=0)]
    assert counted(api) == {
        **{k: n for k, n in expected(before, owners_of).items() if k[2] == "day"},
        **{k: n for k, n in expected(whole_days, owners_of).items() if k[2] != "day"},
    }
    assert [counted_until(api, grain) for grain in GRAINS] == [
        "2024-02-29T23:00:00Z",
        *["2024-02-29T00:00:00Z"] * 2,
    ]
    roll_up(api, END)
    whole = expected([row for row in written if row[2] < END], owners_of)
    assert counted(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM active_people"))
        rollup.rebuild(session)
    assert counted(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM messages WHERE sent_at < '2024-03-01'"))
        rollup.rebuild(session)
    assert counted(api) == whole  # rows that are not kept any more are still counted
    answers_are(api, bots, whole)


def counted_until(api: Api, grain: people.Grain) -> str:
    answer = api.alice.get(f"/api/analytics/people?bucket={grain}", headers=FRESH)
    return str(answer.json["counted_until"])


def answers_are(api: Api, bots: list[int], whole: dict[tuple[int, int, str, date], int]) -> None:
    """Everybody is told own people, of whole periods that a span touches."""
    low, high = "2024-03-01T02:30:00%2B05:45", "2024-03-31T23:59:59-03:00"  # 29 February to 1 April
    asked = (
        (api.alice, "", (0, 0)),
        (api.vera, "", (0, 0)),
        (api.oscar, "", (api.oscar.id, 0)),
        (api.olga, "", (api.olga.id, 0)),
        (api.oscar, f"&bot_id={bots[1]}", (0, bots[1])),
    )
    for person, named, (owner, bot) in asked:
        for grain, count in (("day", 33), ("week", 6), ("month", 3)):
            path = f"/api/analytics/people?from={low}&to={high}&bucket={grain}{named}"
            answer = person.get(path, headers=FRESH).json
            assert answer["counted_until"] == "2024-04-02T00:00:00Z"
            assert len(answer["series"]) == count
            for row in answer["series"]:
                key = (owner or 0, bot, grain, date.fromisoformat(row["start"]))
                assert row["people"] == whole.get(key, 0), key
    foreign = api.olga.get(f"/api/analytics/people?bot_id={bots[0]}")
    assert (foreign.status_code, api.adam.get("/api/analytics/people").status_code) == (404, 403)
    refused = api.alice.get(
        "/api/analytics/people?from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z"
    )
    assert refused.status_code == 422


def test_subscribed_people_are_counted_once_over_the_bots_that_are_there(
    api: Api, bots: list[int]
) -> None:
    assert api.alice.get("/api/analytics/people").json["subscribed"] is None
    deleted = add_bot(api, api.oscar, chats=[77])
    with api.session() as session:
        for bot, chats in zip(bots, ([1, 2, 3], [2, 3, 4], [3, 5]), strict=True):
            add_chats(session, bot, chats)
        add_chats(session, bots[0], [6], status="blocked")
        add_chats(session, bots[0], [-7], type="supergroup")
        session.execute(sa.text("UPDATE bots SET deleted_at = now() WHERE id = :b"), {"b": deleted})
        add_row(session, "bot_minutes", bot_id=bots[0], at=datetime.now(UTC) - 2 * HOUR)
        session.execute(sa.text("DELETE FROM bot_minutes WHERE at = :at"), {"at": START})
    roll_up(api, datetime.now(UTC))
    told = [
        person.get("/api/analytics/people", headers=FRESH).json["subscribed"]["people"]
        for person in (api.alice, api.oscar, api.olga)
    ]
    assert told == [5, 4, 2]
    one = api.oscar.get(f"/api/analytics/people?bot_id={bots[0]}").json
    assert one["subscribed"] is None


@pytest.mark.parametrize("grain", GRAINS)
def test_periods_are_those_that_a_span_touches(grain: people.Grain) -> None:
    some = random.Random(5)
    for _ in range(40):
        low = START + some.random() * timedelta(days=60)
        high = low + some.random() * timedelta(days=40) + timedelta.resolution
        days = (low + timedelta(hours=n) for n in range(int((high - low) / HOUR) + 1))
        touched = {begin(at, grain) for at in (*days, high - timedelta.resolution)}
        assert people.starts(Span(low, high), grain) == sorted(touched)


def test_active_users_since_any_day_are_those_of_the_rows(api: Api) -> None:
    now = datetime.now(UTC)
    some, bots = random.Random(2), [add_bot(api, person) for person in (api.oscar, api.olga)]
    deleted = add_bot(api, api.olga, chats=[1])
    rows: dict[tuple[int, int], tuple[datetime | None, str]] = {}
    change = sa.text(
        "UPDATE subscribers SET last_seen_at = :at, status = :s WHERE bot_id = :b AND chat_id = :c"
    )
    with api.session() as session:
        for bot in bots:
            add_chats(session, bot, range(40))
        for _ in range(300):
            bot, chat = some.choice(bots), some.randrange(40)
            at = some.choice([None, now - timedelta(days=some.random() * 200)])
            rows[bot, chat] = (at, some.choice(["active", "active", "blocked"]))
            session.execute(change, {"at": at, "s": rows[bot, chat][1], "b": bot, "c": chat})
        session.execute(change, {"at": now, "s": "active", "b": deleted, "c": 1})
        session.execute(sa.text("UPDATE bots SET deleted_at = now() WHERE id = :b"), {"b": deleted})
    # The first and last days of months, and any others.
    days = [now.date() - timedelta(days=n) for n in range(0, 220, 31)]
    days += [day.replace(day=1) for day in days] + [
        day.replace(day=1) - timedelta(days=1) for day in days
    ]
    with api.session() as session:
        for day in {day for day in days if day < now.date()}:
            span = Span(datetime(day.year, day.month, day.day, 23, tzinfo=UTC), now)
            for owner, own in ((None, bots), (api.oscar.id, bots[:1])):
                wanted = sum(
                    bot in own and status == "active" and at is not None and at.date() >= day
                    for (bot, _), (at, status) in rows.items()
                )
                board = reports.dashboard(session, owner, span, "day", ZoneInfo("UTC"))
                assert board["totals"]["active_users"] == wanted, day
