"""The list of broadcasts: which, of whose ads, in which order, and what came of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.services.broadcasts import lists
from crier.services.broadcasts.lists import BroadcastFilter
from crier.services.caller import Caller
from crier.storage.models.ads import Broadcast
from tests.support.ads import add_bot, add_broadcast, add_row, settle
from tests.support.api import Api, Person
from tests.support.postgres import owners

SENT = ("sent", None, None)
BLOCKED = ("blocked", 403, "Forbidden: bot was blocked by the user")
FAILED = ("failed", 400, "Bad Request: chat not found")
DAY = timedelta(days=1)


def make_ad(person: Person, **fields: Any) -> int:
    number: int = person.post("/api/ads/create", {"content": "x", **fields}).json["id"]
    return number


def listed(person: Person, query: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """All broadcasts that somebody sees, page by page."""
    rows, cursor = [], ""
    while True:
        answer = person.get(f"/api/broadcasts?limit={limit}{query}{cursor}")
        assert answer.status_code == 200, answer.text
        rows += answer.json["items"]
        if answer.json["next_cursor"] is None:
            return rows
        cursor = f"&cursor={answer.json['next_cursor']}"


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["broadcast_id"] for row in rows]


def test_a_line_tells_what_the_statistics_tell(api: Api) -> None:
    bots = add_bot(api, api.oscar), add_bot(api, api.oscar)
    ad = make_ad(api.oscar, title="Tea")
    broadcast, parts = add_broadcast(
        api, ad, api.oscar, {bots[0]: [1, 2, 3, 4], bots[1]: [5]}, price="10", currency="EUR"
    )
    settle(api, parts[bots[0]], [SENT, BLOCKED, FAILED])
    settle(api, parts[bots[1]], [SENT])
    with api.session() as session:
        add_row(session, "click_counters", delivery_id=parts[bots[1]], clicks=4, unique_clicks=1)
    stats = api.oscar.get(f"/api/ads/{ad}/statistics").json
    line = listed(api.oscar)[0]
    shared = set(line) & set(stats)
    assert {name: line[name] for name in shared} == {name: stats[name] for name in shared}
    assert shared >= {"audience", "pending", "sent", "ctr", "cpm", "price", "currency", "status"}
    assert (line["broadcast_id"], line["ad_title"]) == (broadcast, "Tea")
    assert (line["cost_per_click"], line["pending"], line["retries"]) == ("2.50", 1, 0)


def test_a_scheduled_one_is_pending_as_planned(api: Api) -> None:
    ad = make_ad(api.oscar)
    add_broadcast(api, ad, api.oscar, {}, status="scheduled", audience=7, started_at=None)
    line = listed(api.oscar, "&status=scheduled")[0]
    assert (line["audience"], line["pending"], line["started_at"]) == (7, 7, None)


def test_by_ad_bot_state_and_date_and_in_pages(api: Api) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(2)]
    ads = [make_ad(api.oscar) for _ in range(2)]
    now = datetime.now(UTC).replace(microsecond=0)
    made = [
        add_broadcast(
            api, ads[n % 2], api.oscar, {bots[n % 3 % 2]: [n]}, created_at=now - (n // 2) * DAY,
            status=("completed", "cancelled")[n % 5 == 0],
        )[0]
        for n in range(9)
    ]  # fmt: skip
    newest_first = sorted(range(9), key=lambda n: (-(n // 2), made[n]), reverse=True)
    for limit in (1, 2, 200):
        assert ids(listed(api.oscar, limit=limit)) == [made[n] for n in newest_first]
    wanted = [made[n] for n in newest_first if n % 2 == 1]
    assert ids(listed(api.oscar, f"&ad_id={ads[1]}", limit=2)) == wanted
    wanted = [made[n] for n in newest_first if n % 3 % 2 == 1]
    assert ids(listed(api.oscar, f"&bot_id={bots[1]}", limit=2)) == wanted
    wanted = [made[n] for n in newest_first if n % 5 == 0]
    assert ids(listed(api.oscar, "&status=cancelled", limit=1)) == wanted
    span = f"&from={(now - 2 * DAY):%Y-%m-%dT%H:%M:%SZ}&to={now:%Y-%m-%dT%H:%M:%SZ}"
    assert ids(listed(api.oscar, span)) == [made[n] for n in newest_first if 2 <= n < 6]
    assert api.oscar.get("/api/broadcasts?status=draft").status_code == 422


def test_by_the_day_on_which_they_go_out(api: Api) -> None:
    ad, now = make_ad(api.oscar), datetime.now(UTC).replace(microsecond=0)
    planned = {"created_at": now - 9 * DAY, "scheduled_for": now - DAY}
    began_late, cut_off, at_once, _ = (
        add_broadcast(api, ad, api.oscar, {}, status="cancelled", **fields)[0]
        for fields in (
            planned | {"started_at": now},
            planned | {"started_at": None},
            {"created_at": now - DAY, "started_at": None},
            {"created_at": now - 9 * DAY, "started_at": now - 9 * DAY},
        )
    )

    def going_out(start: datetime, end: datetime) -> set[int]:
        span = f"&out_from={start:%Y-%m-%dT%H:%M:%SZ}&out_to={end:%Y-%m-%dT%H:%M:%SZ}"
        return set(ids(listed(api.oscar, span, limit=1)))

    assert going_out(now, now + DAY) == {began_late}
    assert going_out(now - DAY, now) == {cut_off, at_once}
    assert going_out(now + DAY, now + 2 * DAY) == set()


def test_everybody_sees_those_of_the_ads_that_they_see(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    own, adams, olgas = make_ad(api.oscar), make_ad(api.adam), make_ad(api.olga)
    with api.session() as session:
        kept = sa.text("UPDATE advertisements SET operator_id = :oscar WHERE id = :ad")
        session.execute(kept, {"oscar": api.oscar.id, "ad": adams})
    made = [add_broadcast(api, ad, api.oscar, {bot: [1]})[0] for ad in (own, adams, olgas)]
    assert ids(listed(api.alice)) == ids(listed(api.vera)) == made[::-1]
    assert ids(listed(api.oscar)) == [made[1], made[0]]
    assert ids(listed(api.adam)) == [made[1]]
    assert ids(listed(api.olga)) == ids(listed(api.olga, f"&bot_id={bot}")) == [made[2]]
    for person, seen in ((api.adam, {1}), (api.oscar, {0, 1}), (api.vera, {0, 1, 2})):
        for n, number in enumerate(made):
            answer = person.get(f"/api/broadcasts/{number}/attempts")
            assert answer.status_code == (200 if n in seen else 404)


def test_attempts_are_those_of_the_statistics(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ad = make_ad(api.oscar)
    broadcast, parts = add_broadcast(api, ad, api.oscar, {bot: [1, 2, 3]})
    settle(api, parts[bot], [SENT, FAILED, SENT])
    with api.session() as session:
        add_row(
            session, "broadcast_retries", broadcast_id=broadcast, number=2,
            started_at=datetime.now(UTC) + DAY, ended_at=datetime.now(UTC), sent=2, blocked=0,
            failed=1, unknown=0, skipped=0, failed_again=1, unknown_again=0,
        )  # fmt: skip
    path = f"/api/broadcasts/{broadcast}/attempts"
    found = api.oscar.get(path).json
    assert found["items"] == api.oscar.get(f"/api/ads/{ad}/statistics").json["attempts"]
    assert [row["number"] for row in found["items"]] == [1, 2]
    assert listed(api.oscar)[0]["retries"] == 1
    first = api.oscar.get(f"{path}?limit=1").json
    second = api.oscar.get(f"{path}?limit=1&cursor={first['next_cursor']}").json
    assert first["items"] + second["items"] == found["items"]
    assert second["next_cursor"] is None
    assert api.oscar.get("/api/broadcasts/4000000000/attempts").status_code == 404


@pytest.fixture
def big(api: Api) -> tuple[Api, int, int]:
    """20,000 broadcasts of 2,000 ads; the ids of an ad and of a bot."""
    bot, ad = add_bot(api, api.oscar), make_ad(api.oscar)
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO advertisements (user_id, content) SELECT :user, 'x'"
            " FROM generate_series(1, 2000)"), {"user": api.olga.id})  # fmt: skip
        session.execute(sa.text(
            "INSERT INTO broadcasts (ad_id, user_id, status, message, created_at)"
            " SELECT :ad + n % 2000 + 1, :user, 'completed', '{}', now() - n * interval '1 hour'"
            " FROM generate_series(1, 20000) AS n"), {"user": api.olga.id, "ad": ad})  # fmt: skip
        other = add_bot(api, api.olga)
        session.execute(sa.text(
            "INSERT INTO deliveries (broadcast_id, bot_id, length, audience, status)"
            " SELECT id, CASE WHEN id % 500 = 0 THEN CAST(:bot AS bigint) ELSE :other END, 0, 0,"
            " 'done' FROM broadcasts"), {"bot": bot, "other": other})  # fmt: skip
    with psycopg.connect(owners(api.settings.database_url), autocommit=True) as connection:
        connection.execute("ANALYZE")
    return api, ad + 7, bot


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "broadcasts_created_idx"),
        ({"start": datetime(2020, 1, 1, tzinfo=UTC)}, "broadcasts_created_idx"),
        ({"end": datetime.now(UTC) - 600 * DAY}, "broadcasts_created_idx"),
        ({"out_start": datetime.now(UTC) - 600 * DAY}, "broadcasts_created_idx"),
        ({"out_end": datetime.now(UTC) - 600 * DAY}, "broadcasts_created_idx"),
        ({"status": "failed"}, "broadcasts_status_idx"),
        ({"ad_id": 0}, "broadcasts_ad_idx"),
        ({"bot_id": 0}, "deliveries_bot_idx"),
    ],
)
def test_a_page_is_read_through_an_index(
    big: tuple[Api, int, int], wanted: dict[str, Any], index: str
) -> None:
    api, ad, bot = big
    named = {"ad_id": ad, "bot_id": bot}
    wanted = {name: named.get(name, value) for name, value in wanted.items()}
    admin = Caller(user_id=api.alice.id, username="alice", role="admin")
    found = lists.search(admin, BroadcastFilter(**wanted))
    found = found.order_by(Broadcast.created_at.desc(), Broadcast.id.desc()).limit(51)
    with api.session() as session:
        connection = session.connection()
        text = found.compile(connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(r[0] for r in connection.exec_driver_sql(f"EXPLAIN {text}"))
    assert index in plan
    assert "Seq Scan on broadcasts" not in plan
