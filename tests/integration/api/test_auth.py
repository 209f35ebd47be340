"""Signing up, in and out: accounts, sessions, refresh tokens, cookies and signing keys."""

import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crier.services.people import accounts, passwords
from crier.services.system import key_rotation
from crier.storage.models.people import User
from tests.support.api import PASSWORD, Api, ApiResponse, Person, make_settings, wrong_fields

NEW = {"username": "bob", "password": "nine dry badgers"}


def login(api: Api, name: str = "alice", password: str = PASSWORD) -> ApiResponse:
    return api.nobody.post("/api/auth/login", {"username": name, "password": password})


def bearer(api: Api, token: str) -> Person:
    return Person(api, None, headers={"Authorization": f"Bearer {token}"})


def refresh(api: Api, token: str) -> ApiResponse:
    return bearer(api, token).post("/api/auth/refresh")


@pytest.fixture
def empty_api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data"))
    yield made
    made.close()


def test_a_person_signs_in_and_is_told_who_they_are(api: Api) -> None:
    answer = login(api, "ALICE")
    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    me = bearer(api, answer.json["access_token"]).get("/api/auth/me").json
    assert me == answer.json["user"]
    assert {"id", "public_id", "username", "role", "created_at", "last_login_at"} <= set(me)
    assert (me["username"], me["role"]) == ("alice", "admin")
    assert me["created_at"].endswith("Z")


def test_the_first_account_is_admin_and_later_ones_are_advertisers(empty_api: Api) -> None:
    first = empty_api.nobody.post("/api/auth/register", NEW)
    second = empty_api.nobody.post("/api/auth/register", {**NEW, "username": "eve"})
    assert (first.status_code, first.json["role"]) == (201, "admin")
    assert (second.status_code, second.json["role"]) == (201, "advertiser")


