"""Rate limits by user and address, in Redis and without it; failed sign-ins."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from limits import parse
from limits.errors import StorageError

from crier.api.http import limits, logins
from crier.api.server.bridge import ANSWER_AFTER_S
from crier.services.people import passwords
from tests.support.api import PASSWORD, Api, ApiResponse, Person, checked_out, make_settings


@contextmanager
def limited(database_url: str, redis_url: str, folder: Path) -> Iterator[Api]:
    made = Api(make_settings(database_url, redis_url, folder, CRIER_API_LIMITS="on"))
    made.person("alice", "admin")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    with limited(database_url, valkey_url, tmp_path / "data") as made:
        yield made


def login(api: Api, name: str, password: str = PASSWORD, address: str = "10.0.0.1") -> ApiResponse:
    body = {"username": name, "password": password}
    return api.nobody.post("/api/auth/login", body, environ_overrides={"REMOTE_ADDR": address})


def spend(person: Person, count: int, path: str = "/api/auth/me") -> list[int]:
    return [person.get(path).status_code for _ in range(count)]


def test_every_answer_says_where_the_caller_stands(api: Api) -> None:
    first, second = api.alice.get("/api/auth/me"), api.alice.get("/api/auth/me")
    assert first.headers["X-RateLimit-Limit"] == "600"
    assert first.headers["X-RateLimit-Remaining"] == "599"
    assert second.headers["X-RateLimit-Remaining"] == "598"
    assert int(first.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert "Retry-After" not in first.headers


def test_each_question_to_redis_is_timed_and_a_failed_one_is_an_error(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.alice.get("/api/auth/me")
    cell = api.deps.samples.take(unfinished=True).popitem()[1]["cache", ""]
    assert (cell.count, cell.errors, sum(cell.latency)) == (1, 0, 1)

    def away(*_: object) -> None:
        raise StorageError(OSError("gone"))

    monkeypatch.setattr(api.deps.limits._redis, "hit", away)
    api.alice.get("/api/auth/me")
    cell = api.deps.samples.take(unfinished=True).popitem()[1]["cache", ""]
    assert (cell.count, cell.errors) == (0, 1)


def test_the_601st_request_of_a_user_in_a_minute_is_429_and_others_go_on(api: Api) -> None:
    assert set(spend(api.oscar, 600)) == {200}
    answer = api.oscar.get("/api/auth/me")
    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert api.alice.get("/api/auth/me").status_code == 200


def test_the_11th_login_of_an_address_in_a_minute_is_429(api: Api) -> None:
    statuses = [login(api, "alice").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert login(api, "alice", address="10.0.0.2").status_code == 200


def test_bad_credentials_are_counted_by_address(api: Api) -> None:
    statuses = spend(api.nobody, 601)
    assert statuses == [401] * 600 + [429]


def test_failures_for_a_name_are_refused_at_their_address_and_nowhere_else(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_PAIR", parse("3 per 5 minutes"))
    assert [login(api, "alice", "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    refused = login(api, "alice")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert login(api, "alice", address="10.9.9.9").status_code == 200


def test_a_proof_is_no_better_place_to_guess_than_the_sign_in(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_PAIR", parse("3 per 5 minutes"))
    here = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.1"}}
    wrong = {"password": "not the right one"}
    prove = [api.alice.post("/api/auth/reauthenticate", wrong, **here) for _ in range(2)]
    assert [answer.status_code for answer in prove] == [422, 422]
    assert [login(api, "alice", "wrong").status_code for _ in range(2)] == [401, 429]
    right = api.alice.post("/api/auth/reauthenticate", {"password": PASSWORD}, **here)
    assert right.status_code == 429


def test_failures_from_everywhere_slow_and_never_refuse(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_NAME", parse("3 per hour"))
    seen: list[dict[str, Any]] = []
    answer = api.app.wsgi_app

    def watched(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(environ)
        return answer(environ, start_response)

    monkeypatch.setattr(api.app, "wsgi_app", watched)
    statuses = {login(api, "alice", "wrong", f"10.1.0.{n}").status_code for n in range(6)}
    assert statuses == {401}
    waits = [environ.get(ANSWER_AFTER_S) for environ in seen]
    assert waits == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0], "the server keeps the answer for so long"
    assert login(api, "alice", address="10.1.0.99").status_code == 200
    assert ANSWER_AFTER_S not in seen[-1]


def test_nothing_is_held_while_a_password_is_computed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    compute = passwords._compute

    def watched(*given: Any) -> Any:
        held.append(checked_out(api.deps.engine))
        return compute(*given)

    monkeypatch.setattr(passwords, "_compute", watched)
    new = {"username": "bob", "password": "nine dry badgers"}
    key = {"Idempotency-Key": "1"}
    assert api.nobody.post("/api/auth/register", new, headers=key).status_code == 201
    assert api.nobody.post("/api/auth/register", new, headers=key).status_code == 201, "a replay"
    assert login(api, "bob", new["password"]).status_code == 200
    assert login(api, "nobody", "wrong").status_code == 401
    change = {"current_password": PASSWORD, "new_password": "ten dry badgers!"}
    assert api.alice.post("/api/auth/change-password", change).status_code == 204
    assert login(api, "alice", change["new_password"]).status_code == 200
    assert held
    assert set(held) == {0}


def test_more_passwords_at_a_time_than_can_be_computed_are_429(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    with passwords._places:
        refused = login(api, "alice")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert login(api, "alice").status_code == 200


def test_passwords_are_computed_at_the_lowest_priority_and_nothing_else_is() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = priority()
    assert passwords._compute(priority) == 19
    assert priority() == before


def test_what_would_be_refused_is_not_computed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_compute", lambda *_: pytest.fail("it was computed"))
    for username, password, status in (
        ("alice", "nine dry badgers", 409),
        ("bob", "password1234", 422),
    ):
        body = {"username": username, "password": password}
        assert api.nobody.post("/api/auth/register", body).status_code == status


@pytest.mark.parametrize(
    ("spread", "allowed"),
    [
        (lambda n: f"2001:db8:0:1::{n:x}", 10),  # of one /64
        (lambda n: f"2001:db8:0:{n:x}::1", 40),  # of one /56
        (lambda n: f"2001:db8:0:{n:x}00::1", 160),  # of one /48
        (lambda n: f"::ffff:192.0.2.{n % 2}", 20),  # two IPv4 addresses
        (lambda n: f"2002:c000:0201:{n:x}::1", 10),  # 6to4 of one IPv4 address
    ],
    ids=["64", "56", "48", "mapped", "6to4"],
)
def test_networks_of_one_client_share_its_limits(
    api: Api, monkeypatch: pytest.MonkeyPatch, spread: Callable[[int], str], allowed: int
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda *_: False)
    answers = [login(api, f"name{n}", "wrong", spread(n)) for n in range(allowed + 20)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [401] * allowed + [429] * 20
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert login(api, "alice", "wrong", "2001:db8:9::1").status_code == 401, "others go on"


def test_registrations_of_a_network_share_its_limits(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _: "hash")
    statuses = [
        api.nobody.post(
            "/api/auth/register",
            {"username": f"name{n}", "password": "nine dry badgers"},
            environ_overrides={"REMOTE_ADDR": f"2001:db8:0:1::{n:x}"},
        ).status_code
        for n in range(25)
    ]
    assert statuses == [201] * 20 + [429] * 5


def test_failures_for_a_name_count_for_the_whole_64(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_PAIR", parse("3 per 5 minutes"))
    tries = [login(api, "alice", "wrong", f"2001:db8::{n:x}").status_code for n in range(4)]
    assert tries == [401, 401, 401, 429]


def test_a_success_forgets_the_failures(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_PAIR", parse("2 per 5 minutes"))
    for _ in range(3):
        assert login(api, "alice", "wrong").status_code == 401
        assert login(api, "alice").status_code == 200


def test_without_redis_limits_go_on_in_memory_and_come_back(
    database_url: str, tmp_path: Path
) -> None:
    with limited(database_url, f"unix://{tmp_path}/nobody.sock", tmp_path / "data") as api:
        assert [login(api, "alice").status_code for _ in range(11)] == [200] * 10 + [429]
        assert api.deps.limits.degraded


def test_two_processes_count_together(api: Api) -> None:
    other = Api(api.settings)
    for _ in range(5):
        assert login(api, "alice").status_code == 200
        assert login(other, "alice").status_code == 200
    assert login(other, "alice").status_code == 429
    other.close()


def test_limits_can_be_switched_off_and_the_start_says_so(tmp_path: Path) -> None:
    settings = make_settings("postgresql://127.0.0.1:1/x", "redis://127.0.0.1:1", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr(limits.log, "warning", lambda event, **_: said.append(event))
        Api(settings).close()
    assert said == ["rate_limits_are_off"]


def test_liveness_is_not_limited(api: Api) -> None:
    assert set(spend(api.nobody, 700, "/healthz")) == {200}
