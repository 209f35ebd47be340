"""Security events: what each person sees of the own account, and admins of all."""

import pytest

from crier.services.errors import LimitedError
from crier.services.people import security_events, sign_ins
from tests.support.api import PASSWORD, Api, Person


def events(person: Person, query: str = "") -> list[tuple[str, str | None]]:
    """Kind and object of what a person sees, the newest first."""
    items = person.get(f"/api/security/events?{query}").json["items"]
    return [(event["kind"], event["object_id"]) for event in items]


def sign_in(api: Api, person: Person, agent: str, password: str = PASSWORD) -> int:
    body = {"username": person.name, "password": password}
    headers = {"User-Agent": agent}
    return api.nobody.post("/api/auth/login", body, headers=headers).status_code


def use(program: Person, path: str, address: str) -> int:
    return program.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_a_device_that_was_not_used_before_is_told_of_once(api: Api) -> None:
    adam = api.adam  # has a sign-in without a name of a device
    for agent in ("Firefox", "Firefox", "Phone", "Firefox"):
        assert sign_in(api, adam, agent) == 200
    found = api.adam.get("/api/security/events?kind=new_device").json["items"]
    assert [event["details"]["user_agent"] for event in found] == ["Phone", "Firefox"]
    assert {event["action"] for event in found} == {sign_ins.NEW_DEVICE}


def test_the_first_sign_in_of_an_account_tells_of_nothing(api: Api) -> None:
    made = api.alice.post("/api/users", {"username": "berta"}).json
    body = {"username": "berta", "password": made["password"]}
    assert api.nobody.post("/api/auth/login", body).status_code == 200
    assert ("new_device", str(made["id"])) not in events(api.alice)


def test_a_key_used_from_a_new_network_is_told_of_also_where_it_is_refused(api: Api) -> None:
    program, _ = api.oscar.program(scopes=["read"])
    assert use(program, "/api/bots", "192.0.2.1") == 200
    assert events(api.oscar, "kind=new_key_address") == [], "there is nothing to compare with"
    assert use(program, "/api/bots", "2001:db8::1") == 200
    assert use(program, "/api/bots", "2001:db8::2") == 200, "of the same network"
    assert use(program, "/api/bots", "192.0.2.1") == 200, "known"
    assert use(program, "/api/users", "198.51.100.7") == 403
    found = api.oscar.get("/api/security/events?kind=new_key_address").json["items"]
    networks = [event["details"]["network"] for event in found]
    assert networks == ["198.51.100.7", "2001:db8::/64"]
    assert found[0]["ip"] == "198.51.100.7"
    (key,) = api.oscar.get("/api/auth/keys").json["items"]
    assert key["last_used_ip"] == "198.51.100.7"


def test_a_key_remembers_its_last_networks_only(api: Api) -> None:
    program, _ = api.oscar.program()
    for number in range(security_events.NETWORKS + 2):
        use(program, "/api/auth/me", f"192.0.2.{number}")
    before = events(api.oscar, "kind=new_key_address")
    use(program, "/api/auth/me", "192.0.2.5")
    assert events(api.oscar, "kind=new_key_address") == before
    use(program, "/api/auth/me", "192.0.2.0")
    assert len(events(api.oscar, "kind=new_key_address")) == len(before) + 1


def test_a_key_over_its_limit_writes_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    program, _ = api.oscar.program(scopes=["read"])
    use(program, "/api/bots", "192.0.2.1")

    def refuse(*_: object, **__: object) -> None:
        raise LimitedError("too many wrong codes: try again in 1 s", 1)

    monkeypatch.setattr(api.deps.limits, "check", refuse)
    assert use(program, "/api/bots", "192.0.2.2") == 429
    monkeypatch.undo()
    assert events(api.oscar, "kind=new_key_address") == []


def test_each_sees_the_own_account_and_an_admin_all(api: Api) -> None:
    oscar, adam = str(api.oscar.id), str(api.adam.id)
    assert sign_in(api, api.adam, "Firefox", "a wrong one of these") == 401
    with api.session() as session:
        sign_ins.tell(session)
    assert api.alice.patch(f"/api/users/{oscar}", {"username": "otto"}).status_code == 200
    assert api.alice.patch(f"/api/users/{oscar}", {"may_review": False}).status_code == 200
    assert api.oscar.get("/api/analytics/export?dataset=bots&format=csv").status_code == 200
    assert events(api.adam) == [("failed_sign_in", adam)]
    assert events(api.oscar) == [("export", "bots"), ("role", oscar)], "a new name is none"
    everybody = [("export", "bots"), ("role", oscar), ("failed_sign_in", adam)]
    assert events(api.alice) == events(api.vera) == everybody
    assert events(api.alice, "mine=true") == [("role", oscar)], "who changed it"
    assert events(api.vera, "mine=true") == []


def test_a_kind_is_all_of_that_kind_and_nothing_else(api: Api) -> None:
    program, _ = api.oscar.program()
    use(program, "/api/bots", "192.0.2.1")
    use(program, "/api/bots", "192.0.2.2")
    sign_in(api, api.oscar, "Phone")
    told = events(api.oscar)
    assert {kind for kind, _ in told} == {"credentials", "new_key_address", "new_device"}
    for kind in security_events.KINDS:
        assert events(api.oscar, f"kind={kind}") == [event for event in told if event[0] == kind]


def test_events_are_found_by_person_and_time(api: Api) -> None:
    oscar = str(api.oscar.id)
    assert api.alice.patch(f"/api/users/{oscar}", {"may_review": False}).status_code == 200
    assert sign_in(api, api.oscar, "Phone") == sign_in(api, api.adam, "Phone") == 200
    of_oscar = [("new_device", oscar), ("role", oscar)]
    assert events(api.alice, f"person={str(api.oscar.name).upper()}") == of_oscar
    assert events(api.alice, f"person={api.alice.name}") == [("role", oscar)], "alice did it"
    assert events(api.adam, f"person={api.oscar.name}") == [], "others are not seen by name either"
    at = api.alice.get(f"/api/security/events?person={api.oscar.name}").json["items"][0]["at"]
    assert events(api.alice, f"person={api.oscar.name}&until={at}") == of_oscar[1:]
    assert events(api.alice, f"person={api.oscar.name}&since={at}") == of_oscar[:1]


def test_no_key_sees_them(api: Api) -> None:
    program, _ = api.alice.program()
    assert program.get("/api/security/events").status_code == 403
