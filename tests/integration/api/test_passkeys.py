"""Passkeys: added, signed in with alone and as a second step, asked again by, removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crier.jobs.tasks import FORGET_CHALLENGES
from crier.services.people import passkey_checks, passkeys
from crier.storage.models.people import AuthSession, SpentChallenge
from tests.support.api import PASSWORD, Api, ApiResponse, Person, make_settings, wrong_fields
from tests.support.soft_passkey import SoftPasskey

FACTORS = "/api/auth/factors/passkeys"


def add(person: Person, passkey: SoftPasskey, name: str = "Laptop") -> ApiResponse:
    asked = person.post(f"{FACTORS}/options").json
    credential = passkey.make(asked["options"])
    body = {"challenge": asked["challenge"], "credential": credential, "name": name}
    return person.post(FACTORS, body)


def proof(asked: Any, passkey: SoftPasskey) -> dict[str, Any]:
    return {"challenge": asked["challenge"], "credential": passkey.sign(asked["options"])}


def ask(api: Api, first_step: str | None = None) -> Any:
    return api.nobody.post("/api/auth/login/passkey/options", {"first_step": first_step}).json


def sign_in(api: Api, passkey: SoftPasskey, first_step: str | None = None) -> ApiResponse:
    body = {**proof(ask(api, first_step), passkey), "first_step": first_step}
    return api.nobody.post("/api/auth/login/passkey", body)


def first_step(api: Api, person: Person) -> str:
    answer = api.nobody.post("/api/auth/login", {"username": person.name, "password": PASSWORD})
    assert (answer.status_code, answer.json["factors"]) == (202, ["passkey"]), answer.text
    return str(answer.json["challenge"])


def test_a_passkey_signs_in_without_a_name_and_as_the_second_step(api: Api) -> None:
    oscar, laptop = api.oscar, SoftPasskey()
    other = api.sign_in("oscar")
    added = add(oscar, laptop).json
    assert len(added["recovery_codes"]) == 10
    assert other.get("/api/auth/me").status_code == 401, "it never saw a second factor"
    assert api.nobody.get("/api/auth/methods").json["passkeys_at"] == laptop.origin
    assert sign_in(api, laptop).json["user"]["username"] == "oscar"
    step = first_step(api, api.oscar)
    assert sign_in(api, laptop, step).json["user"]["username"] == "oscar"
    (shown,) = api.oscar.get("/api/auth/factors").json["passkeys"]
    assert (shown["name"], shown["host"]) == ("Laptop", "localhost")
    assert shown["last_used_at"] is not None
    assert add(api.oscar, SoftPasskey(), "Key").json["recovery_codes"] == []
    assert add(api.oscar, laptop).status_code == 409
    lines = api.alice.get("/api/audit?actor=oscar").json["items"]
    told = [(line["action"], line["details"].get("factor")) for line in lines]
    assert told.count(("user.sign_in", "passkey")) == 2
    assert told.count(("user.add_factor", "passkey")) == 2


def test_recovery_codes_do_for_a_lost_passkey(api: Api) -> None:
    code = add(api.oscar, SoftPasskey()).json["recovery_codes"][0]
    body = {"challenge": first_step(api, api.oscar), "code": code}
    assert api.nobody.post("/api/auth/login/code", body).status_code == 200


def test_an_answer_counts_once_for_its_own_challenge_and_site(api: Api) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    body = proof(ask(api), laptop)
    assert api.nobody.post("/api/auth/login/passkey", body).status_code == 200
    assert wrong_fields(api.nobody.post("/api/auth/login/passkey", body)) == {"challenge"}
    other = {**body, "challenge": ask(api)["challenge"]}
    assert api.nobody.post("/api/auth/login/passkey", other).status_code == 401
    for name, value in (("origin", "https://evil.example"), ("host", "evil.example")):
        laptop = SoftPasskey(**{name: value})
        assert wrong_fields(add(api.oscar, laptop)) == {"credential"}
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    laptop.origin = "https://evil.example"
    assert sign_in(api, laptop).status_code == 401
    laptop.origin = "http://localhost:8080"
    assert sign_in(api, laptop).status_code == 200


def test_a_challenge_is_good_once_also_for_two_at_the_same_time(api: Api) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    asked = ask(api)
    bodies = [proof(asked, laptop) for _ in range(4)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda b: api.nobody.post("/api/auth/login/passkey", b), bodies))
    assert [answer.status_code for answer in answers].count(200) == 1
    with api.session() as session:
        assert session.query(SpentChallenge).count() == 2, "the one that added it, and this one"
        session.execute(sa.update(SpentChallenge).values(until=sa.func.now()))
    with api.session() as session:
        session.execute(sa.text(FORGET_CHALLENGES))
        assert session.query(SpentChallenge).count() == 0


def test_a_copy_whose_count_lags_is_refused_and_told_of(api: Api) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    assert sign_in(api, laptop).status_code == 200
    laptop.count = 0
    assert sign_in(api, laptop).status_code == 401
    events = api.oscar.get("/api/security/events?kind=failed_sign_in").json["items"]
    assert [event["action"] for event in events] == ["user.passkey_copied"]
    assert sign_in(api, laptop).status_code == 200, "the newer count goes on"
    quiet = SoftPasskey()
    quiet.counts = False
    add(api.oscar, quiet)
    assert [sign_in(api, quiet).status_code for _ in range(2)] == [200, 200], "counts nothing"


def test_alone_it_must_have_verified_its_owner_and_belong_to_somebody_active(api: Api) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    laptop.verified = False
    assert sign_in(api, laptop).status_code == 401
    assert sign_in(api, laptop, first_step(api, api.oscar)).status_code == 200
    laptop.verified = True
    assert sign_in(api, SoftPasskey()).status_code == 401, "nobody's"
    olgas = SoftPasskey()
    add(api.olga, olgas)
    assert sign_in(api, olgas, first_step(api, api.oscar)).status_code == 401, "another's"
    handle, laptop.handle = laptop.handle, olgas.handle
    assert sign_in(api, laptop).status_code == 401, "in another's name"
    laptop.handle = handle
    assert sign_in(api, laptop).status_code == 200
    assert api.alice.patch(f"/api/users/{api.oscar.id}", {"is_active": False}).status_code == 200
    assert sign_in(api, laptop).status_code == 401
    with api.session() as session:
        rows = session.execute(sa.text("SELECT username, count FROM failed_sign_ins"))
        counted = {row["username"]: row["count"] for row in rows.mappings()}
    assert counted == {"oscar": 3, "": 2}


def test_it_stands_in_for_the_password_where_somebody_is_asked_again(api: Api) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    then = datetime.now(UTC) - timedelta(minutes=30)
    with api.session() as session:
        session.execute(sa.update(AuthSession).values(authenticated_at=then))
    path = "/api/auth/reauthenticate"
    assert wrong_fields(api.oscar.post(path, {})) == {"password"}
    stranger = proof(api.oscar.post(f"{path}/passkey").json, SoftPasskey())
    assert wrong_fields(api.oscar.post(path, {"passkey": stranger})) == {"passkey"}
    to_sign_in = proof(ask(api), laptop)
    assert wrong_fields(api.oscar.post(path, {"passkey": to_sign_in})) == {"challenge"}
    assert api.oscar.get("/api/auth/fresh").status_code == 403
    given = proof(api.oscar.post(f"{path}/passkey").json, laptop)
    assert api.oscar.post(path, {"passkey": given}).status_code == 200
    assert api.oscar.get("/api/auth/fresh").status_code == 200


def test_one_is_renamed_and_removed_by_its_owner_alone(api: Api) -> None:
    path = f"{FACTORS}/{add(api.oscar, SoftPasskey()).json['passkey']['id']}"
    assert api.olga.patch(path, {"name": "Mine"}).status_code == 404
    assert api.oscar.patch(path, {"name": "Work"}).json["name"] == "Work"
    assert api.olga.delete(path).status_code == 404
    assert api.oscar.delete(path).status_code == 204
    found = api.oscar.get("/api/auth/factors").json
    assert (found["passkeys"], found["recovery_codes_left"]) == ([], 0)
    body = {"username": "oscar", "password": PASSWORD}
    assert api.nobody.post("/api/auth/login", body).status_code == 200


@pytest.mark.parametrize("how", ["an admin", "deleting"])
def test_it_goes_with_the_account_and_by_an_admin(api: Api, how: str) -> None:
    laptop = SoftPasskey()
    add(api.oscar, laptop)
    path = f"/api/users/{api.oscar.id}"
    path += "/factors" if how == "an admin" else ""
    assert api.alice.delete(path).status_code == 204
    assert sign_in(api, laptop).status_code == 401


def test_what_is_no_credential_and_no_challenge_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = api.oscar.post(f"{FACTORS}/options").json
    body = {"challenge": asked["challenge"], "credential": {"id": 1}, "name": "x"}
    assert wrong_fields(api.oscar.post(FACTORS, body)) == {"credential"}
    assert wrong_fields(api.oscar.post(FACTORS, {**body, "challenge": "v1.a.b"})) == {"challenge"}
    assert wrong_fields(api.olga.post(FACTORS, body)) == {"challenge"}
    broken = [{}, {"rawId": "AA", "response": 1}, {"rawId": "*", "response": {"userHandle": 1}}]
    for credential in broken:
        given = {"challenge": ask(api)["challenge"], "credential": credential}
        assert api.nobody.post("/api/auth/login/passkey", given).status_code == 401
    late = ask(api, "no challenge of ours")
    assert late["status"] == 401
    monkeypatch.setattr(passkeys, "MOST", 0)
    assert api.oscar.post(f"{FACTORS}/options").status_code == 409
    monkeypatch.setattr(passkey_checks, "LIFETIME", timedelta(0))
    assert wrong_fields(sign_in(api, SoftPasskey())) == {"challenge"}


def test_who_must_have_a_second_factor_is_settled_by_a_passkey(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    more = {"CRIER_REQUIRE_SECOND_FACTOR": "operator"}
    settings = make_settings(database_url, valkey_url, tmp_path, **more)
    api = Api(settings)
    try:
        assert api.oscar.get("/api/bots").status_code == 403
        assert add(api.oscar, SoftPasskey()).status_code == 201
        assert api.oscar.get("/api/bots").status_code == 200
    finally:
        api.close()


def test_where_browsers_use_none_it_says_why(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    more = {"CRIER_PUBLIC_URL": "http://crier.example"}
    api = Api(make_settings(database_url, valkey_url, tmp_path, **more))
    try:
        found = api.oscar.get("/api/auth/factors").json
        assert found["passkeys_at"] is None
        assert api.nobody.get("/api/auth/methods").json["passkeys_at"] is None
        assert "set CRIER_PUBLIC_URL to an https address" in found["passkeys_fault"]
        for path in (f"{FACTORS}/options", "/api/auth/reauthenticate/passkey"):
            refused = api.oscar.post(path)
            assert (refused.status_code, refused.json["detail"]) == (409, found["passkeys_fault"])
    finally:
        api.close()
