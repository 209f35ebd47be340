"""Bots: added by a token that Telegram knows, changed, deleted; no token ever comes back."""

import socket
import threading
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from crier.api.app import create_app
from crier.services.system import key_rotation
from crier.storage.models.ads import Advertisement, Delivery
from crier.storage.models.bots import Bot
from crier.storage.models.records import LogRow
from tests.support.ads import add_broadcast
from tests.support.api import Api, make_settings, wrong_fields
from tests.support.bots import BotsApi, bots_api
from tests.support.sandbox import Sandbox
from tests.support.silence import silence

__all__ = ["bots_api"]
LISTED = {
    *("id", "bot_name", "username", "telegram_id", "status", "desired_status", "instance_id"),
    *("receive_mode", "created_at", "last_active", "last_error", "subscribers", "token_hint"),
    "user_id",
}
MALFORMED = [
    "",
    "token",
    "123:short",
    "0123:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "12345:" + "é" * 35,
]


def test_a_bot_is_added_by_its_token_under_telegrams_name(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot(username="sale_bot", first_name="Sale")
    bot = bots_api.add_bot(bots_api.oscar, telegram.token)
    assert set(bot) >= LISTED
    assert (bot["bot_name"], bot["username"], bot["telegram_id"]) == (
        "Sale",
        "sale_bot",
        telegram.id,
    )
    assert (bot["status"], bot["desired_status"], bot["receive_mode"]) == (
        "stopped",
        "stopped",
        "polling",
    )
    assert bot["token_hint"] == f"{telegram.id}…{telegram.token[-2:]}"
    assert (bot["user_id"], bot["subscribers"]) == (bots_api.oscar.id, 0)
    assert bots_api.oscar.get(f"/api/bots/{bot['id']}").json == bot
    assert bots_api.oscar.get("/api/bots").json == {
        "items": [bot],
        "next_cursor": None,
        "totals": {"stopped": 1},
    }


def test_a_name_of_ones_own_wins(bots_api: BotsApi) -> None:
    assert bots_api.add_bot(bots_api.oscar, bot_name="Mine")["bot_name"] == "Mine"


def test_the_token_is_sealed_in_the_database_and_in_no_answer(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": telegram.token})
    secret = telegram.token.partition(":")[2]
    assert secret not in answer.text
    with bots_api.session() as session:
        bot = session.query(Bot).one()
        assert secret not in bot.bot_token
        assert bots_api.deps.vault.open(bot.bot_token) == telegram.token
        assert bot.webhook_secret is not None


@pytest.mark.parametrize("token", MALFORMED)
def test_what_is_no_token_is_422_without_asking_telegram(bots_api: BotsApi, token: str) -> None:
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": token})
    assert wrong_fields(answer) == {"bot_token"}


def test_a_token_that_telegram_refuses_is_422(bots_api: BotsApi) -> None:
    token = "123456789:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": token})
    assert wrong_fields(answer) == {"bot_token"}
    assert "refuses" in answer.text
    assert token not in answer.text


@pytest.mark.parametrize(
    ("fault", "options"),
    [("error", {"status": 500}), ("html", {"status": 502}), ("cut_before", {})],
)
def test_a_telegram_that_is_down_is_502(
    bots_api: BotsApi, fault: str, options: dict[str, Any]
) -> None:
    telegram = bots_api.telegram.create_bot()
    bots_api.telegram.add_fault(fault, **options)
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": telegram.token})
    assert answer.status_code == 502, answer.json
    assert telegram.token not in answer.text
    bots_api.telegram.clear_faults()
    bots_api.add_bot(bots_api.oscar, telegram.token)


