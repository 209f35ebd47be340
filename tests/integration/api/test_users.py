"""Accounts as an admin sees them, and API keys."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.api.http.access import access_of
from crier.domain.permissions import SCOPES, of_key
from crier.errors import CrierError
from crier.services.system import user_commands as commands
from crier.storage.models.people import ApiKey
from tests.support.api import Api


def test_users_are_listed_newest_first_page_by_page(api: Api) -> None:
    names = [api.person(f"user{number}").name for number in range(5)]
    seen, path = [], "/api/users?limit=2"
    for _ in range(3):
        page = api.alice.get(path).json
        seen += [user["username"] for user in page["items"]]
        path = f"/api/users?limit=2&cursor={page['next_cursor']}"
    assert seen == [*reversed(names), "alice"]
    assert page["next_cursor"] is None


def test_a_changed_role_voids_access_tokens_and_keeps_the_session(api: Api) -> None:
    pair = api.nobody.post(
        "/api/auth/login", {"username": api.oscar.name, "password": "seven wet otters"}
    ).json
    assert pair is not None
    answer = api.alice.patch(f"/api/users/{api.oscar.id}", {"role": "viewer"})
    assert answer.json["role"] == "viewer"
    assert api.oscar.get("/api/auth/me").status_code == 401
    headers = {"Authorization": f"Bearer {pair['refresh_token']}"}
    fresh = api.nobody.post("/api/auth/refresh", headers=headers).json
    assert fresh is not None
    headers = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert api.nobody.get("/api/auth/me", headers=headers).json["role"] == "viewer"


def test_a_change_that_changes_nothing_voids_nothing(api: Api) -> None:
    assert api.alice.patch(f"/api/users/{api.oscar.id}", {"role": "operator"}).status_code == 200
    assert api.oscar.get("/api/auth/me").status_code == 200


def test_the_last_active_admin_stays_admin(api: Api) -> None:
    path = f"/api/users/{api.alice.id}"
    assert api.alice.patch(path, {"role": "operator"}).status_code == 409
    assert api.alice.patch(path, {"is_active": False}).status_code == 409
    other = api.person("ada", "admin")
    assert api.alice.patch(path, {"role": "operator"}).status_code == 200
    assert other.patch(f"/api/users/{other.id}", {"is_active": False}).status_code == 409


def test_null_is_no_change_and_no_role(api: Api) -> None:
    answer = api.alice.patch(f"/api/users/{api.oscar.id}", {"role": None, "is_active": None})
    assert answer.json["role"] == "operator"


def test_a_key_works_as_its_owner_and_is_shown_once(api: Api) -> None:
    program, made = api.oscar.program()
    assert program.get("/api/auth/me").json["username"] == "oscar"
    listed = api.oscar.get("/api/auth/keys").json
    assert made["key"] not in str(listed)
    assert listed["items"][0]["last_used_at"] is not None
    with api.session() as session:
        stored = session.execute(sa.select(ApiKey.key_hash, ApiKey.prefix)).one()
    assert str(made["key"]).encode() not in bytes(stored.key_hash)


def test_a_key_has_its_owners_role_or_less(api: Api) -> None:
    for role, status in [("advertiser", 201), ("operator", 201), ("admin", 422), ("viewer", 422)]:
        answer = api.oscar.post("/api/auth/keys", {"name": "k", "role": role})
        assert answer.status_code == status, role
    program, _ = api.alice.program(role="viewer")
    assert program.get("/api/audit").status_code == 200
    assert program.get("/api/users").status_code == 403


def test_a_key_ends_with_its_date_its_owners_role_or_its_revocation(api: Api) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    answer = api.oscar.post("/api/auth/keys", {"name": "k", "expires_at": past})
    assert answer.status_code == 422
    program, made = api.oscar.program()
    end = datetime.fromisoformat(str(made["expires_at"]))
    assert timedelta(days=364) < end - datetime.now(UTC) < timedelta(days=366), "by default"
    assert api.oscar.program(expires_at=None)[1]["expires_at"] is None
    with api.session() as session:
        session.execute(sa.update(ApiKey).values(expires_at=datetime.now(UTC)))
    assert program.get("/api/auth/me").status_code == 401
    program, made = api.oscar.program()
    assert api.oscar.delete(f"/api/auth/keys/{made['id']}").status_code == 204
    assert program.get("/api/auth/me").status_code == 401
    assert api.oscar.delete(f"/api/auth/keys/{made['id']}").status_code == 404
    program, made = api.oscar.program()
    assert api.alice.patch(f"/api/users/{api.oscar.id}", {"role": "viewer"}).status_code == 200
    assert program.get("/api/auth/me").status_code == 401


FORBIDDEN = [
    ("POST", "/api/auth/keys", {"name": "more"}),
    ("GET", "/api/auth/keys", None),
    ("DELETE", "/api/auth/keys/1", None),
    ("POST", "/api/auth/keys/1/rotate", None),
    ("POST", "/api/auth/logout", None),
    ("POST", "/api/auth/change-password", {"current_password": "x", "new_password": "y"}),
    ("PATCH", "/api/users/1", {"role": "admin"}),
    ("GET", "/api/auth/sessions", None),
    ("DELETE", "/api/auth/sessions", None),
    ("DELETE", "/api/auth/sessions/00000000-0000-0000-0000-000000000000", None),
    ("POST", "/api/auth/reauthenticate", {"password": "x"}),
    ("POST", "/api/auth/factors/app", None),
    ("DELETE", "/api/users/1/factors", None),
    ("POST", "/api/users", {"username": "more"}),
    ("DELETE", "/api/users/1", None),
    ("POST", "/api/users/1/reset-password", None),
    ("POST", "/api/users/invitations", {"role": "admin"}),
    ("GET", "/api/users/invitations", None),
    ("DELETE", "/api/users/invitations/1", None),
    ("GET", "/api/users/1/keys", None),
    ("DELETE", "/api/users/1/keys/1", None),
]


@pytest.mark.parametrize("who", ["alice", "oscar", "adam", "vera"])
def test_a_key_gets_nobody_in_not_even_an_admins(api: Api, who: str) -> None:
    """Accounts, roles, passwords and keys are for people who signed in with their password."""
    program, _ = getattr(api, who).program()
    for method, path, body in FORBIDDEN:
        options = {} if body is None else {"json": body}
        assert program.request(method, path, **options).status_code == 403, path


def test_every_route_about_accounts_is_closed_to_keys_or_said_to_be_harmless(api: Api) -> None:
    """A new route about people, passwords or keys is noticed here."""
    harmless = {"/api/auth/me", "/api/users"}
    public = {"/api/auth/register", "/api/auth/join", "/api/auth/login", "/api/auth/refresh"}
    public |= {"/api/auth/login/code"}
    for rule in api.app.url_map.iter_rules():
        if rule.rule.startswith(("/api/auth", "/api/users")) and rule.rule not in public:
            access = access_of(api.app, rule.endpoint)
            assert access is not None
            reads = "GET" in (rule.methods or ())
            open_to_keys = access.permission in of_key(SCOPES)
            assert open_to_keys == (rule.rule in harmless and reads), rule.rule


def test_anothers_key_cannot_be_revoked_not_even_by_an_admin(api: Api) -> None:
    _, made = api.oscar.program()
    assert api.alice.delete(f"/api/auth/keys/{made['id']}").status_code == 404


def test_a_lost_password_is_replaced_on_the_command_line(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
    program, _ = api.oscar.program()
    assert api.oscar.get("/api/auth/me").status_code == 200
    run = CliRunner().invoke(commands.users, ["reset-password", "oscar"], catch_exceptions=False)
    password = run.output.split(" is ")[1].split(" ")[0]
    assert api.oscar.get("/api/auth/me").status_code == 401, "the old sign-ins are over"
    assert program.get("/api/auth/me").status_code == 401, "and the keys"
    again = api.client.post("/api/auth/login", json={"username": "oscar", "password": password})
    assert again.status_code == 200
    with pytest.raises(CrierError, match="there is no user nobody"):
        CliRunner().invoke(commands.users, ["reset-password", "nobody"], catch_exceptions=False)
