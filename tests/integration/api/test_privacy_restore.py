"""Who was erased stays erased when a backup of before is restored."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.secrets.vault import Vault
from crier.services.privacy import erasing, outside
from crier.services.system import commands, key_rotation
from crier.settings import APPLICATION_ROLE, OWNER_ROLE
from crier.stack.postgres import binary
from crier.storage import grants
from crier.storage.engine import make_engine
from tests.support import person as people
from tests.support.api import Api, make_settings
from tests.support.person import CHAT, World
from tests.support.postgres import Cluster
from tests.support.waiting import until
from tests.support.workers import Workers

OTHERS = "something else"


@pytest.fixture
def world(api: Api) -> World:
    return people.make_world(api)


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """An empty database of the owner's, for a backup."""
    with cluster.database(template=None) as url:
        yield url


def restore(dump: str, url: str) -> str:
    """Restore a dump as its owner; return the URL of the application's role."""
    subprocess.run(
        [binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", url],
        input=dump, text=True, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = public")
        grants.grant(connection, APPLICATION_ROLE)
    return url.replace(f"//{OWNER_ROLE}@", f"//{APPLICATION_ROLE}@")


def erase(api: Api, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Erase the person and the first bot, to the end; return the list outside."""
    monkeypatch.setattr(erasing, "SETTLED", erasing.SETTLED * 0)
    assert api.alice.post("/api/people/erase", {"chat_id": CHAT}).status_code == 202
    assert api.oscar.delete("/api/bots/1").status_code == 204
    path = outside.list_of(api.settings)
    outside.keep(api.deps.sessions, path)
    people.carry_out(api)
    return path


def test_a_restored_backup_forgets_again_who_was_erased_after_it(
    api: Api,
    world: World,
    database_url: str,
    empty: str,
    valkey_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup = people.dump(database_url)
    assert set(people.marks_in(backup)) == set(people.MARKS)
    path = erase(api, monkeypatch)
    assert people.marks_in(people.dump(database_url)) == []
    assert people.marks_in(path.read_text()) == []
    assert path.stat().st_mode & 0o077 == 0

    restored = restore(backup, empty)
    assert set(people.marks_in(people.dump(restored))) == set(people.MARKS)
    again = Api(make_settings(restored, valkey_url, tmp_path / "data"))
    try:
        assert again.sign_in("oscar").get("/api/bots/1").status_code == 200
        monkeypatch.setenv("CRIER_DATABASE_URL", restored)
        monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
        run = CliRunner().invoke(commands.people, ["reapply-erasures"], catch_exceptions=False)
        assert run.output.startswith("2 erasures were not known")
        after = people.dump(restored)
        assert people.marks_in(after) == []
        assert OTHERS in after
        assert again.sign_in("oscar").get("/api/bots/1").status_code == 404
        run = CliRunner().invoke(commands.people, ["reapply-erasures"], catch_exceptions=False)
        assert run.output.startswith("0 erasures")
    finally:
        again.close()


def test_what_came_after_the_erasure_survives_its_repetition(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = erase(api, monkeypatch)
    with api.session() as session:
        session.execute(
            sa.text(
                "INSERT INTO subscribers (bot_id, chat_id, status, first_name)"
                f" VALUES (2, {CHAT}, 'active', 'came back')"
            )
        )
        session.execute(sa.text("DELETE FROM privacy_requests"))
    assert outside.catch_up(api.deps.sessions, api.deps.vault, path) == 2
    people.carry_out(api)
    with api.session() as session:
        found = session.execute(
            sa.text(f"SELECT status, first_name FROM subscribers WHERE chat_id = {CHAT}")
        ).all()
    assert [tuple(row) for row in found] == [("active", "came back")]


def test_the_list_survives_a_rotation_of_keys_and_a_database_that_lost_it(
    api: Api, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = erase(api, monkeypatch)
    before = path.read_text()
    engine = make_engine(database_url, name="test")
    vault = Vault(api.deps.vault.keys)
    key_rotation.add_key(vault.keys)
    assert key_rotation.seal_anew(engine, vault) > 0
    engine.dispose()
    outside.keep(api.deps.sessions, path)
    assert path.read_text() != before
    with api.session() as session:
        session.execute(sa.text("DELETE FROM privacy_requests"))
    listed = path.read_text()
    outside.keep(api.deps.sessions, path)
    assert path.read_text() == listed
    assert outside.catch_up(api.deps.sessions, api.deps.vault, path) == 2


def test_another_bot_under_the_id_of_an_erased_one_is_left_alone(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = erase(api, monkeypatch)
    with api.session() as session:
        session.execute(sa.text("UPDATE bots SET public_key = 'x', deleted_at = NULL WHERE id = 1"))
        session.execute(sa.text("DELETE FROM privacy_requests WHERE kind = 'bot'"))
    assert outside.catch_up(api.deps.sessions, api.deps.vault, path) == 0


def test_a_worker_erases_again_before_it_begins(
    api: Api, world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = erase(api, monkeypatch)
    with api.session() as session:  # as a backup of before has it
        session.execute(sa.text("DELETE FROM privacy_requests"))
        text = "UPDATE subscribers SET chat_id = :chat, joined_at = now() - interval '9 days'"
        session.execute(sa.text(f"{text} WHERE bot_id = 2 AND chat_id < 0"), {"chat": CHAT})
    keys = (api.settings.data_dir / "keys" / "token.keys").read_text().split()
    workers = Workers(database_url, "http://127.0.0.1:9", tmp_path, CRIER_TOKEN_KEYS=",".join(keys))
    (tmp_path / "erasures").mkdir()
    (tmp_path / "erasures" / path.name).write_bytes(path.read_bytes())
    try:
        workers.start()
        until(lambda: people.marks_in(people.dump(database_url)) == [], 30)
    finally:
        workers.stop()
