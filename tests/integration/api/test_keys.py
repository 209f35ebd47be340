"""`crier keys rotate` while everything runs."""

import threading

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from crier.errors import CrierError
from crier.secrets.vault import WEBHOOK_SECRET
from crier.services.system import commands, key_rotation
from crier.storage.models.bots import Bot
from tests.support.api import Api
from tests.support.factories import new_bot

BOTS = 450


def token(number: int) -> str:
    return f"{number + 1000}:{'A' * 34}{number % 10}"


@pytest.fixture(autouse=True)
def environment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))


def add_bots(api: Api, count: int = BOTS) -> None:
    vault = api.deps.vault
    rows = [
        new_bot(
            vault,
            token(n),
            owner=api.alice.id,
            telegram_id=n + 1000,
            webhook_secret=vault.seal("hook", WEBHOOK_SECRET) if n % 2 else None,
        )
        for n in range(count)
    ]
    with api.session() as session:
        session.add_all(rows)


def rotate(*options: str) -> Result:
    return CliRunner().invoke(commands.keys, ["rotate", *options], catch_exceptions=False)


def test_everything_is_sealed_anew_and_found_again(api: Api) -> None:
    add_bots(api)
    kept = api.alice.post("/api/auth/keys", {"name": "k"}, headers={"Idempotency-Key": "i"}).json
    old = api.deps.vault.keys.newest.id
    result = rotate()
    assert result.output.startswith(f"{BOTS + BOTS // 2 + 1} secrets are sealed anew")
    vault = api.deps.vault
    assert vault.keys.newest.id != old
    with api.session() as session:
        for bot in session.scalars(sa.select(Bot)):
            assert bot.bot_token.startswith(vault.newest_prefix)
            assert vault.open(bot.bot_token) == token(bot.telegram_id - 1000)
            assert bot.token_fingerprint == vault.fingerprint(token(bot.telegram_id - 1000))
    again = api.alice.post("/api/auth/keys", {"name": "k"}, headers={"Idempotency-Key": "i"}).json
    assert again == {**kept, "key": None}, "no replay shows a secret again"
    actions = [line["action"] for line in api.alice.get("/api/audit").json["items"]]
    assert "keys.rotate" in actions


def test_a_token_changed_meanwhile_is_kept_and_readers_never_fail(api: Api) -> None:
    add_bots(api)
    vault, stop, problems = api.deps.vault, threading.Event(), []

    def change_and_read() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % BOTS
            try:
                with api.session() as session:
                    bot = session.scalars(
                        sa.select(Bot).filter_by(telegram_id=1000 + number).with_for_update()
                    ).one()
                    vault.open(bot.bot_token)
                    bot.bot_token = vault.seal(f"{1000 + number}:{'B' * 35}")
            except CrierError as error:
                problems.append(str(error))

    thread = threading.Thread(target=change_and_read)
    thread.start()
    rotate()
    stop.set()
    thread.join()
    assert problems == []
    with api.session() as session:
        sealed = list(session.scalars(sa.select(Bot.bot_token)))
    assert all(text.startswith(vault.newest_prefix) for text in sealed)
    assert {vault.open(text)[-1] for text in sealed} >= {"B"}


def test_two_rotations_do_not_run_at_once(api: Api) -> None:
    with psycopg.connect(api.settings.database_url) as connection:
        connection.execute(f"SELECT pg_advisory_lock({key_rotation._LOCK})".encode())
        with pytest.raises(CrierError, match="another rotation"):
            key_rotation.seal_anew(api.deps.engine, api.deps.vault)


def test_keys_given_in_a_setting_are_changed_there(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_bots(api, 3)
    (old,) = api.deps.vault.keys.keys()
    new = "a-new-key-of-at-least-32-characters-0123456789"
    monkeypatch.setenv("CRIER_TOKEN_KEYS", f"{new},{old.text}")
    assert rotate().output.startswith("4 secrets are sealed anew")
    monkeypatch.setenv("CRIER_JWT_KEYS", new)
    with pytest.raises(CrierError, match="change them there"):
        rotate("--signing")


def test_signing_keys_rotate_without_signing_anybody_out(api: Api) -> None:
    before = api.deps.signing.newest.id
    rotate("--signing")
    assert api.deps.signing.newest.id != before
    assert api.alice.get("/api/auth/me").status_code == 200
