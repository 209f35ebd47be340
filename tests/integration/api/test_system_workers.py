"""Workers steered over the API, with the real Supervisor and stand-ins for the programs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, make_settings
from tests.support.ports import free_port
from tests.support.waiting import until, until_equal


@pytest.fixture
def supervised(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """An API whose data folder is the one that a Supervisor runs on."""
    files, data = tmp_path / "files", tmp_path / "data"
    files.mkdir()
    (files / "readyz").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "CRIER_DATA_DIR": str(data),
        "CRIER_DATABASE_URL": database_url,
        "CRIER_REDIS_URL": valkey_url,
        "CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}",
        "DEMO": "0",
    }
    command = [sys.executable, "-m", "tests.support.platform", str(files)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as platform:
        api = Api(make_settings(database_url, valkey_url, data))
        api.person("alice", "admin")
        try:
            until(lambda: len(workers(api)) == 2, 30, "both workers run")
            yield api
        finally:
            platform.terminate()
            platform.wait(30)
            api.close()


def processes(api: Api) -> dict[str, dict[str, Any]]:
    found = api.alice.get("/api/system/status").json["processes"]
    return {process["name"]: process for process in found}


def workers(api: Api) -> dict[str, int]:
    return {
        name: process["pid"]
        for name, process in processes(api).items()
        if name.startswith("worker-") and process["state"] == "running"
    }


def test_every_supervised_process_is_shown_with_state_pid_and_uptime(supervised: Api) -> None:
    shown = processes(supervised)
    assert set(shown) == {"api", "worker-1", "worker-2", "broken"}
    api = shown["api"]
    assert (api["state"], api["uptime_seconds"] >= 0) == ("running", True)
    os.kill(api["pid"], 0)


def test_an_admin_restarts_one_worker_and_the_other_goes_on(supervised: Api) -> None:
    before = workers(supervised)
    answer = supervised.alice.post("/api/system/workers/worker-1/restart")
    assert answer.status_code == 202, answer.text
    after = until(
        lambda: (
            (now := workers(supervised))
            and now.get("worker-1", before["worker-1"]) != before["worker-1"]
            and now
        ),
        10,
        "worker-1 is another process",
    )
    assert after
    assert after["worker-2"] == before["worker-2"]
    line = supervised.alice.get("/api/audit?action=system").json["items"][0]
    assert (line["action"], line["object_id"]) == ("system.restart_worker", "worker-1")


@pytest.mark.parametrize("name", ["worker-9", "api", "worker-", "broken"])
def test_only_workers_that_are_there_can_be_restarted(supervised: Api, name: str) -> None:
    assert supervised.alice.post(f"/api/system/workers/{name}/restart").status_code == 404


def test_an_admin_changes_the_number_of_workers(supervised: Api) -> None:
    before = workers(supervised)
    for count in (3, 1):
        answer = supervised.alice.put("/api/system/workers", {"count": count})
        assert answer.status_code == 202, answer.text
        until_equal(lambda: len(workers(supervised)), count, 15)
    assert workers(supervised)["worker-1"] == before["worker-1"]
