"""One-time codes and recovery codes: added, asked for, counted once, required, taken away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyotp
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from limits import parse

from crier.api.http import logins
from crier.errors import CrierError
from crier.secrets.keyring import new_key
from crier.secrets.vault import ONE_TIME_CODE
from crier.services.people import challenges
from crier.services.system import key_rotation
from crier.services.system import user_commands as commands
from crier.storage.models.people import OneTimeCode, RecoveryCode
from tests.support.api import PASSWORD, Api, ApiResponse, Person, make_settings
from tests.support.waiting import until

KIND = "urn:crier:problem:second-factor-required"


class App(NamedTuple):
    """An app that somebody has, the code that confirmed it, and the recovery codes."""

    totp: pyotp.TOTP
    spent: str
    recovery_codes: list[str]


def add_app(person: Person) -> App:
    """Give somebody an app."""
    begun = person.post("/api/auth/factors/app").json
    totp = pyotp.TOTP(begun["secret"])
    code = totp.now()
    answer = person.post("/api/auth/factors/app/confirm", {"code": code})
    assert answer.status_code == 200, answer.text
    return App(totp, code, answer.json["recovery_codes"])


def forget_step(api: Api) -> None:
    """Let the present code be as good as the next one, without waiting for it."""
    with api.session() as session:
        session.execute(sa.update(OneTimeCode).values(last_step=0))


def first_step(api: Api, person: Person) -> str:
    answer = api.nobody.post("/api/auth/login", {"username": person.name, "password": PASSWORD})
    assert answer.status_code == 202, answer.text
    assert set(answer.json) == {"challenge", "expires_in", "factors"}
    return str(answer.json["challenge"])


def second_step(api: Api, challenge: str, code: str) -> ApiResponse:
    return api.nobody.post("/api/auth/login/code", {"challenge": challenge, "code": code})


def wrong(app: pyotp.TOTP) -> str:
    """Six digits that are no code of the app now, before or after."""
    near = {app.at(datetime.now(UTC), counter_offset=offset) for offset in range(-3, 4)}
    return next(code for number in range(10) if (code := f"{number:06}") not in near)


def test_a_password_alone_no_longer_signs_in_and_a_code_counts_once(api: Api) -> None:
    app, spent, _ = add_app(api.oscar)
    assert second_step(api, first_step(api, api.oscar), spent).status_code == 401
    forget_step(api)
    challenge, code = first_step(api, api.oscar), app.now()
    assert second_step(api, challenge, wrong(app)).status_code == 401
    answer = second_step(api, challenge, code)
    assert answer.json["user"]["username"] == "oscar"
    assert second_step(api, challenge, code).status_code == 401
    assert second_step(api, "v1.x.y", code).status_code == 401
    lines = api.alice.get("/api/audit?actor=oscar").json["items"]
    told = [(line["action"], line["details"].get("factor")) for line in lines]
    assert ("user.sign_in", "app") in told
    assert ("user.second_step_failed", None) in told
    assert ("user.add_factor", "app") in told


@pytest.mark.parametrize("kind", [OneTimeCode, RecoveryCode])
def test_a_code_counts_once_for_two_at_the_same_instant(
    api: Api, kind: type[OneTimeCode | RecoveryCode]
) -> None:
    app, _, codes = add_app(api.oscar)
    forget_step(api)
    begun = [first_step(api, api.oscar) for _ in range(2)]
    code = app.now() if kind is OneTimeCode else codes[0]
    with ThreadPoolExecutor(2) as pool:
        with api.session() as session:
            session.scalars(sa.select(kind).with_for_update()).all()
            steps = [pool.submit(second_step, api, one, code) for one in begun]
            until(lambda: waiting(api) == 2)
        assert sorted(step.result().status_code for step in steps) == [200, 401]


def waiting(api: Api) -> int:
    """Return how many transactions of the database wait for a lock."""
    where = "datname = current_database() AND wait_event_type = 'Lock'"
    with api.session() as session:
        return int(
            session.scalar(sa.text(f"SELECT count(*) FROM pg_stat_activity WHERE {where}")) or 0
        )


def test_an_app_begun_twice_at_the_same_instant_is_that_of_the_last(api: Api) -> None:
    with ThreadPoolExecutor(4) as pool:
        oscar = api.oscar
        begun = list(pool.map(lambda _: oscar.post("/api/auth/factors/app"), range(4)))
    assert [answer.status_code for answer in begun] == [201] * 4
    with api.session() as session:
        kept = api.deps.vault.open(session.query(OneTimeCode).one().secret, ONE_TIME_CODE)
    assert kept in {answer.json["secret"] for answer in begun}


def test_each_recovery_code_signs_in_once_and_new_ones_void_the_old(api: Api) -> None:
    codes = add_app(api.oscar).recovery_codes
    assert len(set(codes)) == 10
    first, second, *_ = codes
    typed = first.upper().replace("-", " ")
    assert second_step(api, first_step(api, api.oscar), typed).status_code == 200
    assert second_step(api, first_step(api, api.oscar), first).status_code == 401
    assert api.oscar.get("/api/auth/factors").json["recovery_codes_left"] == 9
    new = api.oscar.post("/api/auth/factors/recovery-codes").json["recovery_codes"]
    assert second_step(api, first_step(api, api.oscar), second).status_code == 401
    assert second_step(api, first_step(api, api.oscar), new[0]).status_code == 200


def test_an_app_counts_only_once_it_is_confirmed_and_other_sign_ins_end_then(api: Api) -> None:
    oscar, other = api.oscar, api.sign_in("oscar")
    begun = oscar.post("/api/auth/factors/app").json
    assert begun["uri"].startswith("otpauth://totp/Crier:oscar?secret=")
    assert {len(row) for row in begun["qr"]} == {len(begun["qr"])}
    login = {"username": "oscar", "password": PASSWORD}
    assert api.nobody.post("/api/auth/login", login).status_code == 200, "not confirmed"
    app = pyotp.TOTP(begun["secret"])
    path = "/api/auth/factors/app/confirm"
    assert api.oscar.post(path, {"code": wrong(app)}).status_code == 422
    assert api.oscar.post(path, {"code": app.now()}).status_code == 200
    assert other.get("/api/auth/me").status_code == 401
    assert api.oscar.get("/api/auth/me").status_code == 200
    assert api.oscar.post("/api/auth/factors/app").status_code == 409
    assert api.oscar.post(path, {"code": app.now()}).status_code == 409


def test_the_app_is_removed_with_its_recovery_codes(api: Api) -> None:
    add_app(api.oscar)
    challenge = first_step(api, api.oscar)
    assert api.oscar.delete("/api/auth/factors/app").status_code == 204
    assert api.oscar.delete("/api/auth/factors/app").status_code == 404
    found = api.oscar.get("/api/auth/factors").json
    assert (found["app_added_at"], found["recovery_codes_left"]) == (None, 0)
    assert api.oscar.post("/api/auth/factors/recovery-codes").status_code == 409
    login = {"username": "oscar", "password": PASSWORD}
    assert api.nobody.post("/api/auth/login", login).status_code == 200
    app = pyotp.TOTP(api.oscar.post("/api/auth/factors/app").json["secret"])
    assert second_step(api, challenge, app.now()).status_code == 401, "not confirmed"


def test_an_admin_takes_factors_away_and_the_sign_ins_end(api: Api) -> None:
    add_app(api.oscar)
    assert api.alice.delete(f"/api/users/{api.oscar.id}/factors").status_code == 204
    assert api.oscar.get("/api/auth/me").status_code == 401
    body = {"username": "oscar", "password": PASSWORD}
    assert api.nobody.post("/api/auth/login", body).status_code == 200
    lines = api.alice.get("/api/audit?action=user.remove_factors").json["items"]
    assert [line["object_id"] for line in lines] == [str(api.oscar.id)]


def test_factors_are_taken_away_on_the_command_line(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
    add_app(api.oscar)
    run = CliRunner().invoke(commands.users, ["remove-factors", "oscar"], catch_exceptions=False)
    assert run.output == "oscar has no second factor any more\n"
    assert api.oscar.get("/api/auth/me").status_code == 401
    body = {"username": "oscar", "password": PASSWORD}
    assert api.nobody.post("/api/auth/login", body).status_code == 200
    (line,) = api.alice.get("/api/audit?action=user.remove_factors").json["items"]
    assert (line["actor"], line["object_id"]) == ("system", str(api.oscar.id))
    with pytest.raises(CrierError, match="there is no user nobody"):
        CliRunner().invoke(commands.users, ["remove-factors", "nobody"], catch_exceptions=False)


def test_a_deleted_account_leaves_no_factor(api: Api) -> None:
    add_app(api.oscar)
    assert api.alice.delete(f"/api/users/{api.oscar.id}").status_code == 204
    with api.session() as session:
        assert session.query(OneTimeCode).all() == []
        assert session.query(RecoveryCode).all() == []


@pytest.mark.parametrize("change", ["late", "password", "role", "deactivated"])
def test_a_challenge_ends_with_its_time_and_with_what_it_was_made_for(
    api: Api, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    codes = add_app(api.oscar).recovery_codes
    if change == "late":
        monkeypatch.setattr(challenges, "LIFETIME", timedelta(seconds=0))
    challenge = first_step(api, api.oscar)
    path = f"/api/users/{api.oscar.id}"
    if change == "password":
        assert api.alice.post(f"{path}/reset-password").status_code == 200
    if change == "role":
        assert api.alice.patch(path, {"role": "viewer"}).status_code == 200
    if change == "deactivated":
        assert api.alice.patch(path, {"is_active": False}).status_code == 200
    assert second_step(api, challenge, codes[0]).status_code == 401


def test_the_secret_lies_sealed_and_is_sealed_anew_with_a_new_key(api: Api) -> None:
    app, _, codes = add_app(api.oscar)
    with api.session() as session:
        before = session.query(OneTimeCode).one().secret
        hashes = [row.code_hash for row in session.query(RecoveryCode)]
    assert app.secret not in before
    assert not any(code.encode() in stored for code in codes for stored in hashes)
    ring = api.deps.vault.keys
    ring.put((new_key(), *ring.keys()))
    key_rotation.seal_anew(api.deps.engine, api.deps.vault)
    with api.session() as session:
        after = session.query(OneTimeCode).one().secret
    assert after.startswith(api.deps.vault.newest_prefix)
    assert after != before
    assert api.deps.vault.open(after, ONE_TIME_CODE) == app.secret
    assert second_step(api, first_step(api, api.oscar), codes[0]).status_code == 200


@contextmanager
def another(database_url: str, redis_url: str, folder: Path, **more: str) -> Iterator[Api]:
    made = Api(make_settings(database_url, redis_url, folder, **more))
    made.person("alice", "admin")
    try:
        yield made
    finally:
        made.close()


def test_codes_are_not_guessed_from_many_addresses(
    database_url: str, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_CODES", parse("3 per hour"))
    with another(database_url, valkey_url, tmp_path, CRIER_API_LIMITS="on") as api:
        app, _, codes = add_app(api.oscar)
        challenge = first_step(api, api.oscar)

        def guess(code: str, address: str) -> int:
            body: dict[str, Any] = {"challenge": challenge, "code": code}
            where = {"REMOTE_ADDR": address}
            answer = api.nobody.post("/api/auth/login/code", body, environ_overrides=where)
            return answer.status_code

        tries = [guess(wrong(app), f"10.0.{n}.1") for n in range(4)]
        assert tries == [401, 401, 401, 429]
        assert guess(codes[0], "10.1.1.1") == 429


def test_a_role_that_must_have_a_factor_can_do_nothing_but_add_one(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    more = {"CRIER_REQUIRE_SECOND_FACTOR": "operator"}
    with another(database_url, valkey_url, tmp_path, **more) as api:
        refused = api.oscar.get("/api/bots")
        assert (refused.status_code, refused.json["type"]) == (403, KIND)
        assert api.oscar.get("/api/auth/me").json["must_add_factor"]
        assert api.oscar.get("/api/auth/factors").json["required"]
        assert api.vera.get("/api/bots").status_code == 200
        assert not api.vera.get("/api/auth/me").json["must_add_factor"]
        add_app(api.oscar)
        assert api.oscar.get("/api/bots").status_code == 200
        assert not api.oscar.get("/api/auth/me").json["must_add_factor"]
