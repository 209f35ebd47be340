"""What the audit log is told of besides changes: sign-ins, exports, trials, uploads, rotations."""

import io
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.services import audit
from crier.services.people import sign_ins
from crier.services.system import commands
from crier.storage.models.people import FailedSignIns
from crier.storage.models.records import Message
from tests.support.ads import add_bot
from tests.support.api import PASSWORD, Api
from tests.support.bots import BotsApi, bots_api

__all__ = ["bots_api"]


def lines(api: Api, action: str) -> list[dict[str, Any]]:
    page = api.alice.get(f"/api/audit?action={action}").json
    return list(page["items"])


def login(api: Api, name: str, password: str = PASSWORD, address: str = "192.0.2.7") -> int:
    answer = api.nobody.post(
        "/api/auth/login",
        {"username": name, "password": password},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer.status_code


def tell(api: Api) -> None:
    with api.session() as session:
        sign_ins.tell(session)


def test_signing_in_and_out_is_said(api: Api) -> None:
    assert login(api, api.oscar.name or "") == 200
    (line,) = lines(api, "user.sign_in")
    assert (line["actor"], line["actor_id"], line["ip"]) == ("oscar", api.oscar.id, "192.0.2.7")
    assert api.oscar.post("/api/auth/logout").status_code == 204
    (line,) = lines(api, "user.sign_out")
    assert (line["actor"], line["object_id"]) == ("oscar", str(api.oscar.id))


def test_a_spent_refresh_token_seen_again_is_said_once(api: Api) -> None:
    body = {"username": api.oscar.name, "password": PASSWORD}
    pair = api.nobody.post("/api/auth/login", body).json
    assert pair is not None
    headers = {"Authorization": f"Bearer {pair['refresh_token']}"}
    statuses = [api.nobody.post("/api/auth/refresh", headers=headers).status_code for _ in range(4)]
    assert statuses == [200, 401, 401, 401]
    (line,) = lines(api, "user.refresh_reused")
    assert (line["actor"], line["ip"]) == ("oscar", "127.0.0.1")


def test_failed_sign_ins_are_told_in_sums(api: Api) -> None:
    for _ in range(3):
        assert login(api, "OSCAR" if api.oscar else "", "wrong") == 401
    assert login(api, "hunter2-typed-as-a-name", "x") == 401
    assert login(api, "nobody-either", "x") == 401
    assert lines(api, "user.sign_in_failed") == [], "no request writes into the chain"
    tell(api)
    told = {line["details"]["username"]: line for line in lines(api, "user.sign_in_failed")}
    assert {name: line["details"]["failures"] for name, line in told.items()} == {
        "oscar": 3,
        None: 2,
    }
    assert told["oscar"]["object_id"] == str(api.oscar.id)
    assert told["oscar"]["details"]["network"] == "192.0.2.7"
    assert "hunter2" not in str(told)


def test_a_sum_is_told_once_more_when_its_hour_is_over_if_it_has_grown(api: Api) -> None:
    login(api, api.oscar.name or "", "wrong")
    tell(api)
    login(api, "oscar", "wrong")
    tell(api)
    assert len(lines(api, "user.sign_in_failed")) == 1
    with api.session() as session:
        session.execute(sa.text("UPDATE failed_sign_ins SET since = now() - interval '2 hours'"))
    tell(api)
    assert [line["details"]["failures"] for line in lines(api, "user.sign_in_failed")] == [2, 1]
    with api.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(FailedSignIns)) == 0


def test_an_attacker_does_not_grow_the_log_without_bound(api: Api) -> None:
    with api.session() as session:
        for number in range(3 * sign_ins.BOUND):
            sign_ins.failed(session, "alice", f"2001:db8:0:{number:x}::1")
        sign_ins.failed(session, "alice", "2001:db8:0:0:9::9")
    tell(api)
    tell(api)
    with api.session() as session:
        rows = session.scalars(sa.select(FailedSignIns)).all()
        assert len(rows) == sign_ins.BOUND + 1
        counts = {row.network: row.count for row in rows}
    assert counts[""] == 2 * sign_ins.BOUND
    assert counts["2001:db8::/64"] == 2
    with api.session() as session:
        assert audit.verify(session).lines == sign_ins.BOUND + 1


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
    ],
)
def test_a_caller_is_an_address_or_an_ipv6_network(ip: str | None, network: str) -> None:
    assert sign_ins.network_of(ip) == network


