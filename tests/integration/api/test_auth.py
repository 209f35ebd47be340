"""Signing up, in and out."""

from tests.support.api import PASSWORD, Api


def test_a_person_signs_in_and_is_told_who_they_are(api: Api) -> None:
    answer = api.nobody.post("/api/auth/login", {"username": "ALICE", "password": PASSWORD})
    assert answer.status_code == 200
    token = answer.json["access_token"]
    me = api.nobody.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json["username"] == "alice"
    assert me.json["role"] == "admin"
    assert me.json["created_at"].endswith("Z")
