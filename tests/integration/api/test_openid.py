"""Sign-ins by a real issuer of OpenID Connect: linked, registered, refused; and what it may say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import issuer as issuers
from tests.support.api import PASSWORD, Api, ApiResponse, Person, make_settings, wrong_fields
from tests.support.issuer import Claims, RealIssuer

BEGIN, LOGIN, OWN = "/api/auth/login/openid/begin", "/api/auth/login/openid", "/api/auth/identities"
BACK = "http://127.0.0.1:8080/sign-in/callback"


@pytest.fixture
def works() -> Iterator[RealIssuer]:
    with issuers.running(BACK) as made:
        yield made


@pytest.fixture
def at(works: RealIssuer, database_url: str, valkey_url: str, tmp_path: Path) -> Any:
    """The API with the issuer and more settings, as a context."""

    @contextmanager
    def opened(**more: str) -> Iterator[Api]:
        settings = make_settings(
            database_url, valkey_url, tmp_path / "data", **works.settings, **more
        )
        api = Api(settings)
        api.person("alice", "admin")
        try:
            yield api
        finally:
            api.close()

    return opened


def ask(person: Person, path: str = BEGIN, **fields: Any) -> Any:
    answer = person.post(path, fields)
    assert answer.status_code == 200, answer.text
    return answer.json


def reply(works: RealIssuer, asked: Any, sub: str) -> dict[str, str]:
    return {"challenge": asked["challenge"], **works.come(asked["url"], sub)}


def sign_in(api: Api, works: RealIssuer, sub: str) -> ApiResponse:
    return api.nobody.post(LOGIN, reply(works, ask(api.nobody), sub))


def link(person: Person, works: RealIssuer, sub: str) -> ApiResponse:
    return person.post(OWN, reply(works, ask(person, f"{OWN}/begin"), sub))


def test_an_identity_is_linked_signs_in_and_is_unlinked(at: Any, works: RealIssuer) -> None:
    works.people["o-1"] = {"email": "oscar@example.com", "email_verified": True}
    with at() as api:
        assert api.nobody.get("/api/auth/methods").json["openid"] == "Works"
        refused = sign_in(api, works, "o-1")
        assert (refused.status_code, "link it" in refused.json["detail"]) == (403, True)
        linked = link(api.oscar, works, "o-1")
        assert (linked.status_code, linked.json["name"]) == (201, "oscar@example.com")
        assert link(api.oscar, works, "o-1").status_code == 409
        assert "another account" in link(api.vera, works, "o-1").json["detail"]
        signed_in = sign_in(api, works, "o-1")
        assert signed_in.json["user"]["username"] == "oscar"
        shown = api.oscar.get(OWN).json
        assert (shown["issuer"], len(shown["items"])) == ("Works", 1)
        assert shown["items"][0]["last_used_at"] is not None
        path = f"{OWN}/{shown['items'][0]['id']}"
        assert api.vera.delete(path).status_code == 404
        assert api.oscar.delete(path).status_code == 204
        assert sign_in(api, works, "o-1").status_code == 403
        told = [line["action"] for line in api.alice.get("/api/audit?actor=oscar").json["items"]]
        assert {"user.link_identity", "user.unlink_identity", "user.sign_in"} <= set(told)
        events = api.oscar.get("/api/security/events?kind=credentials").json["items"]
        assert len(events) == 2


def test_telegram_is_an_issuer_beside_the_operators_own(at: Any, works: RealIssuer) -> None:
    with issuers.running(BACK) as telegram, at(**telegram.telegram_settings) as api:
        shown = [{"id": "openid", "name": "Works"}, {"id": "telegram", "name": "Telegram"}]
        assert api.nobody.get("/api/auth/methods").json["issuers"] == shown
        assert api.oscar.get(OWN).json["issuers"] == shown
        telegram.people["77"] = {"preferred_username": "oscar_tg", "email": None}
        link(api.oscar, works, "77")
        asked = ask(api.nobody, issuer="telegram")
        unknown = api.nobody.post(LOGIN, reply(telegram, asked, "77"))
        assert unknown.status_code == 403, "another issuer has given this name to somebody else"
        assert api.vera.post(f"{OWN}/begin").status_code == 200, "no body is the operator's own"
        linking = ask(api.vera, f"{OWN}/begin", issuer="telegram")
        linked = api.vera.post(OWN, reply(telegram, linking, "77"))
        assert (linked.status_code, linked.json["name"]) == (201, "oscar_tg")
        signed_in = api.nobody.post(
            LOGIN, reply(telegram, ask(api.nobody, issuer="telegram"), "77")
        )
        assert signed_in.json["user"]["username"] == "vera"
        assert sign_in(api, works, "77").json["user"]["username"] == "oscar"
        assert wrong_fields(api.nobody.post(BEGIN, {"issuer": "github"})) == {"issuer"}
        assert telegram.scopes_asked <= {"openid", "profile"}


def test_an_issuer_that_is_not_set_up_is_no_way_in(at: Any, works: RealIssuer) -> None:
    with at() as api:
        answer = api.nobody.post(BEGIN, {"issuer": "telegram"})
        assert answer.status_code == 409
        assert "CRIER_TELEGRAM_LOGIN_CLIENT_ID" in answer.json["detail"]


def test_an_answer_counts_once_and_for_the_browser_that_asked(at: Any, works: RealIssuer) -> None:
    with at() as api:
        link(api.oscar, works, "o-1")
        asked = ask(api.nobody)
        body = reply(works, asked, "o-1")
        assert api.nobody.post(LOGIN, body).status_code == 200
        assert api.nobody.post(LOGIN, body).status_code == 401, "its code is spent"
        assert wrong_fields(api.nobody.post(LOGIN, reply(works, asked, "o-1"))) == {"challenge"}
        slipped = works.come(ask(api.nobody)["url"], "o-1")
        mine = {"challenge": ask(api.nobody)["challenge"], **slipped}
        assert wrong_fields(api.nobody.post(LOGIN, mine)) == {"state"}
        for_linking = reply(works, ask(api.oscar, f"{OWN}/begin"), "v-1")
        assert wrong_fields(api.nobody.post(LOGIN, for_linking)) == {"challenge"}
        assert wrong_fields(api.vera.post(OWN, for_linking)) == {"challenge"}
        old = {**body, "challenge": "v1.x.y"}
        assert wrong_fields(api.nobody.post(LOGIN, old)) == {"challenge"}


def test_a_code_is_worth_nothing_without_its_verifier(at: Any, works: RealIssuer) -> None:
    with at() as api:
        link(api.oscar, works, "o-1")
        stolen = works.come(ask(api.nobody)["url"], "o-1")["code"]
        mine = reply(works, ask(api.nobody), "v-1")
        answer = api.nobody.post(LOGIN, {**mine, "code": stolen})
        assert answer.status_code == 401
        failed = api.alice.get("/api/audit").json["items"]
        assert not [line for line in failed if line["action"] == "user.sign_in"]


def other_audience(claims: Claims) -> None:
    claims["aud"] = ["somebody else"]


def other_issuer(claims: Claims) -> None:
    claims["iss"] = "https://issuer.example"


def other_nonce(claims: Claims) -> None:
    claims["nonce"] = "of another sign-in"


def over(claims: Claims) -> None:
    claims["exp"] = 1_000_000_000


def nobody(claims: Claims) -> None:
    claims["sub"] = ""


def other_access_token(claims: Claims) -> None:
    claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize(
    "twist", [other_audience, other_issuer, other_nonce, over, nobody, other_access_token]
)
def test_a_token_that_is_not_for_us_and_now_signs_nobody_in(
    at: Any, works: RealIssuer, twist: Any
) -> None:
    with at() as api:
        link(api.oscar, works, "o-1")
        works.twist = twist
        answer = sign_in(api, works, "o-1")
        assert (answer.status_code, answer.json["detail"]) == (
            401,
            "what Works said is not good here",
        )


def test_only_keys_that_the_issuer_shows_sign_and_new_ones_are_found(
    at: Any, works: RealIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crier.services.people.openid_issuer.AGAIN_S", 0.0)
    with at() as api:
        link(api.oscar, works, "o-1")
        works.rotate()
        assert sign_in(api, works, "o-1").status_code == 200
        works.rotate(shown=False)
        assert sign_in(api, works, "o-1").status_code == 401


def test_a_profile_of_somebody_else_is_not_believed(at: Any, works: RealIssuer) -> None:
    with at() as api:
        link(api.oscar, works, "o-1")
        works.people["o-1"] = {"sub": "o-2"}
        assert sign_in(api, works, "o-1").status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.well-known/openid-configuration", b"{}"),
        ("/.well-known/openid-configuration", b"x" * 2_000_000),
        ("/keys", b'{"keys": [{"kty": "none"}]}'),
    ],
)
def test_an_issuer_that_answers_nonsense_is_a_502(
    at: Any, works: RealIssuer, path: str, body: bytes
) -> None:
    works.bodies[path] = body
    with at() as api:
        assert api.nobody.post(BEGIN, {}).status_code == 502
        works.bodies.clear()
        assert api.nobody.post(BEGIN, {}).status_code == 200, "nothing wrong was kept"


def test_an_issuer_that_is_not_there_is_a_502_and_none_a_409(
    api: Api, database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    assert api.nobody.post(BEGIN, {}).status_code == 409
    more = {"CRIER_OPENID_ISSUER": "http://127.0.0.1:9", "CRIER_OPENID_CLIENT_ID": "crier"}
    other = Api(make_settings(database_url, valkey_url, tmp_path / "more", **more))
    assert other.nobody.post(BEGIN, {}).status_code == 502
    other.close()


def test_a_second_factor_is_asked_for_as_after_a_password(at: Any, works: RealIssuer) -> None:
    from tests.integration.api.test_second_factors import add_app

    with at() as api:
        link(api.oscar, works, "o-1")
        add_app(api.oscar)
        answer = sign_in(api, works, "o-1")
        assert (answer.status_code, answer.json["factors"]) == (202, ["app"])


def test_a_sign_in_is_as_fresh_as_the_proof_at_the_issuer(at: Any, works: RealIssuer) -> None:
    works.signed_in_for_s = 7200
    with at() as api:
        link(api.oscar, works, "o-1")
        token = sign_in(api, works, "o-1").json["access_token"]
        late = api.oscar.bearing(token)
        assert late.get("/api/auth/fresh").json["type"].endswith("reauthentication-required")
        asked = ask(api.nobody, again=True)
        assert "prompt=login" in asked["url"]
        assert "max_age=0" in asked["url"]
        works.signed_in_for_s = 0
        token = api.nobody.post(LOGIN, reply(works, asked, "o-1")).json["access_token"]
        until = api.oscar.bearing(token).get("/api/auth/fresh").json["authenticated_at"]
        assert datetime.now(UTC) - datetime.fromisoformat(until) < timedelta(minutes=5)


def test_people_of_a_domain_get_an_account_once(at: Any, works: RealIssuer) -> None:
    settings = {
        "CRIER_OPENID_REGISTRATION": "open",
        "CRIER_OPENID_DOMAINS": "example.com",
        "CRIER_REGISTRATION_ROLE": "viewer",
    }
    works.people = {
        "1": {"email": "Nora.N@Example.com", "email_verified": True},
        "2": {"email": "nora.n@example.com", "email_verified": False},
        "3": {"email": "nora.n@example.com.evil.org", "email_verified": True},
        "4": {"email": "oscar@example.com", "email_verified": True},
        "5": {"email": "admin@example.com", "email_verified": True},
    }
    with at(**settings) as api:
        assert api.oscar.id
        made = sign_in(api, works, "1").json["user"]
        assert (made["username"], made["role"]) == ("Nora.N", "viewer")
        assert sign_in(api, works, "1").json["user"]["id"] == made["id"]
        assert sign_in(api, works, "2").status_code == 403
        assert sign_in(api, works, "3").status_code == 403
        assert sign_in(api, works, "4").json["user"]["username"] == "oscar-2", "not oscar's own"
        assert sign_in(api, works, "5").json["user"]["username"] == "user-admin"
        credentials = {"username": "Nora.N", "password": "none"}
        assert api.nobody.post("/api/auth/login", credentials).status_code == 401
        nora = api.sign_in("Nora.N")
        (mine,) = nora.get(OWN).json["items"]
        assert nora.delete(f"{OWN}/{mine['id']}").status_code == 409, "nothing else signs her in"
        assert api.alice.delete(f"/api/users/{nora.id}").status_code == 204
        assert sign_in(api, works, "1").json["user"]["id"] != nora.id, "nothing of her is left"


def test_groups_give_roles_at_each_sign_in_but_never_take_the_last_admin(
    at: Any, works: RealIssuer
) -> None:
    settings = {
        "CRIER_OPENID_REGISTRATION": "open",
        "CRIER_OPENID_ROLES": "ops=operator, bosses=admin",
        "CRIER_OPENID_GROUPS_CLAIM": "realm_access.roles",
    }

    def groups(*names: str) -> None:
        works.people["n"] = {"email": "nora@example.com", "email_verified": True}
        works.people["n"]["realm_access"] = {"roles": list(names)}

    with at(**settings) as api:
        groups("staff")
        assert "gives a role" in sign_in(api, works, "n").json["detail"]
        groups("ops", "bosses")
        assert sign_in(api, works, "n").json["user"]["role"] == "admin"
        groups("ops")
        assert sign_in(api, works, "n").json["user"]["role"] == "operator"
        groups("bosses")
        assert sign_in(api, works, "n").json["user"]["role"] == "admin"
        nora = api.sign_in("nora")
        assert nora.patch(f"/api/users/{api.alice.id}", {"role": "viewer"}).status_code == 200
        groups("ops")
        assert sign_in(api, works, "n").json["user"]["role"] == "admin", "the last one"


def test_a_switched_off_account_is_not_signed_in(at: Any, works: RealIssuer) -> None:
    with at() as api:
        link(api.oscar, works, "o-1")
        api.alice.patch(f"/api/users/{api.oscar.id}", {"is_active": False})
        assert sign_in(api, works, "o-1").status_code == 403


def test_without_passwords_only_an_admin_without_another_way_uses_one(
    at: Any, works: RealIssuer
) -> None:
    def login(name: str, password: str = PASSWORD) -> int:
        body = {"username": name, "password": password}
        return int(api.nobody.post("/api/auth/login", body).status_code)

    with at(CRIER_PASSWORD_SIGN_IN="off") as api:
        assert api.nobody.get("/api/auth/methods").json["password"] is False
        assert api.oscar.id
        assert login("oscar") == 403
        assert login("oscar", "a wrong password") == 401, "nothing is told of accounts"
        new = {"username": "nora", "password": PASSWORD}
        assert api.nobody.post("/api/auth/register", new).status_code == 403
        assert login("alice") == 200
        assert link(api.alice, works, "a-1").status_code == 201
        assert login("alice") == 403
        assert sign_in(api, works, "a-1").status_code == 200
        api.alice.delete(f"/api/users/{api.alice.id}/identities")
        assert api.alice.get("/api/auth/me").status_code == 401, "her sign-ins are over"
        assert login("alice") == 200


def test_an_invitation_gives_an_account_without_a_password(at: Any, works: RealIssuer) -> None:
    works.people["n"] = {"preferred_username": "nora"}

    def accept(token: str, sub: str) -> Any:
        body = {**reply(works, ask(api.nobody), sub), "invitation": token}
        return api.nobody.post(LOGIN, body)

    with at(CRIER_PASSWORD_SIGN_IN="off") as api:
        asked = {"role": "operator", "may_review": False}
        made = api.alice.post("/api/users/invitations", asked).json
        by_password = {"invitation": made["token"], "username": "nora", "password": PASSWORD}
        assert api.nobody.post("/api/auth/join", by_password).status_code == 403
        assert accept("join_another", "n").status_code == 403
        user = accept(made["token"], "n").json["user"]
        assert (user["username"], user["role"], user["may_review"]) == ("nora", "operator", False)
        assert accept(made["token"], "m").status_code == 403, "it is used"
        assert accept(made["token"], "n").json["user"]["id"] == user["id"]
        (shown,) = api.alice.get("/api/users/invitations").json["items"]
        assert shown["used_by"] == user["id"]
