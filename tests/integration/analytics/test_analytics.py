"""Figures from rollups are those of the minutes, and everybody sees their own."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.analytics import activity, rollup
from crier.analytics.activity import Whose
from crier.api.schemas.base import time_zones
from crier.domain.intervals import wilson
from crier.domain.span import Span
from tests.support.ads import add_bot, add_broadcast, add_chats, settle
from tests.support.api import Api

NOW = datetime.now(UTC).replace(second=30, microsecond=0)
MINUTE = timedelta(minutes=1)


def add_minutes(session: Session, bot: int, count: int, days: float, seed: int = 1) -> None:
    """Activity in `count` different minutes of the last days."""
    rng = random.Random(seed)
    span = int(days * 1440)
    rows = [
        {"bot_id": bot, "at": NOW.replace(second=0) - n * MINUTE, "i": rng.randrange(9),
         "o": rng.randrange(9), "n": rng.randrange(3), "l": rng.randrange(2),
         "e": rng.randrange(2), "c": rng.randrange(4)}
        for n in rng.sample(range(span), min(count, span))
    ]  # fmt: skip
    session.execute(sa.text(
        "INSERT INTO bot_minutes (bot_id, at, messages_in, messages_out, new_subscribers,"
        " lost_subscribers, errors, clicks) VALUES (:bot_id, :at, :i, :o, :n, :l, :e, :c)"
    ), rows)  # fmt: skip


def everything(session: Session, bots: list[int]) -> list[Any]:
    """All that is read of activity, over spans with edges everywhere."""
    spans = [
        Span(NOW - timedelta(days=9, hours=3, minutes=17), NOW),
        Span(NOW - timedelta(days=5, minutes=1), NOW - timedelta(days=2, hours=1, minutes=13)),
        Span(NOW - timedelta(hours=30), NOW - timedelta(hours=3)),
        Span(NOW - timedelta(minutes=20), NOW + timedelta(hours=1)),
        Span(NOW - timedelta(days=400), NOW - timedelta(days=300)),
    ]
    found: list[Any] = []
    for span in spans:
        found.append(activity.by_bot(session, None, span))
        for whose in (Whose(), Whose(bot_id=bots[0])):
            found.append(activity.totals(session, whose, span))
            for zone in map(ZoneInfo, ("UTC", "Asia/Kathmandu", "America/Santiago")):
                found.append(activity.series(session, whose, span, "day", zone))
                if zone.key != "Asia/Kathmandu":  # its hours begin inside of rolled-up ones
                    found.append(activity.by_hour_of_week(session, whose, span, zone))
            found.append(activity.series(session, whose, span, "hour"))
    return found


def test_rollups_and_minutes_tell_the_same(api: Api) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(3)]
    with api.session() as session:
        for bot in bots:
            add_minutes(session, bot, 1500, days=12, seed=bot)
    with api.session() as session:
        before = everything(session, bots[:2])
    roll_up(api, NOW - timedelta(days=4, hours=5))
    with api.session() as session:
        assert everything(session, bots[:2]) == before
        assert rollup.run(session)
    roll_up(api)
    with api.session() as session:
        assert everything(session, bots[:2]) == before
        assert session.scalar(sa.text("SELECT count(*) FROM bot_days")) >= 3 * 10
    # Were the rollups not read, this would not show:
    with api.session() as session:
        session.execute(sa.text("DELETE FROM bot_minutes"))
        old = Span(NOW - timedelta(days=9), NOW - timedelta(days=2))
        assert activity.totals(session, Whose(), old)["messages_in"] > 0


def test_pruned_minutes_are_only_those_that_are_rolled_up_and_nothing_is_lost(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_minutes(session, bot, 900, days=6)
        assert rollup.prune(session, timedelta(0)) == 0
    roll_up(api, NOW - timedelta(days=2))
    days = Span((NOW - timedelta(days=6)).replace(hour=0, minute=0), NOW)
    with api.session() as session:
        before = activity.series(session, Whose(bot_id=bot), days, "hour")
        assert rollup.prune(session, timedelta(days=3)) > 0
        assert activity.series(session, Whose(bot_id=bot), days, "hour") == before
        rollup.prune(session, timedelta(0))
        assert activity.series(session, Whose(bot_id=bot), days, "hour") == before
    roll_up(api)
    with api.session() as session:
        assert activity.series(session, Whose(bot_id=bot), days, "day")[-1].messages_in == sum(
            hour.messages_in for hour in before if hour.at.date() == NOW.date()
        )


ROLLUPS = ("bot_hours", "bot_days", "bot_months", "owner_hours")


def rows_of(session: Session) -> dict[str, list[Any]]:
    return {
        name: list(session.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2")))
        for name in ROLLUPS
    }


def roll_up(api: Api, now: datetime | None = None) -> None:
    again = True
    while again:
        with api.session() as session:
            again = rollup.run(session, now)


def test_a_rebuild_gives_what_hour_by_hour_gave(api: Api) -> None:
    bots = [add_bot(api, owner) for owner in (api.oscar, api.olga)]
    with api.session() as session:
        for bot in bots:
            add_minutes(session, bot, 900, days=40, seed=bot)
        session.execute(sa.text("UPDATE bot_minutes SET latency = '{0,0,3,1}'"))
    for back in (26, 25, 3, 2, 0):
        roll_up(api, NOW - timedelta(hours=back))
    with api.session() as session:
        before = rows_of(session)
        assert before["bot_hours"]
        for name in ROLLUPS[1:]:
            session.execute(sa.text(f"UPDATE {name} SET messages_in = messages_in + 1"))
        assert rollup.rebuild(session) > 0
        assert rows_of(session) == before


def test_a_late_minute_counts_in_its_hour(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_minutes(session, bot, 300, days=3)
    roll_up(api)
    late = (NOW - timedelta(days=1)).replace(second=0)
    span = Span(late - timedelta(days=1), late + timedelta(days=1))
    with api.session() as session:
        before = activity.totals(session, Whose(bot_id=bot), span)["clicks"]
        session.execute(sa.text(
            "INSERT INTO bot_minutes AS m (bot_id, at, clicks) VALUES (:b, :at, 7)"
            " ON CONFLICT (bot_id, at) DO UPDATE SET clicks = m.clicks + 7"
        ), {"b": bot, "at": late})  # fmt: skip
        session.execute(
            sa.text("INSERT INTO late_hours VALUES (:b, date_trunc('hour', :at, 'UTC'))"),
            {"b": bot, "at": late},
        )
    roll_up(api)
    with api.session() as session:
        assert activity.totals(session, Whose(bot_id=bot), span)["clicks"] == before + 7
        assert session.scalar(sa.text("SELECT count(*) FROM late_hours")) == 0


def test_a_minute_before_everything_that_is_rolled_up_is_rolled_up_before_it_is_pruned(
    api: Api,
) -> None:
    bot = add_bot(api, api.oscar)
    early = (NOW - timedelta(days=9)).replace(second=0)
    with api.session() as session:
        add_minutes(session, bot, 300, days=3)
    roll_up(api)
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO bot_minutes (bot_id, at, clicks) VALUES (:b, :at, 7)"
        ), {"b": bot, "at": early})  # fmt: skip
        session.execute(
            sa.text("INSERT INTO late_hours VALUES (:b, date_trunc('hour', :at, 'UTC'))"),
            {"b": bot, "at": early},
        )
    roll_up(api)
    with api.session() as session:
        rollup.prune(session, timedelta(0))
        span = Span(early - timedelta(days=1), NOW - timedelta(days=5))
        assert activity.totals(session, Whose(bot_id=bot), span)["clicks"] == 7


def test_where_minutes_are_gone_whole_hours_count_and_the_answer_says_so(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_minutes(session, bot, 3000, days=5)
    roll_up(api)
    start = (NOW - timedelta(days=4)).replace(minute=20)
    span = Span(start, start + timedelta(hours=5, minutes=3))
    with api.session() as session:
        rollup.prune(session, timedelta(days=2))
    with api.session() as session:
        counted = activity.counted(session, span)
        assert (counted.start.minute, counted.end.minute) == (0, 0)
        hours = activity.series(session, Whose(bot_id=bot), span, "hour")
        assert len(hours) == 6
        assert activity.totals(session, Whose(bot_id=bot), span) == activity.sums(hours)
    zulu = [at.isoformat().replace("+00:00", "Z") for at in (span.start, span.end)]
    query = f"from={zulu[0]}&to={zulu[1]}"
    answer = api.oscar.get(f"/api/analytics/bots/{bot}?{query}").json
    assert answer["counted"]["from"] == counted.start.isoformat().replace("+00:00", "Z")
    for path in (f"/api/bots/{bot}/metrics", "/api/analytics/dashboard"):
        refused = api.oscar.get(f"{path}?{query}&bucket=minute")
        assert refused.status_code == 422
        assert refused.json["errors"][0]["field"] == "bucket"


def test_the_dashboard_adds_up_what_is_ones_own(api: Api) -> None:
    bot, other = add_bot(api, api.oscar, chats=[1, 2]), add_bot(api, api.olga, chats=[9])
    add_bot(api, api.oscar, status="stopped")
    ad = api.oscar.post("/api/ads/create", {"content": "x", "title": "T"}).json["id"]
    done = {"status": "completed", "completed_at": NOW, "price": "20.00", "currency": "EUR"}
    _, ids = add_broadcast(api, ad, api.oscar, {bot: [1, 2]}, **done)
    settle(api, ids[bot], [("sent", None, None), ("sent", None, None)])
    with api.session() as session:
        minute = sa.text(
            "INSERT INTO bot_minutes (bot_id, at, messages_in, messages_out, clicks)"
            " VALUES (:b, date_trunc('minute', now()), 5, 2, 3)"
            " ON CONFLICT (bot_id, at) DO UPDATE SET messages_in = 5, messages_out = 2, clicks = 3"
        )
        session.execute(minute, [{"b": bot}, {"b": other}])
        session.execute(sa.text("INSERT INTO click_counters VALUES (:d, 3, 1)"), {"d": ids[bot]})
        session.execute(sa.text("UPDATE subscribers SET last_seen_at = now() WHERE chat_id < 3"))
        session.execute(sa.text("UPDATE subscribers SET last_seen_at = now() WHERE chat_id < 2"))
    board = api.oscar.get("/api/analytics/dashboard").json
    assert board["totals"] == {
        "bots": 2, "bots_running": 1, "subscribers": 2, "active_users": 2, "messages_in": 5,
        "messages_out": 2, "ads": 1, "ads_broadcasting": 0, "sent": 2, "clicks": 3, "ctr": 0.5,
        "revenue": "20.00", "currency": "EUR",
        "revenues": [{"currency": "EUR", "amount": "20.00"}],
    }  # fmt: skip
    assert sum(point["messages_in"] for point in board["series"]) == 5
    assert sum(point["new_subscribers"] for point in board["series"]) == 2
    assert board["top_bots"][0]["id"] == bot
    assert [(a["id"], a["clicks"], a["ctr"]) for a in board["top_ads"]] == [(ad, 3, 0.5)]
    everybodys = api.vera.get("/api/analytics/dashboard").json["totals"]
    assert (everybodys["bots"], everybodys["messages_in"]) == (3, 10)
    assert api.alice.get("/api/analytics/dashboard").json["totals"] == everybodys
    assert api.adam.get("/api/analytics/dashboard").status_code == 403
    nothing = api.person("newcomer").get("/api/analytics/dashboard").json["totals"]
    assert (nothing["bots"], nothing["ctr"], nothing["revenue"]) == (0, None, "0.00")


def test_active_users_follow_the_day_they_were_seen(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_chats(session, bot, [1, 2, 3], last_seen_at=NOW - timedelta(days=10))
        add_chats(session, bot, [4])

    def active(days: int) -> int:
        start = (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")
        totals = api.oscar.get(f"/api/analytics/dashboard?from={start}").json["totals"]
        return int(totals["active_users"])

    assert (active(11), active(9)) == (3, 0)
    with api.session() as session:
        for days in (5, 0):
            session.execute(
                sa.text("UPDATE subscribers SET last_seen_at = :at WHERE chat_id IN (1, 4)"),
                {"at": NOW - timedelta(days=days)},
            )
    assert (active(11), active(9), active(0)) == (4, 2, 2)


def test_active_users_are_a_part_of_the_subscribers(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_chats(session, bot, [1, 2, 3], last_seen_at=NOW)
        add_chats(session, bot, [4], last_seen_at=NOW, status="blocked")
        add_chats(session, bot, [5])

    def move(chat_id: int, status: str, seen_at: datetime = NOW) -> tuple[int, int]:
        change = "UPDATE subscribers SET status = :s, last_seen_at = :at WHERE chat_id = :c"
        with api.session() as session:
            session.execute(sa.text(change), {"s": status, "at": seen_at, "c": chat_id})
        path = f"/api/bots/{bot}/metrics?bucket=day"
        totals = api.oscar.get(path).json["totals"]
        assert api.oscar.get("/api/analytics/dashboard").json["totals"].items() >= {
            "subscribers": totals["subscribers"], "active_users": totals["active_users"],
        }.items()  # fmt: skip
        return totals["subscribers"], totals["active_users"]

    assert move(1, "active") == (4, 3)
    assert move(1, "unsubscribed") == (3, 2)
    assert move(2, "gone", NOW - timedelta(days=400)) == (2, 1)
    assert move(4, "active") == (3, 2)
    assert move(1, "active", NOW - timedelta(days=400)) == (4, 2)
    assert move(1, "active") == (4, 3)


def test_a_bots_growth_is_counted_back_from_today(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_chats(session, bot, range(10))
        session.execute(sa.text("UPDATE subscribers SET status = 'blocked' WHERE chat_id < 3"))
        session.execute(sa.text(
            "INSERT INTO bot_minutes (bot_id, at, new_subscribers, lost_subscribers)"
            " VALUES (:b, now() - interval '2 days', 4, 1)"
        ), {"b": bot})  # fmt: skip
    report = api.oscar.get(f"/api/analytics/bots/{bot}?bucket=day").json
    assert report["people"] == {"subscribers": 7, "blocked": 3, "gone": 0, "unsubscribed": 0}
    growth = report["growth"]
    assert growth[-1]["subscribers"] == 7
    assert (growth[-1]["new_subscribers"], growth[-1]["lost_subscribers"]) == (10, 3)
    assert growth[-2]["subscribers"] == 0
    assert growth[-3]["subscribers"] == 0
    assert growth[-4]["subscribers"] == -3  # the made-up minute has no chats behind it
    yesterday = (NOW - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    past = api.oscar.get(f"/api/analytics/bots/{bot}?bucket=day&to={yesterday}").json["growth"]
    assert past[-1]["subscribers"] == 0


def test_a_bots_week_retention_and_delivery_health(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    monday = NOW.replace(hour=0, minute=0) - timedelta(days=NOW.weekday())
    joined = monday - timedelta(days=21)
    with api.session() as session:
        for chat, weeks in ((1, 0), (2, 1), (3, 3), (4, 3)):
            seen = min(joined + timedelta(days=7 * weeks, minutes=5), NOW)
            add_chats(session, bot, [chat], joined_at=joined, last_seen_at=seen)
        add_minutes(session, bot, 50, days=1)
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    _, ids = add_broadcast(api, ad, api.oscar, {bot: [1, 2, 3, 4]})
    settle(api, ids[bot], [("sent", None, None), ("sent", None, None), ("blocked", 403, "x")])
    roll_up(api, NOW + timedelta(hours=2))
    report = api.oscar.get(f"/api/analytics/bots/{bot}").json
    (cohort,) = report["retention"]
    assert date.fromisoformat(cohort["week"]) == joined.date()
    assert (cohort["joined"], cohort["remaining"]) == (4, 4)
    assert cohort["active"] == [4, 3, 2, 2]
    assert len(report["activity"]) == 168
    total = sum(hour["messages_in"] for hour in report["activity"])
    assert total == sum(point["messages_in"] for point in report["series"]) > 0
    health = report["delivery"]
    assert (health["audience"], health["sent"], health["blocked"]) == (4, 2, 1)
    assert health["success_rate"] == pytest.approx(2 / 3)
    assert api.olga.get(f"/api/analytics/bots/{bot}").status_code == 404
    assert api.adam.get(f"/api/analytics/bots/{bot}").status_code == 403


def test_a_row_for_each_ad(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    quiet = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    ad = api.oscar.post("/api/ads/create", {"content": "x", "title": "T"}).json["id"]
    done = {"status": "completed", "completed_at": NOW, "price": "10.00"}
    for started_at in (NOW - timedelta(days=3), NOW - timedelta(days=1)):
        _, ids = add_broadcast(api, ad, api.oscar, {bot: [1, 2, 3]}, started_at=started_at, **done)
        settle(api, ids[bot], [("sent", None, None), ("blocked", 403, "x"), ("failed", 400, "y")])
        with api.session() as session:
            counters = sa.text("INSERT INTO click_counters VALUES (:d, 5, 1, 3)")
            session.execute(counters, {"d": ids[bot]})
    rows = api.oscar.get("/api/analytics/ads").json["items"]
    assert [row["id"] for row in rows] == [ad, quiet]
    first = rows[0]
    assert [first[f] for f in ("broadcasts", "audience", "sent", "blocked", "failed")] == [
        *(2, 6, 2, 2, 2)
    ]
    assert (first["clicks"], first["unique_clicks"], first["ctr"]) == (10, 2, 1.0)
    low_high = first["ctr_interval"]
    assert (first["machine_clicks"], (low_high["low"], low_high["high"])) == (6, wilson(2, 2))
    assert rows[1]["ctr_interval"] is None
    assert (first["price"], first["cpm"], first["cost_per_click"]) == ("20.00", "10000.00", "2.00")
    assert (rows[1]["sent"], rows[1]["ctr"], rows[1]["price"]) == (0, None, None)
    since = (NOW - timedelta(days=2)).isoformat().replace("+00:00", "Z")
    recent = api.oscar.get(f"/api/analytics/ads?from={since}").json["items"][0]
    assert (recent["broadcasts"], recent["price"]) == (1, "10.00")
    page = api.oscar.get("/api/analytics/ads?limit=1").json
    assert [row["id"] for row in page["items"]] == [ad]
    assert api.oscar.get(
        f"/api/analytics/ads?limit=1&cursor={page['next_cursor']}"
    ).json["items"][0]["id"] == quiet  # fmt: skip
    one = api.oscar.get(f"/api/analytics/ads?ad_id={quiet}").json
    assert ([row["id"] for row in one["items"]], one["next_cursor"]) == ([quiet], None)
    assert api.adam.get("/api/analytics/ads").json["items"] == []
    assert api.adam.get(f"/api/analytics/ads?ad_id={ad}").json["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("from=yesterday", "from"),
        ("bucket=year", "bucket"),
        ("from=2000-01-01T00:00:00Z&bucket=minute", "bucket"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_span_names_its_field(api: Api, query: str, field: str) -> None:
    answer = api.oscar.get(f"/api/analytics/dashboard?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == field


def test_every_time_zone_that_can_be_asked_for_is_one_of_postgresql(api: Api) -> None:
    with api.session() as session:
        known = set(session.scalars(sa.text("SELECT name FROM pg_timezone_names")))
    assert time_zones() - known == set()
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"} <= time_zones()