def test_a_telegram_that_asks_to_wait_is_502_and_says_how_long(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    bots_api.telegram.add_fault("flood", retry_after=7)
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": telegram.token})
    assert (answer.status_code, answer.headers["Retry-After"]) == (502, "7")


def test_an_unreachable_telegram_is_502(
    bots_api: BotsApi, database_url: str, valkey_url: str, tmp_path: Any
) -> None:
    url = {"CRIER_TELEGRAM_API_URL": "http://127.0.0.1:1"}
    app = create_app(make_settings(database_url, valkey_url, tmp_path / "data", **url))
    token = bots_api.telegram.create_bot().token
    answer = app.test_client().post(
        "/api/bots/add", json={"bot_token": token}, headers=bots_api.alice.headers
    )
    assert answer.status_code == 502
    app.extensions["crier"].engine.dispose()


def test_a_telegram_whose_ipv6_leads_nowhere_is_asked_by_ipv4(
    bots_api: BotsApi,
    database_url: str,
    valkey_url: str,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = int(bots_api.telegram.url.rpartition(":")[2])
    genuine = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        found = ("::1", "127.0.0.1") if host == "localhost" else (host,)
        return [info for address in found for info in genuine(address, port, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    url = {"CRIER_TELEGRAM_API_URL": f"http://localhost:{port}"}
    app = create_app(make_settings(database_url, valkey_url, tmp_path / "data", **url))
    token = bots_api.telegram.create_bot().token
    adding = partial(app.test_client().post, "/api/bots/add", headers=bots_api.alice.headers)
    with silence(port):
        assert adding(json={"bot_token": token}).status_code == 201
    app.extensions["crier"].engine.dispose()


def test_the_same_token_again_is_409_whoever_asks(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    bots_api.add_bot(bots_api.oscar, telegram.token)
    for person in (bots_api.oscar, bots_api.olga):
        answer = person.post("/api/bots/add", {"bot_token": telegram.token})
        assert answer.status_code == 409


def test_a_new_token_of_a_bot_that_is_there_is_409_too(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    bots_api.add_bot(bots_api.oscar, telegram.token)
    fresh = bots_api.telegram.revoke(telegram.id, new_token=True)
    answer = bots_api.oscar.post("/api/bots/add", {"bot_token": fresh.token})
    assert answer.status_code == 409


def test_of_many_who_add_one_bot_at_once_one_gets_it(bots_api: BotsApi) -> None:
    token = bots_api.telegram.create_bot().token
    oscar, statuses = bots_api.oscar, []
    together = threading.Barrier(4)

    def add() -> None:
        together.wait()
        statuses.append(oscar.post("/api/bots/add", {"bot_token": token}).status_code)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]


def test_the_same_request_with_its_key_again_gives_the_same_bot(bots_api: BotsApi) -> None:
    body = {"bot_token": bots_api.telegram.create_bot().token}
    answers = [
        bots_api.oscar.post("/api/bots/add", body, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json == answers[1].json


def test_bots_of_others_are_not_there_but_for_admin_and_viewer(bots_api: BotsApi) -> None:
    bot = bots_api.add_bot(bots_api.oscar)
    path = f"/api/bots/{bot['id']}"
    assert bots_api.olga.get(path).status_code == 404
    assert bots_api.olga.get("/api/bots").json["items"] == []
    assert bots_api.olga.patch(path, {"bot_name": "stolen"}).status_code == 404
    assert bots_api.olga.delete(path).status_code == 404
    for action in ("start", "stop", "restart"):
        assert bots_api.olga.post(f"{path}/{action}").status_code == 404
    for person in (bots_api.alice, bots_api.vera):
        assert person.get(path).json == bot
    assert bots_api.vera.delete(path).status_code == 403
    assert bots_api.adam.get(path).status_code == 403
    assert bots_api.alice.patch(path, {"bot_name": "by the admin"}).status_code == 200


def test_a_change_touches_what_it_names_and_has_the_session_start_over(bots_api: BotsApi) -> None:
    bot = bots_api.add_bot(bots_api.oscar)
    path = f"/api/bots/{bot['id']}"
    answer = bots_api.oscar.patch(
        path, {"bot_name": "New", "welcome": "Hi {first_name}", "settings": {"send_rate": 12.5}}
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["forward_key"] is None
    changed = bots_api.oscar.get(path).json
    assert changed == bot | {
        "bot_name": "New",
        "welcome": "Hi {first_name}",
        "settings": {"send_rate": 12.5},
    }
    with bots_api.session() as session:
        assert session.query(Bot).one().generation == 1
    bots_api.oscar.patch(path, {"welcome": None, "settings": {"send_rate": None}})
    assert bots_api.oscar.get(path).json == bot | {"bot_name": "New"}


def test_a_welcome_may_be_a_whole_reply(bots_api: BotsApi) -> None:
    path = f"/api/bots/{bots_api.add_bot(bots_api.oscar)['id']}"
    reply = {
        "text": "<b>Hi</b>",
        "parse_mode": "HTML",
        "media_url": "https://cdn.example.com/a.png",
        "buttons": [
            [{"text": "Go", "url": "https://a.example"}, {"text": "?", "callback_data": "x"}]
        ],
    }
    assert bots_api.oscar.patch(path, {"welcome": reply}).json["welcome"] == reply


def test_forwarding_gets_a_key_that_only_a_change_shows(bots_api: BotsApi) -> None:
    path = f"/api/bots/{bots_api.add_bot(bots_api.oscar)['id']}"
    settings = {"forward_url": "https://hooks.example.com/crier"}
    answer = bots_api.oscar.patch(path, {"settings": settings}).json
    assert answer["settings"] == settings
    assert len(answer["forward_key"]) == 64
    assert "forward_key" not in bots_api.oscar.get(path).json


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"bot_name": ""}, "bot_name"),
        ({"bot_name": "x" * 101}, "bot_name"),
        ({"token": "x"}, "token"),
        ({"receive_mode": "pigeon"}, "receive_mode"),
        ({"welcome": ""}, "welcome.text"),
        ({"welcome": "x" * 4097}, "welcome.text"),
        ({"welcome": {"text": "<b>x", "parse_mode": "HTML"}}, "welcome.text"),
        ({"welcome": {"text": "x" * 1025, "media_url": "https://a.example/x.png"}}, "welcome.text"),
        ({"welcome": {"text": "x", "media_url": "http://10.0.0.1/x.png"}}, "welcome.media_url"),
        ({"welcome": {"text": "x", "colour": "red"}}, "welcome.colour"),
        ({"welcome": 7}, "welcome"),
        ({"settings": {"send_rate": -1}}, "settings.send_rate"),
        ({"settings": {"send_rate": "fast"}}, "settings.send_rate"),
        ({"settings": {"speed": 1}}, "settings.speed"),
        ({"settings": {"forward_url": "ftp://a.example"}}, "settings.forward_url"),
        ({"settings": {"forward_url": "http://127.0.0.1:8080/x"}}, "settings.forward_url"),
    ],
)
def test_a_wrong_change_is_422_and_names_the_field(
    bots_api: BotsApi, body: dict[str, Any], field: str
) -> None:
    path = f"/api/bots/{bots_api.add_bot(bots_api.oscar)['id']}"
    assert wrong_fields(bots_api.oscar.patch(path, body)) == {field}


def test_a_new_token_of_the_same_bot_clears_its_error_and_runs_it_again(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    bot = bots_api.add_bot(bots_api.oscar, telegram.token)
    with bots_api.session() as session:
        session.execute(
            sa.update(Bot).values(status="error", desired_status="running", last_error="revoked")
        )
    fresh = bots_api.telegram.revoke(telegram.id, new_token=True)
    answer = bots_api.oscar.patch(f"/api/bots/{bot['id']}", {"bot_token": fresh.token})
    assert answer.status_code == 200, answer.json
    assert (answer.json["status"], answer.json["last_error"]) == ("starting", None)
    assert answer.json["token_hint"].endswith(fresh.token[-2:])
    with bots_api.session() as session:
        changed = session.query(Bot).one()
        assert bots_api.deps.vault.open(changed.bot_token) == fresh.token
        assert changed.generation == 1
        jobs = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'run_bot'")
        assert session.scalar(jobs) == 1


def test_the_token_of_another_bot_is_422(bots_api: BotsApi) -> None:
    bot = bots_api.add_bot(bots_api.oscar)
    other = bots_api.telegram.create_bot()
    answer = bots_api.oscar.patch(f"/api/bots/{bot['id']}", {"bot_token": other.token})
    assert wrong_fields(answer) == {"bot_token"}


def test_a_deleted_bot_is_gone_and_its_token_is_free(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    bot = bots_api.add_bot(bots_api.oscar, telegram.token)
    path = f"/api/bots/{bot['id']}"
    bots_api.oscar.post(f"{path}/start")
    assert bots_api.oscar.delete(path).status_code == 204
    for method, rest in (("GET", ""), ("POST", "/start"), ("GET", "/status"), ("DELETE", "")):
        assert bots_api.oscar.request(method, path + rest).status_code == 404
    with bots_api.session() as session:
        row = session.query(Bot).one()
        assert (row.status, row.desired_status, row.instance_id) == ("stopped", "stopped", None)
        assert (row.bot_token, row.webhook_secret) == ("", None)
        assert session.query(LogRow).count() > 0
    again = bots_api.add_bot(bots_api.oscar, telegram.token)
    assert again["id"] != bot["id"]


def test_recipients_of_a_deleted_bot_become_skipped_in_the_same_moment(bots_api: BotsApi) -> None:
    gone, kept = (bots_api.add_bot(bots_api.oscar)["id"] for _ in range(2))
    with bots_api.session() as session:
        ad = Advertisement(user_id=bots_api.oscar.id, content="Sale!", status="broadcasting")
        session.add(ad)
        session.flush()
        ad_id = ad.id
    _, deliveries = add_broadcast(bots_api, ad_id, bots_api.oscar, {gone: [1, 2], kept: [3]})
    assert bots_api.oscar.delete(f"/api/bots/{gone}").status_code == 204
    with bots_api.session() as session:
        closed = session.get_one(Delivery, deliveries[gone])
        assert (closed.status, closed.skipped) == ("cancelled", 2)
        assert session.get_one(Delivery, deliveries[kept]).status == "pending"
    assert bots_api.oscar.delete(f"/api/bots/{kept}").status_code == 204
    assert bots_api.oscar.get(f"/api/ads/{ad_id}").json["status"] == "completed"


def test_keys_can_be_rotated_beside_bots_that_are_deleted(bots_api: BotsApi) -> None:
    gone, kept = (bots_api.add_bot(bots_api.oscar)["id"] for _ in range(2))
    assert bots_api.oscar.delete(f"/api/bots/{gone}").status_code == 204
    key_rotation.add_key(bots_api.deps.vault.keys)
    assert (
        key_rotation.seal_anew(bots_api.deps.engine, bots_api.deps.vault) == 2
    )  # token, webhook secret
    path = f"/api/bots/{kept}"
    assert bots_api.oscar.patch(path, {"settings": {"send_rate": 1}}).status_code == 200


def test_webhooks_need_a_public_url_that_telegram_can_call(
    bots_api: BotsApi, sandbox: Sandbox, database_url: str, valkey_url: str, tmp_path: Any
) -> None:
    bot = bots_api.add_bot(bots_api.oscar, receive_mode="webhook")
    assert bot["receive_mode"] == "webhook"
    path = f"/api/bots/{bots_api.add_bot(bots_api.oscar)['id']}"
    token = sandbox.create_bot().token
    telegram = {"CRIER_TELEGRAM_API_URL": "https://api.telegram.org"}
    for more in (telegram, telegram | {"CRIER_PUBLIC_URL": "http://crier.example"}):
        other = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
        oscar = other.sign_in("oscar")
        for answer in (
            oscar.patch(path, {"receive_mode": "webhook"}),
            oscar.post("/api/bots/add", {"bot_token": token, "receive_mode": "webhook"}),
        ):
            assert wrong_fields(answer) == {"receive_mode"}
        other.close()


def test_every_change_is_in_the_audit_log_without_the_token(bots_api: BotsApi) -> None:
    telegram = bots_api.telegram.create_bot()
    path = f"/api/bots/{bots_api.add_bot(bots_api.oscar, telegram.token)['id']}"
    bots_api.oscar.patch(path, {"bot_name": "New"})
    bots_api.oscar.post(f"{path}/start")
    bots_api.oscar.delete(path)
    answer = bots_api.alice.get("/api/audit?actor=oscar")
    actions = [line["action"] for line in answer.json["items"]]
    assert actions == ["bot.delete", "bot.start", "bot.change", "bot.add"]
    assert telegram.token.partition(":")[2] not in answer.text


@pytest.mark.parametrize("path", ["/api/bots", "/api/users"])
def test_a_text_that_is_too_long_is_told_of_by_characters(api: Api, path: str) -> None:
    (error,) = api.alice.get(f"{path}?q={'x' * 200}").json["errors"]
    assert error["field"] == "q"
    assert error["message"].endswith("characters")
