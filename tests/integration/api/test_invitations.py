"""Getting in by a link of an admin's, and accounts that an admin makes, renames and deletes."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.errors import CrierError
from crier.services.system import user_commands
from crier.storage.models.bots import Bot
from crier.storage.models.people import Invitation, User
from tests.support.ads import add_bot
from tests.support.api import PASSWORD, Api, ApiResponse, Person, wrong_fields


def invite(api: Api, **fields: Any) -> Any:
    answer = api.alice.post("/api/users/invitations", fields)
    assert answer.status_code == 201, answer.text
    return answer.json


def join(api: Api, token: str, username: str, password: str = PASSWORD) -> ApiResponse:
    body = {"invitation": token, "username": username, "password": password}
    return api.nobody.post("/api/auth/join", body)


def sign_in(api: Api, username: str, password: str = PASSWORD) -> ApiResponse:
    return api.nobody.post("/api/auth/login", {"username": username, "password": password})


def test_a_link_makes_one_advertiser_and_is_spent(api: Api) -> None:
    made = invite(api)
    assert made["url"].endswith(f"/join#{made['token']}")
    assert made["role"] == "advertiser"
    answer = join(api, made["token"], "newcomer")
    assert (answer.status_code, answer.json["role"]) == (201, "advertiser")
    assert sign_in(api, "newcomer").status_code == 200
    assert join(api, made["token"], "another").status_code == 403
    listed = api.alice.get("/api/users/invitations").json["items"][0]
    assert listed["used_by"] == answer.json["id"]
    assert made["token"] not in str(listed)
    with api.session() as session:
        kept = session.scalars(sa.select(Invitation.token_hash)).one()
    assert made["token"].encode() not in kept


def test_many_at_once_make_one_account_of_a_link(api: Api) -> None:
    token = invite(api)["token"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: join(api, token, f"racer{n}").status_code, range(4)))
    assert sorted(answers) == [201, 403, 403, 403]


def test_what_is_wrong_with_name_or_password_leaves_the_link_good(api: Api) -> None:
    token = invite(api, role="viewer")["token"]
    assert wrong_fields(join(api, token, "newcomer", "password1234")) == {"password"}
    assert wrong_fields(join(api, token, "admin")) == {"username"}
    assert join(api, token, "ALICE").status_code == 409
    assert join(api, token, "newcomer").json["role"] == "viewer"


def test_a_link_ends_with_its_time_when_it_is_revoked_and_with_its_maker(api: Api) -> None:
    late, taken_back, orphan = (invite(api) for _ in range(3))
    with api.session() as session:
        session.execute(
            sa.update(Invitation).filter_by(id=late["id"]).values(expires_at=datetime.now(UTC))
        )
    path = f"/api/users/invitations/{taken_back['id']}"
    assert api.alice.delete(path).status_code == 204
    assert api.alice.delete(path).status_code == 404
    api.person("ada", "admin").patch(f"/api/users/{api.alice.id}", {"role": "operator"})
    for made in (late, taken_back, orphan):
        assert join(api, made["token"], "newcomer").status_code == 403
    assert join(api, "join_nonsense", "newcomer").status_code == 403


def test_a_link_is_good_for_a_week_unless_said_otherwise_and_90_days_at_most(api: Api) -> None:
    end = datetime.fromisoformat(invite(api)["expires_at"])
    assert timedelta(days=6, hours=23) < end - datetime.now(UTC) <= timedelta(days=7)
    for wrong in (timedelta(days=-1), timedelta(days=91)):
        body = {"expires_at": (datetime.now(UTC) + wrong).isoformat()}
        assert wrong_fields(api.alice.post("/api/users/invitations", body)) == {"expires_at"}


def test_a_repeated_request_shows_no_link_and_makes_no_second(api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    first = api.alice.post("/api/users/invitations", {}, headers=headers).json
    second = api.alice.post("/api/users/invitations", {}, headers=headers).json
    assert second == {**first, "url": None, "token": None}


def test_an_admin_makes_an_account_with_a_password_of_theirs_or_ours(api: Api) -> None:
    given = api.alice.post("/api/users", {"username": "given", "password": PASSWORD}).json
    assert (given["role"], given["password"]) == ("advertiser", None)
    assert sign_in(api, "given").status_code == 200
    made = api.alice.post("/api/users", {"username": "made", "role": "operator"}).json
    assert made["may_review"]
    assert sign_in(api, "made", made["password"]).status_code == 200
    weak = {"username": "weak", "password": "password1234"}
    assert wrong_fields(api.alice.post("/api/users", weak)) == {"password"}
    assert api.alice.post("/api/users", {"username": "MADE"}).status_code == 409
    wrong = {"username": "v", "role": "viewer", "may_review": True} | {"username": "vic"}
    assert wrong_fields(api.alice.post("/api/users", wrong)) == {"may_review"}


def test_a_reset_password_is_shown_once_and_ends_what_the_old_one_opened(api: Api) -> None:
    path = f"/api/users/{api.oscar.id}/reset-password"
    new = api.alice.post(path).json["password"]
    assert api.oscar.get("/api/auth/me").status_code == 401
    assert sign_in(api, "oscar").status_code == 401
    assert sign_in(api, "oscar", new).status_code == 200


def test_a_renamed_account_keeps_its_sign_in_and_goes_by_the_new_name(api: Api) -> None:
    path = f"/api/users/{api.oscar.id}"
    assert api.alice.patch(path, {"username": "Oskar"}).json["username"] == "Oskar"
    assert api.oscar.get("/api/auth/me").json["username"] == "Oskar"
    assert sign_in(api, "oscar").status_code == 401
    assert sign_in(api, "oskar").status_code == 200
    assert api.alice.patch(path, {"username": "OSKAR"}).status_code == 200, "its own name"
    assert api.alice.patch(path, {"username": "alice"}).status_code == 409
    assert wrong_fields(api.alice.patch(path, {"username": "deleted-x"})) == {"username"}


def test_a_deleted_account_is_gone_and_what_it_ran_stops(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        session.execute(sa.update(Bot).values(desired_status="running", status="running"))
    path = f"/api/users/{api.oscar.id}"
    assert api.alice.delete(path).status_code == 204
    assert api.oscar.get("/api/auth/me").status_code == 401
    assert sign_in(api, "oscar").status_code == 401
    assert api.alice.delete(path).status_code == 404
    assert api.alice.patch(path, {"is_active": True}).status_code == 404
    assert api.alice.post(f"{path}/reset-password").status_code == 404
    assert "oscar" not in [user["username"] for user in api.alice.get("/api/users").json["items"]]
    assert api.alice.get(f"/api/bots/{bot}").status_code == 404
    with api.session() as session:
        left = session.get_one(Bot, bot)
        assert (left.desired_status, left.bot_token) == ("stopped", "")
    again = {"username": "oscar", "password": PASSWORD}
    assert api.alice.post("/api/users", again).status_code == 201, "the name is free"


def test_the_last_admin_cannot_be_deleted(api: Api) -> None:
    assert api.alice.delete(f"/api/users/{api.alice.id}").status_code == 409
    assert api.alice.get("/api/auth/me").status_code == 200


def test_users_are_found_by_name_role_and_state(api: Api) -> None:
    api.person("Anna-B", "viewer")
    assert api.oscar.id
    api.alice.patch(f"/api/users/{api.oscar.id}", {"is_active": False})

    def found(query: str) -> list[str]:
        items = api.alice.get(f"/api/users?{query}").json["items"]
        return sorted(user["username"] for user in items)

    assert found("q=anna-b") == ["Anna-B"]
    assert found("role=viewer") == ["Anna-B"]
    assert found("status=inactive") == ["oscar"]
    assert found("status=active") == ["Anna-B", "alice"]


def pending_ad(api: Api, owner: Person) -> int:
    ad: int = owner.post("/api/ads/create", {"content": "x"}).json["id"]
    assert owner.post(f"/api/ads/{ad}/submit").status_code == 200
    return ad


def test_only_operators_who_may_review_see_what_is_pending(api: Api) -> None:
    ad, path = pending_ad(api, api.adam), f"/api/users/{api.oscar.id}"
    assert api.oscar.get(f"/api/ads/{ad}").status_code == 200
    assert api.alice.patch(path, {"may_review": False}).json["may_review"] is False
    assert api.oscar.get(f"/api/ads/{ad}").status_code == 404, "at once, with the same token"
    assert api.oscar.post(f"/api/ads/{ad}/approve").status_code == 404
    assert api.oscar.get("/api/ads/list").json["items"] == []
    assert api.olga.post(f"/api/ads/{ad}/approve").status_code == 200
    assert api.oscar.post(f"/api/ads/{ad}/approve").status_code == 404, "not even that it was one"


def test_who_becomes_operator_by_an_admin_may_review_unless_told_otherwise(api: Api) -> None:
    adam, vera = f"/api/users/{api.adam.id}", f"/api/users/{api.vera.id}"
    assert api.alice.patch(adam, {"role": "operator"}).json["may_review"] is True
    assert api.alice.patch(adam, {"role": "advertiser"}).json["may_review"] is False
    body = {"role": "operator", "may_review": False}
    assert api.alice.patch(vera, body).json["may_review"] is False
    assert wrong_fields(api.alice.patch(adam, {"may_review": True})) == {"may_review"}


@pytest.fixture
def cli(api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))

    def run(*words: str) -> str:
        done = CliRunner().invoke(user_commands.users, list(words), catch_exceptions=False)
        return done.output

    return run


def test_accounts_are_looked_after_on_the_command_line(api: Api, cli: Any) -> None:
    password = cli("add", "berta", "--role", "operator", "--no-review").split("password is ")[1]
    assert sign_in(api, "berta", password.split()[0]).json["user"]["may_review"] is False
    cli("set-role", "berta", "viewer")
    assert re.search(r"^berta +viewer", cli("list"), re.MULTILINE)
    cli("deactivate", "berta")
    assert sign_in(api, "berta", password.split()[0]).status_code == 401
    cli("activate", "berta")
    cli("rename", "berta", "birte")
    assert sign_in(api, "birte", password.split()[0]).status_code == 200
    cli("delete", "birte", "--yes")
    assert "birte" not in cli("list")
    with pytest.raises(CrierError, match="there is no user birte"):
        cli("activate", "birte")
    with pytest.raises(CrierError, match="3 to 50"):
        cli("add", "a b")


def test_a_link_of_the_command_line_works(api: Api, cli: Any) -> None:
    token = cli("invite", "--role", "operator", "--days", "1").split("#")[1].split()[0]
    assert join(api, token, "newcomer").json["may_review"] is True
    with api.session() as session:
        assert session.scalar(sa.select(User.role).filter_by(username="newcomer")) == "operator"


def test_the_command_line_says_what_goes_with_an_account_before_it_goes(api: Api, cli: Any) -> None:
    bot = add_bot(api, api.oscar, chats=[1, 2, 3])
    api.oscar.post("/api/ads/create", {"content": "never launched"})
    said = cli("delete", "oscar")  # and nobody answers
    assert "bots: 1, their chats: 3, messages: 0, ads that were never launched: 1" in said
    assert "cannot be undone" in said
    assert api.oscar.get(f"/api/bots/{bot}").status_code == 200, "nothing is done without a yes"
    assert "oscar is deleted" in cli("delete", "oscar", "--yes")
    assert api.alice.get(f"/api/bots/{bot}").status_code == 404
    assert api.oscar.get("/api/auth/me").status_code == 401
