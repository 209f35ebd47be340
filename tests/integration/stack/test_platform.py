"""`crier up` under fire: what is killed comes back, what ends leaves nothing behind.

The embedded PostgreSQL and Valkey, Supervisor and the command itself are real; the API and the
workers are stand-ins (`tests.support.platform`), so that this needs none of the product.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import redis

from crier import listening
from crier.settings import Settings, run_dir
from crier.stack import leftovers
from crier.stack.errors import StackError
from crier.stack.processes import Process
from crier.stack.programs import control_socket
from crier.stack.supervisor_client import SupervisorClient
from tests.support.command import processes_of
from tests.support.ports import free_port
from tests.support.waiting import until

RESTART_S = 2.0
EMBEDDED_RESTART_S = 5.0


class Up:
    """One data folder, and the `crier up` that runs on it."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        (self.files / "readyz").touch()
        self.environment = {
            "PATH": os.environ["PATH"],
            "CRIER_DATA_DIR": str(folder / "data"),
            "CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}",
            "DEMO": "0",
        }
        self.settings = Settings.from_environment(self.environment)
        self.control = SupervisorClient(control_socket(self.settings))
        self.process = self.launch()

    def launch(self, stdin: int | None = None, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.platform", str(self.files)],
            env={**self.environment, **environment},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> str:
        said = ""
        assert self.process.stdout is not None
        while "stop with" not in said:
            line = self.process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        return said

    def pid(self, name: str) -> int:
        """Pid of a program that runs (again)."""
        return until(lambda: self.pids().get(name), EMBEDDED_RESTART_S, f"{name} runs") or 0

    def wait_for_another(self, name: str, before: int) -> None:
        until(lambda: self.pids().get(name, before) != before, RESTART_S, f"{name} is back")

    def pids(self) -> dict[str, int]:
        states = self.control.processes()
        return {state.name: state.pid for state in states if state.pid is not None}

    def ours(self) -> list[Process]:
        return processes_of(self.settings.data_dir)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        until(lambda: not self.ours(), 30)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not `tmp_path`: as root, PostgreSQL's account must get in, and pytest closes its own folders
    again and again."""
    path = Path(tempfile.mkdtemp(prefix='crier up #1 ;2, "100%s" \'ü-'))
    yield path
    for data in ("data", "other"):
        shutil.rmtree(run_dir(path / data), ignore_errors=True)
    shutil.rmtree(path)


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    running = Up(folder)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.end()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("name", ["api", "worker-1"])
def test_a_program_that_ends_for_whatever_reason_runs_again_within_two_seconds(
    up: Up, name: str, sig: signal.Signals
) -> None:
    for _ in range(4):  # also when it ends again before Supervisor calls it started
        before = up.pid(name)
        os.kill(before, sig)
        up.wait_for_another(name, before)


def test_what_a_program_had_started_does_not_outlive_it(up: Up) -> None:
    child = Process.find(int(until(lambda: (up.files / "child").read_text(), RESTART_S)))
    assert child
    for name in ("worker-1", "worker-2"):
        os.kill(up.pid(name), signal.SIGKILL)
    until(lambda: not child.is_alive(), RESTART_S)


def test_a_program_that_cannot_start_is_tried_about_once_a_second(up: Up) -> None:
    tries = up.files / "tries"
    count = until(lambda: len(tries.read_text().splitlines()) >= 6 and tries.read_text(), 15)
    times = [float(line) for line in str(count).splitlines()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) > 0.7
    assert max(gaps) < RESTART_S


def test_postgresql_and_valkey_answer_again_within_five_seconds_of_a_kill(up: Up) -> None:
    with psycopg.connect(up.settings.migration_url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("GRANT SELECT ON kept TO crier")
    for name in ("postgres", "valkey"):
        os.kill(up.pid(name), signal.SIGKILL)

    def both_answer() -> bool:
        try:
            with psycopg.connect(up.settings.database_url) as connection:
                connection.execute("SELECT FROM kept")
            return bool(redis.Redis.from_url(up.settings.redis_url).ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    until(both_answer, EMBEDDED_RESTART_S)


def test_the_number_of_workers_changes_while_the_others_go_on(up: Up) -> None:
    stays = up.pid("worker-1")
    up.control.set_workers(4)
    until(lambda: {"worker-3", "worker-4"} <= up.pids().keys(), RESTART_S)
    up.control.set_workers(1)
    until(lambda: [n for n in up.pids() if n.startswith("worker")] == ["worker-1"], RESTART_S)
    assert up.pid("worker-1") == stays
    with pytest.raises(StackError):
        up.control.set_workers(1000)


def test_an_admin_can_restart_one_worker(up: Up) -> None:
    before = up.pids()
    up.control.restart("worker-2")
    up.wait_for_another("worker-2", before["worker-2"])
    assert up.pids()["worker-1"] == before["worker-1"]
    with pytest.raises(StackError, match="BAD_NAME"):
        up.control.restart("worker-9")


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_no_process(up: Up, sig: signal.Signals) -> None:
    everybody = up.ours()
    assert len(everybody) >= 6
    up.process.send_signal(sig)
    assert up.process.wait(timeout=60) == 0
    assert not [process for process in everybody if process.is_alive()]
    assert not up.ours()


def test_when_the_command_is_killed_everything_else_ends_too(up: Up) -> None:
    everybody = up.ours()
    up.process.kill()
    until(lambda: not [process for process in everybody if process.is_alive()], 15)


def test_supervisor_killed_comes_back_with_everything(up: Up) -> None:
    before = up.pids()
    supervisor = Process.read(up.settings.run_dir / "supervisord.pid")
    assert supervisor
    supervisor.send(signal.SIGKILL)

    def all_new() -> bool:
        try:
            now = up.pids()
        except StackError:
            return False
        return before.keys() - {"broken"} <= now.keys() and not before.items() & now.items()

    until(all_new, 15)


def test_a_start_after_everything_was_killed_ends_what_was_left_and_goes_on(up: Up) -> None:
    everybody = up.ours()
    orphaned = subprocess.Popen(
        ["sleep", "1000"], env={"CRIER_STACK": str(up.settings.data_dir)}, start_new_session=True
    )
    up.process.kill()
    for process in everybody:
        process.send(signal.SIGKILL)
    up.process.communicate()
    up.process = up.launch()
    up.wait_until_ready()
    assert orphaned.wait(timeout=5) == -signal.SIGTERM


def test_a_second_start_on_the_same_folder_is_refused_in_one_line(up: Up) -> None:
    said, _ = up.launch().communicate(timeout=10)
    assert said.splitlines() == [
        f"crier: already running, pid {up.process.pid}: stop it first, or set CRIER_DATA_DIR"
    ]


def test_a_start_while_the_last_run_is_stopping_waits_for_it(up: Up) -> None:
    up.process.terminate()
    old, up.process = up.process, up.launch()
    up.wait_until_ready()
    assert old.wait() == 0
    old.communicate()


def test_a_restart_of_the_whole_refuses_nobody_on_a_socket_that_somebody_else_holds(up: Up) -> None:
    """As systemd gives it, as standard input: who connects between two runs waits for the
    second."""
    up.process.terminate()
    up.process.communicate()
    held = listening.open_listener("127.0.0.1", up.settings.http_port)
    try:
        up.process = up.launch(stdin=held)
        up.wait_until_ready()
        up.process.terminate()
        up.process.communicate()
        waiting = http.client.HTTPConnection("127.0.0.1", up.settings.http_port, timeout=60)
        waiting.request("GET", "/readyz")
        up.process = up.launch(stdin=held)
        assert waiting.getresponse().status == 200
        waiting.close()
        up.wait_until_ready()
    finally:
        os.close(held)


def test_a_taken_port_is_named_with_its_setting(up: Up, folder: Path) -> None:
    other = up.launch(CRIER_DATA_DIR=str(folder / "other"))
    said, _ = other.communicate(timeout=10)
    assert other.returncode == 1
    port = up.settings.http_port
    assert said.splitlines() == [
        f"crier: port {port} on 127.0.0.1 is taken: stop what listens there, or set CRIER_HTTP_BIND"
    ]


def test_a_stranger_with_the_pid_of_a_program_of_ours_is_left_alone(up: Up) -> None:
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        found = Process.find(stranger.pid)
        assert found
        up.process.terminate()
        up.process.communicate()
        Process(found.pid, found.start - 1).write(up.settings.run_dir / "api.pid")
        assert leftovers.end(up.settings) == 0
        assert stranger.communicate(b"alive", 20)[0] == b"alive"
    finally:
        stranger.kill()
        stranger.wait()