def test_of_many_who_register_at_once_on_an_empty_database_one_is_admin(empty_api: Api) -> None:
    def register(number: int) -> None:
        empty_api.nobody.post("/api/auth/register", {**NEW, "username": f"user{number}"})

    threads = [threading.Thread(target=register, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with empty_api.session() as session:
        roles = sorted(session.scalars(sa.select(User.role)))
    assert roles == ["admin", *["advertiser"] * 5]


def test_ensure_admin_makes_one_account_ever(empty_api: Api) -> None:
    with empty_api.session() as session:
        assert accounts.ensure_admin(session, "root", NEW["password"])
        assert not accounts.ensure_admin(session, "other", NEW["password"])
    answer = login(empty_api, "root", NEW["password"])
    assert answer.json["user"]["role"] == "admin"


def test_closed_registration_is_403_except_for_the_first(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    api = Api(make_settings(database_url, valkey_url, tmp_path, CRIER_REGISTRATION="closed"))
    assert api.nobody.post("/api/auth/register", NEW).status_code == 201
    answer = api.nobody.post("/api/auth/register", {**NEW, "username": "eve"})
    assert answer.status_code == 403
    api.close()


def test_a_username_is_taken_whatever_its_case(api: Api) -> None:
    assert api.nobody.post("/api/auth/register", NEW).status_code == 201
    assert api.nobody.post("/api/auth/register", {**NEW, "username": "BOB"}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {**NEW, "password": "short"},
        {**NEW, "password": "x" * 129},
        {**NEW, "password": "elf letters"},
        {**NEW, "password": "Password1234"},
        {**NEW, "password": "qwertyuiop!?"},
        {**NEW, "password": "dragondragon"},
        {**NEW, "password": "aaaaaaaaaaaa"},
        {**NEW, "password": "BobbyBobby99", "username": "bobbybobby99"},
    ],
)
def test_an_easy_password_is_refused(api: Api, body: dict[str, str]) -> None:
    assert wrong_fields(api.nobody.post("/api/auth/register", body)) == {"password"}


@pytest.mark.parametrize("name", ["ab", "x" * 51, "with space", "naïve", "a\n", ""])
def test_a_username_has_3_to_50_plain_characters(api: Api, name: str) -> None:
    answer = api.nobody.post("/api/auth/register", {**NEW, "username": name})
    assert wrong_fields(answer) == {"username"}


def test_password_hashes_fit_their_column_and_are_argon2id(api: Api) -> None:
    api.nobody.post("/api/auth/register", {**NEW, "password": "ß" * 60 + "abcdefg" * 9})
    with api.session() as session:
        stored = session.scalar(sa.select(User.password_hash).filter_by(username="bob"))
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert len(stored) <= 80


def test_a_wrong_name_and_a_wrong_password_look_the_same(api: Api) -> None:
    answers = [login(api, "alice", "wrong password"), login(api, "nobody", "wrong password")]
    bodies = [{**a.json, "request_id": None} for a in answers]
    assert [a.status_code for a in answers] == [401, 401]
    assert bodies[0] == bodies[1]


def test_a_wrong_name_costs_the_same_check_as_a_wrong_password(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash each, of the same kind and cost: what takes the time of a sign-in."""
    checked: list[tuple[str, str]] = []
    compute = passwords._compute

    def noted(work: Callable[..., Any], *arguments: str) -> Any:
        checked.append((work.__name__, arguments[0].rsplit("$", 2)[0]))
        return compute(work, *arguments)

    monkeypatch.setattr(passwords, "_compute", noted)
    for name in ("alice", "nobody"):
        assert login(api, name, "wrong password").status_code == 401
    known, unknown = checked
    assert known == unknown
    assert known[0] == "verify"
    assert known[1].startswith("$argon2id$")


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(api: Api) -> None:
    first = login(api).json
    second = refresh(api, first["refresh_token"]).json
    assert bearer(api, second["access_token"]).get("/api/auth/me").status_code == 200
    assert refresh(api, first["refresh_token"]).status_code == 401
    assert bearer(api, second["access_token"]).get("/api/auth/me").status_code == 401
    assert refresh(api, second["refresh_token"]).status_code == 401
    assert login(api).status_code == 200


def test_of_two_refreshes_at_once_only_one_gets_a_pair(api: Api) -> None:
    token = login(api).json["refresh_token"]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(refresh(api, token).status_code))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401]


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(api: Api) -> None:
    pair = login(api).json
    assert refresh(api, pair["access_token"]).status_code == 401
    assert bearer(api, pair["refresh_token"]).get("/api/auth/me").status_code == 401


def test_logout_voids_the_sessions_tokens_at_once(api: Api) -> None:
    pair, other = login(api).json, login(api).json
    assert bearer(api, pair["access_token"]).post("/api/auth/logout").status_code == 204
    assert bearer(api, pair["access_token"]).get("/api/auth/me").status_code == 401
    assert refresh(api, pair["refresh_token"]).status_code == 401
    assert bearer(api, other["access_token"]).get("/api/auth/me").status_code == 200


def test_change_password_ends_every_other_session_and_not_this_one(api: Api) -> None:
    here, there = login(api).json, login(api).json
    body = {"current_password": PASSWORD, "new_password": NEW["password"]}
    answer = bearer(api, here["access_token"]).post("/api/auth/change-password", body)
    assert answer.status_code == 204
    assert bearer(api, here["access_token"]).get("/api/auth/me").status_code == 200
    assert bearer(api, there["access_token"]).get("/api/auth/me").status_code == 401
    assert login(api).status_code == 401
    assert login(api, password=NEW["password"]).status_code == 200


def test_a_wrong_current_password_is_422_and_named(api: Api) -> None:
    body = {"current_password": "nonsense", "new_password": NEW["password"]}
    assert wrong_fields(api.alice.post("/api/auth/change-password", body)) == {"current_password"}
    body = {"current_password": PASSWORD, "new_password": "password123"}
    assert wrong_fields(api.alice.post("/api/auth/change-password", body)) == {"new_password"}


def test_a_deactivated_users_login_is_the_same_401(api: Api) -> None:
    oscar = api.oscar
    assert api.alice.patch(f"/api/users/{oscar.id}", {"is_active": False}).status_code == 200
    assert oscar.get("/api/auth/me").status_code == 401
    answer, wrong = login(api, "oscar"), login(api, "oscar", "wrong password")
    assert answer.status_code == 401
    assert answer.json["detail"] == wrong.json["detail"]


# Cookies ----------------------------------------------------------------------------------------


def cookies_of(answer: ApiResponse) -> SimpleCookie:
    jar = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    return jar


def test_the_dashboards_cookies_are_strict_and_only_the_csrf_ones_readable(api: Api) -> None:
    jar = cookies_of(login(api))
    assert set(jar) == {"crier_access", "crier_refresh", "crier_csrf", "crier_refresh_csrf"}
    for name, cookie in jar.items():
        assert cookie["samesite"] == "Strict"
        assert bool(cookie["httponly"]) == (not name.endswith("csrf"))
        assert not cookie["secure"]
    assert jar["crier_refresh"]["path"] == "/api/auth"


def test_cookies_are_secure_where_the_platform_is_reached_by_https(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    url = {"CRIER_PUBLIC_URL": "https://crier.example.com"}
    api = Api(make_settings(database_url, valkey_url, tmp_path, **url))
    answer = api.nobody.post("/api/auth/register", NEW)
    assert "Strict-Transport-Security" in answer.headers
    signed_in = login(api, "bob", NEW["password"])
    jar = cookies_of(signed_in)
    assert set(jar) == {f"__Host-crier_{n}" for n in ("access", "refresh", "csrf", "refresh_csrf")}
    for cookie in jar.values():
        assert cookie["secure"]
        assert (cookie["path"], cookie["domain"]) == ("/", ""), "else no browser takes the name"
    access, csrf = jar["__Host-crier_access"].value, jar["__Host-crier_csrf"].value
    planted = {"Cookie": f"crier_access={access}"}
    assert api.nobody.get("/api/auth/me", headers=planted).status_code == 401
    headers = {"Cookie": f"__Host-crier_access={access}", "X-CSRF-TOKEN": csrf}
    assert api.nobody.get("/api/auth/me", headers=headers).status_code == 200
    refresh = {
        "Cookie": f"__Host-crier_refresh={jar['__Host-crier_refresh'].value}",
        "X-CSRF-TOKEN": jar["__Host-crier_refresh_csrf"].value,
    }
    assert api.nobody.post("/api/auth/refresh", headers=refresh).status_code == 200
    out = api.nobody.post("/api/auth/logout", headers=headers)
    assert out.status_code == 204
    gone = cookies_of(out)
    assert set(gone) == set(jar)
    assert all(c["secure"] and c["path"] == "/" and not c.value for c in gone.values())
    api.close()


def test_a_change_by_cookie_needs_the_csrf_header_and_a_read_does_not(api: Api) -> None:
    jar = cookies_of(login(api))
    cookie = {"Cookie": f"crier_access={jar['crier_access'].value}"}
    assert api.nobody.get("/api/auth/me", headers=cookie).status_code == 200
    assert api.nobody.post("/api/auth/logout", headers=cookie).status_code == 401
    for value, status in [("wrong", 401), (jar["crier_csrf"].value, 204)]:
        headers = {**cookie, "X-CSRF-TOKEN": value}
        assert api.nobody.post("/api/auth/logout", headers=headers).status_code == status


def test_a_refresh_by_cookie_needs_its_own_csrf_value(api: Api) -> None:
    jar = cookies_of(login(api))
    cookie = {"Cookie": f"crier_refresh={jar['crier_refresh'].value}"}
    for value, status in [("", 401), (jar["crier_refresh_csrf"].value, 200)]:
        headers = {**cookie, "X-CSRF-TOKEN": value}
        answer = api.nobody.post("/api/auth/refresh", headers=headers)
        assert answer.status_code == status
    assert "crier_access" in cookies_of(answer)


# Signing keys -----------------------------------------------------------------------------------


def test_a_new_signing_key_signs_nobody_out(api: Api) -> None:
    pair = login(api).json
    key_rotation.add_key(api.deps.signing)
    assert bearer(api, pair["access_token"]).get("/api/auth/me").status_code == 200
    assert refresh(api, pair["refresh_token"]).status_code == 200
    assert login(api).json["access_token"].split(".")[0] != pair["access_token"].split(".")[0]


def tampered(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{'A' * len(signature)}"


@pytest.mark.parametrize(
    "spoil",
    [
        tampered,
        lambda _: "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        lambda _: "nonsense",
        lambda _: "",
        lambda token: token + "é",
    ],
)
def test_a_token_that_we_did_not_sign_is_401(api: Api, spoil: Callable[[str], str]) -> None:
    token: Any = login(api).json["access_token"]
    assert bearer(api, spoil(token)).get("/api/auth/me").status_code == 401


def test_a_token_of_keys_that_are_gone_is_401(api: Api, tmp_path: Path) -> None:
    token = login(api).json["access_token"]
    assert api.deps.signing.path is not None
    api.deps.signing.path.write_text(
        "another key of at least 32 characters 0123\n".replace(" ", "-")
    )
    assert bearer(api, token).get("/api/auth/me").status_code == 401
