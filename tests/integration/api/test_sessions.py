"""Sign-ins: which there are, ending one or all others, and how long they last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crier.storage.models.people import AuthSession
from tests.support.api import PASSWORD, Api, Person, make_settings


def sign_in(api: Api, person: Person, agent: str = "Firefox") -> tuple[Person, str]:
    """Another sign-in of a person, and its refresh token."""
    body = {"username": person.name, "password": PASSWORD}
    answer = api.nobody.post("/api/auth/login", body, headers={"User-Agent": agent}).json
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    return Person(api, person.name, person.id, headers), answer["refresh_token"]


def listed(person: Person) -> list[Any]:
    items: list[Any] = person.get("/api/auth/sessions").json["items"]
    return items


def test_people_see_their_sign_ins_with_device_address_and_which_one_asks(api: Api) -> None:
    phone, _ = sign_in(api, api.oscar, "Phone")
    assert api.olga.get("/api/auth/me").status_code == 200
    newest, oldest = listed(phone)
    assert (newest["user_agent"], newest["ip"], newest["current"]) == ("Phone", "127.0.0.1", True)
    assert not oldest["current"]
    first = phone.get("/api/auth/sessions?limit=1").json
    second = phone.get(f"/api/auth/sessions?limit=1&cursor={first['next_cursor']}").json
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [newest["id"], oldest["id"]]


def test_one_sign_in_is_ended_at_once_and_only_ones_own(api: Api) -> None:
    phone, refresh = sign_in(api, api.oscar, "Phone")
    path = f"/api/auth/sessions/{listed(phone)[0]['id']}"
    assert api.alice.delete(path).status_code == 404
    assert api.oscar.delete(path).status_code == 204
    assert phone.get("/api/auth/me").status_code == 401
    headers = {"Authorization": f"Bearer {refresh}"}
    assert api.nobody.post("/api/auth/refresh", headers=headers).status_code == 401
    assert api.oscar.delete(path).status_code == 404
    assert len(listed(api.oscar)) == 1
    assert api.oscar.delete("/api/auth/sessions/x").status_code == 404


def test_all_others_are_ended_and_the_audit_log_says_so(api: Api) -> None:
    others = [sign_in(api, api.oscar)[0] for _ in range(3)]
    assert api.oscar.delete("/api/auth/sessions").status_code == 204
    assert [other.get("/api/auth/me").status_code for other in others] == [401] * 3
    assert api.oscar.get("/api/auth/me").status_code == 200
    lines = api.alice.get("/api/audit?action=user.end_other_sessions").json["items"]
    assert [line["actor"] for line in lines] == ["oscar"]


def test_a_sign_in_lasts_as_the_settings_say_and_a_refresh_moves_only_its_idle_end(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    limits = {"CRIER_SESSION_IDLE": "2", "CRIER_SESSION_LONGEST": "24"}
    api = Api(make_settings(database_url, valkey_url, tmp_path, **limits))
    person, refresh = sign_in(api, api.oscar)
    end = datetime.fromisoformat(listed(person)[0]["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=55) < end <= timedelta(hours=2)
    began = datetime.now(UTC) - timedelta(hours=23)
    with api.session() as session:
        session.execute(sa.update(AuthSession).values(created_at=began))
    headers = {"Authorization": f"Bearer {refresh}"}
    answer = api.nobody.post("/api/auth/refresh", headers=headers)
    assert answer.status_code == 200
    with api.session() as session:
        ends = session.scalar(sa.select(sa.func.min(AuthSession.expires_at)))
        assert ends == began + timedelta(hours=24), "an hour from now, not two"
        session.execute(sa.update(AuthSession).values(expires_at=datetime.now(UTC)))
    headers = {"Authorization": f"Bearer {answer.json['refresh_token']}"}
    assert api.nobody.post("/api/auth/refresh", headers=headers).status_code == 401
    assert person.get("/api/auth/me").status_code == 401
    api.close()
