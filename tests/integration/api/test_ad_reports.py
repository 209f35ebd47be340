"""Statistics add up at every instant, and every recipient is listed exactly once."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa

from crier.analytics import recipients
from tests.support.ads import add_bot, add_broadcast, add_chats, settle
from tests.support.api import Api, Person
from tests.support.postgres import owners

OUTCOMES = ("pending", "sent", "blocked", "failed", "unknown", "skipped")
SENT = ("sent", None, None)
BLOCKED = ("blocked", 403, "Forbidden: bot was blocked by the user")


def make_ad(person: Person, **fields: Any) -> int:
    number: int = person.post("/api/ads/create", {"content": "x", **fields}).json["id"]
    return number


def statistics(person: Person, ad: int, query: str = "") -> dict[str, Any]:
    answer = person.get(f"/api/ads/{ad}/statistics{query}")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    assert found["audience"] == sum(found[outcome] for outcome in OUTCOMES)
    return found


def listed(person: Person, ad: int, query: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """All recipients, page by page."""
    rows, cursor = [], ""
    while True:
        page = person.get(f"/api/ads/{ad}/recipients?limit={limit}{query}{cursor}").json
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        assert len(page["items"]) == limit
        cursor = f"&cursor={page['next_cursor']}"


def test_before_the_first_broadcast_everything_is_zero(api: Api) -> None:
    ad = make_ad(api.adam, price="10")
    stats = statistics(api.adam, ad)
    assert stats["broadcast_id"] is None
    assert stats["status"] == "draft"
    assert {stats[outcome] for outcome in (*OUTCOMES, "audience", "clicks", "unique_clicks")} == {0}
    assert (stats["ctr"], stats["cpm"], stats["price"]) == (None, None, "10.00")
    assert [stats[f] for f in ("per_bot", "errors", "timeline", "waiting", "attempts")] == [[]] * 5
    assert api.oscar.get(f"/api/ads/{ad}/statistics").status_code == 404
    assert api.adam.get(f"/api/ads/{ad}/statistics?broadcast_id=7").status_code == 404
    assert api.alice.get(f"/api/ads/{ad}/recipients").json == {"items": [], "next_cursor": None}


def test_outcomes_errors_clicks_and_money_of_a_broadcast(api: Api) -> None:
    one, two = add_bot(api, api.oscar), add_bot(api, api.oscar)
    ad = make_ad(api.oscar)
    parts = {one: [1, 2, 3, 4, 5], two: [6, 7]}
    broadcast, ids = add_broadcast(api, ad, api.oscar, parts, price="6.00", currency="EUR")
    settle(api, ids[one], [SENT, SENT, BLOCKED, ("failed", 400, "Bad Request: chat not found")])
    settle(api, ids[two], [SENT])
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO delivery_errors VALUES (:b, 403, 'Forbidden: x', 'blocked', 1),"
            " (:b, 400, 'Bad Request: chat not found', 'drop', 2), (:b, 400, 'gone', 'drop', 0)"
        ), {"b": broadcast})  # fmt: skip
        session.execute(sa.text(
            "INSERT INTO delivery_minutes VALUES (:b, date_trunc('minute', now()), 3, 2, 4)"
        ), {"b": broadcast})  # fmt: skip
        session.execute(sa.text("INSERT INTO click_counters VALUES (:d, 4, 2, 9)"), {"d": ids[one]})
    stats = statistics(api.oscar, ad)
    assert stats["broadcast_id"] == broadcast
    assert [stats[o] for o in OUTCOMES] == [2, 3, 1, 1, 0, 0]
    assert (stats["clicks"], stats["unique_clicks"], stats["machine_clicks"]) == (4, 2, 9)
    assert stats["ctr"] == 2 / 3
    assert (stats["price"], stats["cpm"], stats["currency"]) == ("6.00", "2000.00", "EUR")
    assert [p["bot_id"] for p in stats["per_bot"]] == [one, two]
    assert [p["pending"] for p in stats["per_bot"]] == [1, 1]
    assert stats["errors"] == [
        {"code": 400, "description": "Bad Request: chat not found", "count": 2, "action": "drop"},
        {"code": 403, "description": "Forbidden: x", "count": 1, "action": "blocked"},
    ]
    assert [(t["sent"], t["failed"], t["clicks"]) for t in stats["timeline"]] == [(3, 2, 4)]
    assert stats["rate_per_second"] > 0
    assert stats["estimated_seconds_left"] >= 1


def test_what_a_broadcast_waits_for_is_said(api: Api) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(3)]
    asleep = add_bot(api, api.oscar, status="stopped")
    ad = make_ad(api.oscar)
    _, ids = add_broadcast(api, ad, api.oscar, {bot: [1] for bot in (*bots, asleep)})
    until = datetime.now(UTC) + timedelta(seconds=90)
    with api.session() as session:
        session.execute(
            sa.text(
                "UPDATE deliveries SET wait_until = :u, wait_reason = 'Telegram' WHERE id = :d"
            ),
            {"u": until, "d": ids[bots[1]]},
        )
    stats = statistics(api.oscar, ad)
    assert [(w["bot_id"], w["reason"]) for w in stats["waiting"]] == [
        (bots[1], "Telegram"),
        (asleep, "the bot is stopped"),
    ]
    assert datetime.fromisoformat(stats["waiting"][0]["until"]) == until
    assert stats["estimated_seconds_left"] >= 85


def test_a_broadcast_without_a_worker_waits_for_one_and_promises_no_end(api: Api) -> None:
    ad = make_ad(api.oscar)
    bot = add_bot(api, api.oscar)
    add_broadcast(api, ad, api.oscar, {bot: [1, 2]})
    assert statistics(api.oscar, ad)["waiting"] == []
    with api.session() as session:
        session.execute(sa.text("UPDATE workers SET last_seen = now() - interval '1 minute'"))
    stats = statistics(api.oscar, ad)
    assert [w["reason"] for w in stats["waiting"]] == ["a worker: none is running"]
    assert stats["estimated_seconds_left"] is None


def test_rate_and_end_are_those_since_it_goes_on_again(api: Api) -> None:
    ad = make_ad(api.oscar)
    bot = add_bot(api, api.oscar)
    _, ids = add_broadcast(api, ad, api.oscar, {bot: list(range(1000))})
    settle(api, ids[bot], [SENT] * 40)
    with api.session() as session:
        session.execute(sa.text("UPDATE broadcasts SET started_at = now() - interval '80 s'"))
    assert api.oscar.post(f"/api/ads/{ad}/pause").status_code == 202
    assert statistics(api.oscar, ad)["estimated_seconds_left"] is None
    assert api.oscar.post(f"/api/ads/{ad}/resume").status_code == 202
    assert statistics(api.oscar, ad)["estimated_seconds_left"] == 32, "by its limit of 30 a second"
    with api.session() as session:
        session.execute(sa.text("UPDATE broadcasts SET resumed_at = now() - interval '10 s'"))
    settle(api, ids[bot], [SENT] * 160)
    stats = statistics(api.oscar, ad)
    assert 8 < stats["rate_per_second"] <= 16, "not of the eighty seconds before"
    assert 50 <= stats["estimated_seconds_left"] <= 100
    with api.session() as session:
        session.execute(sa.text("UPDATE deliveries SET paid_budget = 800"))
        session.execute(sa.text("UPDATE broadcasts SET resumed_at = now()"))
    assert statistics(api.oscar, ad)["estimated_seconds_left"] == 1, "a thousand a second"


def test_every_recipient_is_listed_once_with_its_outcome(api: Api) -> None:
    one, two = add_bot(api, api.oscar), add_bot(api, api.oscar)
    ad = make_ad(api.oscar)
    first, second = list(range(1, 2501)), list(range(5001, 5011))
    _, ids = add_broadcast(api, ad, api.oscar, {one: first, two: second})
    settle(api, ids[one], [SENT, BLOCKED, SENT, ("unknown", None, "no answer in time")])
    with api.session() as session:
        click = sa.text("INSERT INTO first_clicks VALUES (:d, 3, now())")
        session.execute(click, {"d": ids[one]})
        # In flight: claimed and not settled; the third of them has its row already.
        session.execute(sa.text(
            "INSERT INTO messages (bot_id, chat_id, status, direction, message_id, delivery_id,"
            " position) VALUES (:b, 7, 'sent', 'out', 77, :d, 6)"
        ), {"b": one, "d": ids[one]})  # fmt: skip
        session.execute(
            sa.text("UPDATE deliveries SET claimed = 30, sent = sent + 1 WHERE id = :d"),
            {"d": ids[one]},
        )
    rows = listed(api.oscar, ad)
    assert [r["chat_id"] for r in rows] == first + second
    assert [r["bot_id"] for r in rows] == [one] * 2500 + [two] * 10
    assert [r["status"] for r in rows[:8]] == [
        *("sent", "blocked", "sent", "unknown", "pending", "pending", "sent", "pending")
    ]
    assert rows[0]["message_id"] == 1000
    assert rows[0]["sent_at"] is not None
    assert (rows[1]["error_code"], rows[1]["error"]) == BLOCKED[1:]
    assert rows[2]["clicked_at"] is not None
    assert {r["clicked_at"] for r in rows[3:]} == {None}
    assert {r["status"] for r in rows[8:]} == {"pending"}
    stats = statistics(api.oscar, ad)
    for status in OUTCOMES:
        found = [r["chat_id"] for r in rows if r["status"] == status]
        assert len(found) == stats[status]
        assert [r["chat_id"] for r in listed(api.oscar, ad, f"&status={status}")] == found
    assert [r["chat_id"] for r in listed(api.oscar, ad, f"&bot_id={two}", limit=3)] == second


def test_whoever_a_cancel_cut_off_is_listed_as_skipped(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ad = make_ad(api.oscar)
    _, ids = add_broadcast(api, ad, api.oscar, {bot: list(range(1200))})
    settle(api, ids[bot], [SENT, ("skipped", None, None)])
    with api.session() as session:
        session.execute(sa.text(
            "UPDATE deliveries SET status = 'cancelled', skipped = audience - sent"
        ))  # fmt: skip
        session.execute(sa.text("UPDATE broadcasts SET status = 'cancelled', completed_at = now()"))
    stats = statistics(api.oscar, ad)
    assert (stats["sent"], stats["skipped"], stats["pending"]) == (1, 1199, 0)
    rows = listed(api.oscar, ad)
    assert [row["status"] for row in rows] == ["sent"] + ["skipped"] * 1199
    assert listed(api.oscar, ad, "&status=skipped") == rows[1:]


def test_a_recipient_that_is_sent_to_again_is_listed_at_its_new_place(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ad = make_ad(api.oscar)
    broadcast, ids = add_broadcast(api, ad, api.oscar, {bot: [10, 20, 30]})
    settle(api, ids[bot], [SENT, ("failed", 400, "x"), SENT])
    with api.session() as session:
        session.execute(sa.text(
            "UPDATE deliveries SET status = 'done';"
            "UPDATE broadcasts SET status = 'completed', completed_at = now();"
            "UPDATE advertisements SET status = 'completed'"
        ))  # fmt: skip
        add_chats(session, bot, [20])
    asked = {"states": ["failed"], "dry_run": True}
    planned = api.oscar.post(f"/api/ads/{ad}/retry", asked)
    assert (planned.status_code, planned.json) == (
        200, {"broadcast_id": broadcast, "retryable": 1, "unreachable": 0},
    )  # fmt: skip
    assert statistics(api.oscar, ad)["status"] == "completed", "nothing has happened"
    retried = api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["failed"]})
    assert (retried.status_code, retried.json["retryable"]) == (202, 1)
    assert [(r["chat_id"], r["status"]) for r in listed(api.oscar, ad)] == [
        (10, "sent"), (30, "sent"), (20, "pending"),
    ]  # fmt: skip
    first, second = statistics(api.oscar, ad)["attempts"]
    assert [first[name] for name in ("number", "tried", "sent", "failed")] == [1, 3, 2, 1]
    assert [second[name] for name in ("number", "tried", "sent", "failed")] == [2, 1, 0, 0]
    assert first["completed_at"] is not None
    assert second["completed_at"] is None
    open_now = api.oscar.post(f"/api/ads/{ad}/retry", asked)
    assert open_now.status_code == 409, "a broadcast is open"


def test_an_older_broadcast_is_found_by_its_id(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ad, other = make_ad(api.oscar), make_ad(api.oscar)
    done = {"status": "completed", "completed_at": datetime.now(UTC)}
    old, _ = add_broadcast(api, ad, api.oscar, {bot: [1, 2]}, **done)
    new, _ = add_broadcast(api, ad, api.oscar, {bot: [1]})
    assert statistics(api.oscar, ad)["broadcast_id"] == new
    assert statistics(api.oscar, ad, f"?broadcast_id={old}")["audience"] == 2
    assert len(listed(api.oscar, ad, f"&broadcast_id={old}")) == 2
    for path in (f"statistics?broadcast_id={new}", f"recipients?broadcast_id={new}"):
        assert api.oscar.get(f"/api/ads/{other}/{path}").status_code == 404


def test_the_sum_is_exact_while_runners_write(api: Api) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(3)]
    ad = make_ad(api.oscar)
    _, ids = add_broadcast(api, ad, api.oscar, {bot: list(range(400)) for bot in bots})

    def write(delivery: int) -> None:
        for _ in range(30):
            settle(api, delivery, [SENT, BLOCKED])

    writers = [threading.Thread(target=write, args=(one,)) for one in ids.values()]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        statistics(api.oscar, ad)
    assert statistics(api.oscar, ad)["sent"] == 90


def test_a_made_up_cursor_is_refused(api: Api) -> None:
    ad = make_ad(api.oscar)
    assert api.oscar.get(f"/api/ads/{ad}/recipients?cursor=abc").status_code == 422
    assert api.oscar.get(f"/api/ads/{ad}/recipients?limit=201").status_code == 422
    assert api.oscar.get(f"/api/ads/{ad}/recipients?status=lost").status_code == 422


def test_a_page_of_recipients_costs_the_same_at_the_start_and_deep_inside(api: Api) -> None:
    """Reads the plan: pages by index, no scan of what lies before."""
    bots = [add_bot(api, api.oscar) for _ in range(30)]
    ad = make_ad(api.oscar)
    broadcast, _ = add_broadcast(api, ad, api.oscar, {b: list(range(20_000)) for b in bots})
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO messages (bot_id, chat_id, status, direction, delivery_id, position)"
            " SELECT d.bot_id, n, CASE n % 100 WHEN 0 THEN 'failed' ELSE 'sent' END, 'out', d.id, n"
            " FROM deliveries d, generate_series(0, 14999) n"
        ))  # fmt: skip
        session.execute(sa.text(
            "UPDATE deliveries SET settled = 15000, claimed = 15000, sent = 14850, failed = 150"
        ))  # fmt: skip
    with psycopg.connect(owners(api.settings.database_url)) as connection:
        connection.execute("ANALYZE")
    last = bots[-1]
    for owner, status, after in [
        (None, None, (0, -1)), (None, None, (last, 14_000)), (None, "failed", (last, 100)),
        (None, "pending", (last, 17_500)), (None, "pending", (0, -1)),
        (api.oscar.id, None, (last, 14_000)), (api.oscar.id, "pending", (0, -1)),
    ]:  # fmt: skip
        with api.session() as session:
            text = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + recipients.of_status(status).text
            plan = session.connection().exec_driver_sql(text, {
                "broadcast_id": broadcast, "after_bot": after[0], "after_position": after[1],
                "bot_id": None, "owner": owner, "limit": 51,
            }).scalar_one()[0]["Plan"]  # fmt: skip
        touched = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        assert touched < 500, (status, after, touched, plan)
