"""Launching and steering broadcasts over HTTP; the delivery runners' part is done by hand here."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.domain import message as messages
from crier.domain.message import Template
from crier.secrets.slugs import slugs_of
from crier.storage.models.ads import Broadcast, Delivery
from tests.support.ads import add_bot, add_chats, add_worker
from tests.support.api import Api, Person, make_settings


def draft(person: Person, **fields: Any) -> int:
    answer = person.post("/api/ads/create", {"content": "Sale!", **fields})
    assert answer.status_code == 201, answer.json
    number: int = answer.json["id"]
    return number


def soon(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def test_a_draft_of_an_operator_goes_out_at_once_through_all_running_bots(api: Api) -> None:
    first = add_bot(api, api.oscar, chats=range(1, 31))
    second = add_bot(api, api.oscar, chats=range(1, 11))
    add_bot(api, api.oscar, chats=range(5), status="stopped")
    add_bot(api, api.olga, chats=range(5))
    ad = draft(api.oscar)
    preview = api.oscar.post(f"/api/ads/{ad}/preview", {}).json
    assert preview["audience"] == 40
    assert preview["per_bot"] == [
        {"bot_id": first, "audience": 30},
        {"bot_id": second, "audience": 10},
    ]
    assert api.oscar.post("/api/ads/preview", {"targeting": {}}).json == preview
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert launched.status_code == 202, launched.json
    assert launched.json["ad_id"] == ad
    assert (launched.json["status"], launched.json["audience"]) == ("broadcasting", 40)
    assert launched.json["estimated_seconds"] == preview["estimated_seconds"] == 1
    assert api.oscar.get(f"/api/ads/{ad}").json["status"] == "broadcasting"
    refused = api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert refused.status_code == 409
    assert "allowed: cancel, pause" in refused.json["detail"]
    assert api.oscar.patch(f"/api/ads/{ad}", {"title": "x"}).status_code == 409
    assert api.oscar.delete(f"/api/ads/{ad}").status_code == 409


def test_an_advertisers_ad_goes_out_through_the_operator_who_approved_it(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=[1])
    ad = draft(api.adam, targeting={"bot_ids": [bot]})
    assert api.adam.post(f"/api/ads/{ad}/broadcast", {}).status_code == 403
    api.adam.post(f"/api/ads/{ad}/submit")
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 409
    api.oscar.post(f"/api/ads/{ad}/approve")
    assert api.olga.post(f"/api/ads/{ad}/broadcast", {}).status_code == 404
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 202
    assert api.adam.get(f"/api/ads/{ad}/statistics").json["audience"] == 1
    assert api.adam.post(f"/api/ads/{ad}/cancel").status_code == 403
    assert api.oscar.post(f"/api/ads/{ad}/cancel").status_code == 202


def test_bots_that_cannot_carry_it_are_named(api: Api) -> None:
    ad = draft(api.oscar)
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 409  # no bot at all
    empty = add_bot(api, api.oscar)
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 409  # nobody there
    stopped = add_bot(api, api.oscar, chats=[1], status="stopped")
    foreign = add_bot(api, api.olga, chats=[1])
    answer = api.oscar.post(f"/api/ads/{ad}/broadcast", {"bot_ids": [empty, stopped]})
    assert answer.status_code == 409
    assert str(stopped) in answer.json["detail"]
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {"bot_ids": [foreign]}).status_code == 404
    assert api.oscar.get(f"/api/ads/{ad}").json["status"] == "draft"
    assert api.oscar.post(
        f"/api/ads/{ad}/preview", {"targeting": {"bot_ids": [foreign]}}
    ).status_code == 404  # fmt: skip


def test_a_preview_names_the_bots_that_a_launch_would_not_use_and_why(api: Api) -> None:
    good, empty = add_bot(api, api.oscar, chats=range(1, 301)), add_bot(api, api.oscar)
    stopped = add_bot(api, api.oscar, chats=range(1, 9), status="stopped")
    broken = add_bot(api, api.oscar, chats=[1], status="error")
    add_bot(api, api.olga, chats=[1])
    with api.session() as session:
        session.execute(
            sa.text("UPDATE bots SET last_error = 'Telegram says no' WHERE id = :id"),
            {"id": broken},
        )
    ad = draft(api.oscar)
    preview = api.oscar.post(f"/api/ads/{ad}/preview", {}).json
    assert preview["per_bot"] == [{"bot_id": good, "audience": 300}]
    assert (preview["audience"], preview["estimated_seconds"]) == (300, 10)
    reasons = {bot["bot_id"]: bot["reason"] for bot in preview["excluded"]}
    assert list(reasons) == [empty, stopped, broken]
    assert "no active subscriber" in reasons[empty]
    assert "is stopped, not running" in reasons[stopped]
    assert "is in error: Telegram says no" in reasons[broken]


@pytest.mark.parametrize("by_targeting", [False, True])
def test_a_preview_of_named_bots_is_what_their_launch_does(api: Api, by_targeting: bool) -> None:
    first, second = (add_bot(api, api.oscar, chats=range(1, n)) for n in (61, 121))
    stopped = add_bot(api, api.oscar, chats=[1], status="stopped")
    ad = draft(api.oscar, targeting={"bot_ids": [second]})
    asked = {"bot_ids": [first, stopped]}
    body = {"targeting": asked} if by_targeting else asked
    preview = api.oscar.post(f"/api/ads/{ad}/preview", body).json
    assert preview["per_bot"] == [{"bot_id": first, "audience": 60}]
    assert [bot["bot_id"] for bot in preview["excluded"]] == [stopped]
    refused = api.oscar.post(f"/api/ads/{ad}/broadcast", asked)
    assert refused.status_code == 409
    assert preview["excluded"][0]["reason"] in refused.json["detail"]
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {"bot_ids": [first]}).json
    assert launched["audience"] == preview["audience"] == 60
    assert launched["estimated_seconds"] == preview["estimated_seconds"] == 2


def test_a_preview_says_who_is_reached_through_another_bot(api: Api) -> None:
    one, two = (add_bot(api, api.oscar, chats=[1, 2]) for _ in range(2))
    with api.session() as session:
        seen = "UPDATE subscribers SET last_seen_at = now() WHERE bot_id = :b"
        session.execute(sa.text(seen), {"b": one})
    ad = draft(api.oscar, targeting={"dedupe_across_bots": True})
    preview = api.oscar.post(f"/api/ads/{ad}/preview", {}).json
    assert preview["per_bot"] == [{"bot_id": one, "audience": 2}]
    assert [bot["bot_id"] for bot in preview["excluded"]] == [two]
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).json["audience"] == 2
    statistics = api.oscar.get(f"/api/ads/{ad}/statistics").json
    assert [part["bot_id"] for part in statistics["per_bot"]] == [one]


def test_a_preview_of_anothers_bot_is_404_and_without_bots_reaches_nobody(api: Api) -> None:
    foreign = add_bot(api, api.olga, chats=[1])
    ad = draft(api.oscar)
    named = {"bot_ids": [foreign]}
    assert api.oscar.post(f"/api/ads/{ad}/preview", named).status_code == 404
    assert api.alice.post(f"/api/ads/{ad}/preview", named).json["audience"] == 1
    nothing = {"audience": 0, "per_bot": [], "excluded": [], "estimated_seconds": 0}
    assert api.oscar.post(f"/api/ads/{ad}/preview", {}).json == {**nothing, "refused": None}
    assert api.oscar.post(f"/api/ads/{ad}/preview", {"bot_ids": ["x"]}).status_code == 422


def test_an_admin_previews_what_the_launch_through_named_bots_reaches(api: Api) -> None:
    named = {"targeting": {"bot_ids": [add_bot(api, api.oscar, chats=range(1, 8))]}}
    ad = draft(api.alice, **named)
    assert api.alice.post(f"/api/ads/{ad}/preview", {}).json["audience"] == 7
    less, _ = api.alice.program(role="operator")
    for step in ("preview", "broadcast"):  # a key of a lesser role has not the admin's reach
        assert less.post(f"/api/ads/{ad}/{step}", {}).status_code == 404, step
    assert api.alice.post(f"/api/ads/{ad}/broadcast", {}).json["audience"] == 7


def test_an_estimate_counts_what_may_be_paid_for(api: Api) -> None:
    add_bot(api, api.oscar, chats=range(1, 2001))
    add_bot(api, api.oscar, chats=range(1, 1001))
    ad = draft(api.oscar, allow_paid_broadcast=True, paid_budget=2000)
    # 1,333 of 2,000 at a thousand a second, the others at 30
    for answer in (
        api.oscar.post(f"/api/ads/{ad}/preview", {}),
        api.oscar.post(f"/api/ads/{ad}/broadcast", {}),
    ):
        assert answer.json["estimated_seconds"] == 24
    with api.session() as session:
        budgets = session.scalars(sa.select(Delivery.paid_budget).order_by(Delivery.id)).all()
    assert sum(budgets) == 2000
    assert budgets[0] in (1333, 1334)
    empty = draft(
        api.oscar, allow_paid_broadcast=True, paid_budget=5, targeting={"languages": ["fr"]}
    )
    assert api.oscar.post(f"/api/ads/{empty}/preview", {}).json["estimated_seconds"] == 0


def test_an_estimate_counts_what_else_the_bot_is_sending(api: Api) -> None:
    add_worker(api)
    add_bot(api, api.oscar, chats=range(1, 301))
    first, second = draft(api.oscar), draft(api.oscar, targeting={"sample_percent": 100})
    launched = api.oscar.post(f"/api/ads/{first}/broadcast", {}).json
    assert launched["estimated_seconds"] == 10
    assert api.oscar.get(f"/api/ads/{first}/statistics").json["estimated_seconds_left"] == 10
    assert api.oscar.post(f"/api/ads/{second}/preview", {}).json["estimated_seconds"] == 20
    api.oscar.post(f"/api/ads/{first}/pause")
    assert api.oscar.post(f"/api/ads/{second}/preview", {}).json["estimated_seconds"] == 10


def test_preview_takes_another_targeting(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=range(10))
    with api.session() as session:
        add_chats(session, bot, range(100, 104), language_code="de")
    ad = draft(api.oscar, targeting={"languages": ["fr"]})
    assert api.oscar.post(f"/api/ads/{ad}/preview", {}).json["audience"] == 0
    german = {"targeting": {"languages": ["de"]}}
    assert api.oscar.post(f"/api/ads/{ad}/preview", german).json["audience"] == 4


def test_an_ads_own_time_schedules_it_and_a_cancel_takes_it_back(api: Api) -> None:
    add_bot(api, api.oscar, chats=range(7))
    ad = draft(api.oscar, scheduled_for=soon(hours=1))
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert (launched.json["status"], launched.json["audience"]) == ("scheduled", 7)
    waiting = api.oscar.get(f"/api/ads/{ad}/statistics").json
    assert (waiting["status"], waiting["audience"], waiting["pending"]) == ("scheduled", 7, 7)
    assert api.oscar.post(f"/api/ads/{ad}/pause").status_code == 409
    cancelled = api.oscar.post(f"/api/ads/{ad}/cancel")
    assert (cancelled.status_code, cancelled.json["status"]) == (202, "cancelled")
    assert api.oscar.get(f"/api/ads/{ad}/statistics").json["pending"] == 0
    again = api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert again.json["status"] == "scheduled", "the ad still names its time"
    api.oscar.post(f"/api/ads/{ad}/cancel")
    at_once = api.oscar.post(f"/api/ads/{ad}/broadcast", {"scheduled_for": None})
    assert at_once.json["status"] == "broadcasting"


def test_a_time_in_the_order_wins_and_may_not_have_passed(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1])
    ad = draft(api.oscar)
    late = api.oscar.post(f"/api/ads/{ad}/broadcast", {"scheduled_for": soon(minutes=-5)})
    assert late.status_code == 422
    assert late.json["errors"][0]["field"] == "scheduled_for"
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {"scheduled_for": soon(hours=2)})
    assert launched.json["status"] == "scheduled"


def test_pause_resume_cancel_and_the_steps_that_are_forbidden(api: Api) -> None:
    add_bot(api, api.oscar, chats=range(1500))
    ad = draft(api.oscar)
    for step in ("pause", "resume", "cancel"):
        assert api.oscar.post(f"/api/ads/{ad}/{step}").status_code == 409
    assert api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["failed"]}).status_code == 409
    api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert api.oscar.post(f"/api/ads/{ad}/resume").status_code == 409
    for step, status in (("pause", "paused"), ("resume", "broadcasting"), ("cancel", "cancelled")):
        answer = api.oscar.post(f"/api/ads/{ad}/{step}")
        assert (answer.status_code, answer.json["status"]) == (202, status)
    assert answer.json["completed_at"] is not None
    done = api.oscar.get(f"/api/ads/{ad}/statistics").json
    assert (done["status"], done["pending"], done["skipped"]) == ("cancelled", 0, 1500)
    again = api.oscar.post(f"/api/ads/{ad}/broadcast", {})
    assert again.status_code == 202
    assert again.json["broadcast_id"] > done["broadcast_id"]


def test_launching_with_an_idempotency_key_launches_once(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1])
    ad = draft(api.oscar)
    headers = {"Idempotency-Key": "launch"}
    first = api.oscar.post(f"/api/ads/{ad}/broadcast", {}, headers=headers)
    again = api.oscar.post(f"/api/ads/{ad}/broadcast", {}, headers=headers)
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert first.status_code == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"delivery": "sometimes"}, "delivery"),
        ({"bot_ids": ["x"]}, "bot_ids.0"),
        ({"speed": 9}, "speed"),
    ],
)
def test_a_wrong_order_names_its_field(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.oscar.post(f"/api/ads/{draft(api.oscar)}/broadcast", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == field


def test_what_is_sent_is_what_the_ad_said_at_launch(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1])
    buttons = [[{"text": "Go", "url": "https://shop.example.com/"}]]
    ad = draft(api.oscar, buttons=buttons, disable_notification=True, priority=4, late_minutes=9)
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {"delivery": "at_least_once"}).json
    with api.session() as session:
        broadcast = session.get_one(Broadcast, launched["broadcast_id"])
        message = messages.parse(broadcast.message)
        assert (broadcast.policy, broadcast.priority) == ("at_least_once", 4)
        assert broadcast.late_after_s == 9 * 60
    assert message.buttons[0][0].url == "https://shop.example.com/"
    assert message.options.disable_notification
    assert not message.track  # CRIER_PUBLIC_URL is not set


def test_links_are_tracked_where_the_platform_has_a_public_address(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    public = "https://ads.example.com"
    settings = make_settings(database_url, valkey_url, tmp_path, CRIER_PUBLIC_URL=public)
    api = Api(settings)
    bot = add_bot(api, api.oscar, chats=[77])
    buttons = [[{"text": "Go", "url": "https://shop.example.com/"}]]
    ad = draft(api.oscar, buttons=buttons)
    launched = api.oscar.post(f"/api/ads/{ad}/broadcast", {}).json["broadcast_id"]
    with api.session() as session:
        message = messages.parse(session.get_one(Broadcast, launched).message)
        delivery = session.scalar(sa.select(Delivery.id).where(Delivery.bot_id == bot))
    template = Template(message, links=(public, slugs_of(api.deps.vault.keys), delivery or 0))
    sent = json.loads(template.body(77))["reply_markup"]["inline_keyboard"][0][0]["url"]
    assert sent.startswith(f"{public}/r/")
    phone = {"User-Agent": "Mozilla/5.0 (iPhone)"}
    answer = api.nobody.get(sent.removeprefix(public), headers=phone)
    assert answer.headers["Location"] == "https://shop.example.com/"
    assert api.oscar.get(f"/api/ads/{ad}/statistics").json["unique_clicks"] == 1
    off = draft(api.oscar, buttons=buttons, track_clicks=False)
    untracked = api.oscar.post(f"/api/ads/{off}/broadcast", {}).json["broadcast_id"]
    with api.session() as session:
        message = messages.parse(session.get_one(Broadcast, untracked).message)
    assert not message.track
    api.close()


def test_two_launches_at_once_make_one_broadcast(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1])
    ad = draft(api.oscar)
    person = api.oscar
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: person.post(f"/api/ads/{ad}/broadcast", {}).status_code, range(4))
        )
    assert sorted(answers) == [202, 409, 409, 409]
    with api.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Broadcast)) == 1


def test_a_retry_goes_on_under_the_same_broadcast(api: Api, database_url: str) -> None:
    add_bot(api, api.oscar, chats=[1, 2, 3])
    ad = draft(api.oscar)
    broadcast = api.oscar.post(f"/api/ads/{ad}/broadcast", {}).json["broadcast_id"]
    bad = api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["blocked"]})
    assert bad.status_code in (409, 422)
    with psycopg.connect(database_url) as db:
        db.execute(
            "INSERT INTO messages (bot_id, chat_id, status, direction, delivery_id, position)"
            " SELECT bot_id, 2, 'failed', 'out', id, 1 FROM deliveries"
        )
        db.execute(
            "UPDATE deliveries SET status = 'done', sent = 2, failed = 1, settled = 3, claimed = 3"
        )
        db.execute("UPDATE broadcasts SET status = 'completed', completed_at = now()")
        db.execute("UPDATE advertisements SET status = 'completed', completed_at = now()")
    unknown = api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["unknown"]})
    assert unknown.status_code == 409
    blocked = api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["blocked"]})
    assert blocked.status_code == 422
    answer = api.oscar.post(f"/api/ads/{ad}/retry", {"states": ["failed"]})
    assert answer.status_code == 202, answer.json
    assert (answer.json["status"], answer.json["broadcast_id"]) == ("broadcasting", broadcast)
    stats = api.oscar.get(f"/api/ads/{ad}/statistics").json
    assert (stats["audience"], stats["sent"], stats["failed"], stats["pending"]) == (3, 2, 0, 1)
    assert (answer.json["retryable"], answer.json["unreachable"]) == (1, 0)
