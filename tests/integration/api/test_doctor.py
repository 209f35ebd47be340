"""`crier doctor` names what is wrong with an installation, and how to mend it."""

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from crier.services.system import doctor, doctor_command
from crier.services.system.doctor import Check
from crier.services.system.figures import LAST_BACKUP
from tests.support.bots import BotsApi, bots_api
from tests.support.rows import KEYS

__all__ = ["bots_api"]


def environment(api: BotsApi) -> dict[str, str]:
    return {
        "CRIER_DATABASE_URL": api.settings.database_url,
        "CRIER_REDIS_URL": api.settings.redis_url,
        "CRIER_DATA_DIR": str(api.settings.data_dir),
        "CRIER_TELEGRAM_API_URL": api.telegram.url,
    }


def examined(given: dict[str, str]) -> dict[str, Check]:
    return {check.name: check for check in doctor.examine(given)}


def test_a_good_installation_is_told_to_be_one(bots_api: BotsApi) -> None:
    bots_api.add_bot(bots_api.oscar)
    (bots_api.settings.data_dir / LAST_BACKUP).touch()
    found = examined(environment(bots_api))
    wrong = {name for name, check in found.items() if check.state != "ok"}
    assert wrong == {"workers"}  # none runs in this test
    assert {"settings", "database", "schema", "extensions", "redis", "keys", "telegram", "clock",
            "disk", "open files", "queues", "backup", "webhooks"} <= found.keys()  # fmt: skip
    assert found["workers"].mend


def test_wrong_settings_are_all_that_is_told(bots_api: BotsApi) -> None:
    found = list(doctor.examine({"CRIER_WORKERS": "many", "CRIER_LOG_LEVEL": "loud"}))
    assert [(check.name, check.state) for check in found] == [("settings", "error")] * 2


def test_what_is_away_or_old_is_named(bots_api: BotsApi) -> None:
    note = bots_api.settings.data_dir / LAST_BACKUP
    note.touch()
    os.utime(note, (time.time() - 5 * 86400,) * 2)
    nobody = {
        "CRIER_REDIS_URL": "redis://127.0.0.1:1",
        "CRIER_TELEGRAM_API_URL": "http://127.0.0.1:1",
        "CRIER_DATABASE_URL": "postgresql://x:hunter22@127.0.0.1:1/x",
    }
    found = examined(environment(bots_api) | nobody)
    states = {name: check.state for name, check in found.items()}
    assert states["database"] == states["telegram"] == "error"
    assert states["redis"] == states["backup"] == "warning"
    assert "hunter22" not in str(found)
    assert all(found[name].mend for name in ("database", "telegram", "redis", "backup"))


def test_a_key_that_is_missing_is_named_and_none_is_made(bots_api: BotsApi, tmp_path: Path) -> None:
    bots_api.add_bot(bots_api.oscar)
    other = environment(bots_api) | {"CRIER_TOKEN_KEYS": KEYS[0][::-1]}
    assert examined(other)["keys"].state == "error"
    empty = environment(bots_api) | {"CRIER_DATA_DIR": str(tmp_path / "empty")}
    assert examined(empty)["keys"].state == "error"
    assert not (tmp_path / "empty" / "keys").exists()


def test_a_webhook_that_telegram_cannot_reach_is_named(bots_api: BotsApi) -> None:
    made = bots_api.add_bot(bots_api.oscar, receive_mode="webhook")
    with bots_api.session() as session:
        session.connection().exec_driver_sql("UPDATE bots SET status = 'running'")
    given = environment(bots_api) | {"CRIER_PUBLIC_URL": "https://127.0.0.1:9"}
    found = examined(given)
    assert found["webhooks"].state == "warning"
    assert f"bot {made['id']}" in found["webhooks"].detail
    assert found["certificate"].state == "warning"


def test_the_exit_status_is_the_worst_finding(
    bots_api: BotsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(bots_api).items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(doctor_command.command, ["--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["worst"]) == (2, "error")  # no worker runs
    assert {"name", "state", "detail", "mend"} == found["checks"][0].keys()
    shown = CliRunner().invoke(doctor_command.command, [])
    assert "ERROR  workers" in shown.stdout
    assert "→ start `crier up`, or `crier worker`" in shown.stdout
    assert doctor.worst([Check("a", "ok", ""), Check("b", "warning", "")]) == 1
