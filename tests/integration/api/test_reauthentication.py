"""Asking a person again before what cannot be undone, gives power, or takes data out."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa

from crier.api.http.access import access_of
from crier.storage.models.people import AuthSession
from tests.support.api import PASSWORD, Api, Person, wrong_fields
from tests.support.factories import new_bot

KIND = "urn:crier:problem:reauthentication-required"
ASKS: Final = {
    "users.create_user",
    "users.change_user",
    "users.delete_user",
    "users.reset_user_password",
    "organisations.create_organisation",
    "organisations.rename_organisation",
    "organisations.delete_organisation",
    "organisations.add_member",
    "organisations.change_member",
    "organisations.remove_member",
    "organisations.leave_organisation",
    "organisations.change_quotas",
    "organisations.invite_member",
    "invitations.create_invitation",
    "auth.create_key",
    "auth.rotate_key",
    "factors.begin_app",
    "factors.confirm_app",
    "factors.remove_app",
    "factors.renew_recovery_codes",
    "factors.remove_factors",
    "passkeys.begin_passkey",
    "passkeys.add_passkey",
    "passkeys.remove_passkey",
    "identities.begin_identity",
    "identities.link_identity",
    "identities.unlink_identity",
    "identities.unlink_identities",
    "mail.set_mail",
    "mail.remove_mail",
    "notices.begin_chat_link",
    "notices.unlink_chat",
    "workspace.change_workspace",
    "bots.delete_bot",
    "privacy.export_person",
    "privacy.erase_person",
    "reauthentication.fresh",
}


def age(api: Api, minutes: int) -> None:
    """Let every sign-in be that old."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    with api.session() as session:
        session.execute(sa.update(AuthSession).values(authenticated_at=then))


def is_asked(person: Person, method: str, path: str, **options: Any) -> bool:
    answer = person.request(method, path, **options)
    asked: bool = answer.status_code == 403 and answer.json["type"] == KIND
    return asked


def test_what_asks_is_what_the_decision_says(api: Api) -> None:
    routes = {
        rule.endpoint: access_of(api.app, rule.endpoint) for rule in api.app.url_map.iter_rules()
    }
    assert {name for name, access in routes.items() if access and access.fresh} == ASKS


def test_an_old_sign_in_is_asked_until_the_password_is_given(api: Api) -> None:
    body = {"role": "viewer"}
    path = f"/api/users/{api.adam.id}"
    assert not is_asked(api.alice, "PATCH", path, json={"role": "operator"})
    age(api, 21)
    assert is_asked(api.alice, "PATCH", path, json=body)
    assert api.alice.get(path + "/keys").status_code == 200
    wrong = api.alice.post("/api/auth/reauthenticate", {"password": "another one or so"})
    assert wrong_fields(wrong) == {"password"}
    assert is_asked(api.alice, "GET", "/api/auth/fresh")
    answer = api.alice.post("/api/auth/reauthenticate", {"password": PASSWORD}).json
    span = datetime.fromisoformat(answer["fresh_until"]) - datetime.fromisoformat(
        answer["authenticated_at"]
    )
    assert span == timedelta(minutes=20)
    assert api.alice.get("/api/auth/fresh").json == answer
    assert api.alice.patch(path, body).json["role"] == "viewer"
    lines = api.alice.get("/api/audit?action=user.reauthenticate").json["items"]
    assert [line["actor"] for line in lines] == ["alice"]


def test_a_refresh_proves_nothing(api: Api) -> None:
    body = {"username": api.oscar.name, "password": PASSWORD}
    pair = api.nobody.post("/api/auth/login", body).json
    age(api, 21)
    pair = api.oscar.bearing(pair["refresh_token"]).post("/api/auth/refresh").json
    assert is_asked(api.oscar.bearing(pair["access_token"]), "GET", "/api/auth/fresh")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/analytics/export?dataset=subscribers&format=csv", None),
        ("POST", "/api/analytics/exports", {"dataset": "messages"}),
        ("PATCH", "/api/bots/{bot_id}", {"bot_token": "1234:" + "B" * 35}),
    ],
)
def test_what_depends_on_the_body_asks_too_and_programs_are_not_asked(
    api: Api, method: str, path: str, body: Any
) -> None:
    bot = new_bot(api.deps.vault, "1234:" + "A" * 35, owner=api.oscar.id)
    with api.session() as session:
        session.add(bot)
    program, _ = api.oscar.program()
    age(api, 21)
    given = {} if body is None else {"json": body}
    path = path.format(bot_id=bot.id)
    assert is_asked(api.oscar, method, path, **given)
    assert program.request(method, path, **given).status_code in (200, 202, 502)
    assert api.oscar.get("/api/analytics/export?dataset=bots&format=csv").status_code == 200
    assert api.oscar.patch(f"/api/bots/{bot.id}", {"bot_name": "News"}).status_code == 200


def test_a_wrong_proof_counts_as_a_failed_sign_in(api: Api) -> None:
    api.oscar.post("/api/auth/reauthenticate", {"password": "not the right one"})
    with api.session() as session:
        counted = session.scalar(sa.text("SELECT count FROM failed_sign_ins"))
    assert counted == 1