def test_an_export_is_said(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=[1])
    path = f"/api/analytics/export?dataset=subscribers&format=csv&bot_id={bot}"
    answer = api.oscar.get(path)
    assert (answer.status_code, b"chat_id" in answer.data) == (200, True)
    (line,) = lines(api, "analytics.export")
    assert (line["actor"], line["object_id"]) == ("oscar", "subscribers")
    assert line["details"] == {"dataset": "subscribers", "format": "csv", "bot_id": bot}
    assert api.oscar.get("/api/analytics/export?dataset=recipients&format=csv").status_code == 422
    assert len(lines(api, "analytics.export")) == 1


def test_an_upload_is_said(api: Api) -> None:
    file = (io.BytesIO(b"%PDF-1.7 a price list"), "prices.pdf")
    answer = api.oscar.post("/api/ads/media", data={"file": file})
    assert answer.status_code == 201
    (line,) = lines(api, "media.upload")
    assert (line["actor"], line["details"]["name"]) == ("oscar", "prices.pdf")
    assert line["details"]["size"] == 21


def test_a_trial_is_said_and_kept_among_the_bots_messages(bots_api: BotsApi) -> None:
    api = bots_api
    bot = api.add_bot(api.oscar)
    (person,) = api.telegram.add_people(bot["telegram_id"], 1)
    ad = api.oscar.post("/api/ads/create", {"content": "Hello!"}).json
    assert ad is not None
    path = f"/api/ads/{ad['id']}/test"
    good = api.oscar.post(path, {"bot_id": bot["id"], "chat_id": person})
    assert good.status_code == 200, good.json
    key = {"Idempotency-Key": "once"}
    bad = api.oscar.post(path, {"bot_id": bot["id"], "chat_id": 987654}, headers=key)
    assert bad.status_code == 502
    again = api.oscar.post(path, {"bot_id": bot["id"], "chat_id": 987654}, headers=key)
    assert again.status_code == 502, "a failure leaves no answer behind to be given again"
    _, failed, sent = lines(api, "ad.test")
    assert (sent["actor"], sent["object_id"]) == ("oscar", str(ad["id"]))
    assert failed["details"]["status"] == "failed"
    assert not {"chat_id", "message_id"} & sent["details"].keys()  # the log cannot forget anybody
    assert "chat not found" in failed["details"]["error"]
    with api.session() as session:
        rows = session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [(row.status, row.content) for row in rows] == [
        ("sent", "Hello!"),
        ("failed", "Hello!"),
        ("failed", "Hello!"),
    ]
    assert (rows[0].message_id, rows[1].error_code) == (good.json["message_id"], 400)
    assert (rows[0].chat_id, rows[0].id) == (person, sent["details"]["message"])
    shown = api.oscar.get(f"/api/bots/{bot['id']}/messages?direction=out").json
    assert shown is not None
    assert [row["status"] for row in shown["items"]] == ["failed", "failed", "sent"]


@pytest.mark.parametrize(("options", "ring"), [([], "token"), (["--signing"], "signing")])
def test_rotations_of_both_kinds_are_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, options: list[str], ring: str
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
    CliRunner().invoke(commands.keys, ["rotate", *options], catch_exceptions=False)
    (line,) = lines(api, "keys.rotate")
    assert (line["actor"], line["actor_id"], line["details"]["ring"]) == ("system", None, ring)
    newest = (api.deps.signing if options else api.deps.vault.keys).newest.id
    assert line["details"]["key_id"] == newest


SECRET = "https://me:hunter2pw@hooks.example:8443/T00/B00/xyzzy?token=plugh#s"


def test_a_forward_url_is_masked_in_the_log_and_for_viewers(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    answer = api.oscar.patch(f"/api/bots/{bot}", {"settings": {"forward_url": SECRET}})
    assert answer.status_code == 200, answer.json
    assert answer.json["settings"]["forward_url"] == SECRET, "who set it may change it"
    (line,) = lines(api, "bot.change")
    assert line["details"]["after"]["settings"]["forward_url"] == "https://hooks.example:8443/…"
    for path in (f"/api/bots/{bot}", "/api/bots"):
        seen = api.vera.get(path).text
        assert "https://hooks.example:8443/" in seen
        for part in ("hunter2pw", "xyzzy", "plugh"):
            assert part not in seen
    everything = api.alice.get("/api/audit").text + api.vera.get("/api/audit").text
    for part in ("hunter2pw", "xyzzy", "plugh"):
        assert part not in everything


@pytest.mark.parametrize(
    "name", ["system", "SYSTEM", "_system_", "Crier", "nobody", "ADMIN", "root"]
)
def test_reserved_names_cannot_be_taken(api: Api, name: str) -> None:
    body = {"username": name, "password": "nine dry badgers"}
    answer = api.nobody.post("/api/auth/register", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "username"
