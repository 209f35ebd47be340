"""`make up` as a visitor meets it: a fresh copy of the repository, an empty environment, make."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crier.stack.http import JsonApi
from crier.stack.processes import Process
from tests.support.command import STOP_S, Command, end_all, processes_of
from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
FIRST_READY_S = 180.0
LATER_READY_S = 60.0  # it takes four on a quiet machine; how long it took is printed
DEMO_S = 240.0
NOBODY = 65534

pytestmark = pytest.mark.timeout(900)


class Visitor:
    """Somebody with a copy of the repository, who types `make up`."""

    def __init__(self, folder: Path, *, uid: int | None = None, path: str | None = None) -> None:
        self.copy = folder / "crier"
        self.data = self.copy / "var"
        self.port = free_port()
        self._folder, self._uid = folder, uid
        self._environment = {"CRIER_HTTP_BIND": f"127.0.0.1:{self.port}"}
        self._environment |= {"PATH": path} if path else {}
        copy_repository(self.copy)
        if uid is not None:
            shutil.chown(folder, uid)
            subprocess.run(["chown", "-R", str(uid), self.copy], check=True)

    def make_up(self, **environment: str) -> Command:
        return Command(
            ["/usr/bin/make", "up"],
            folder=self.copy,
            output=self._folder / "output",
            environment={**self._environment, **environment},
            uid=self._uid,
        )

    def processes(self) -> list[Process]:
        return processes_of(self.data)


def copy_repository(target: Path) -> None:
    """What git would clone, with what is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    """An ordinary user without Node; `make test` itself sets up as the one who runs it."""
    folder = Path(tempfile.mkdtemp(prefix="crier-visitor-"))
    programs = Path(tempfile.mkdtemp(prefix="crier-path-"))
    programs.chmod(0o755)
    uid = NOBODY if os.geteuid() == 0 else None
    yield Visitor(folder, uid=uid, path=path_without_node(programs))
    shutil.rmtree(folder)
    shutil.rmtree(programs)


def path_without_node(folder: Path) -> str:
    """A PATH with everything that this machine has, but no Node."""
    for place in ("/usr/bin", "/bin", "/usr/local/bin"):
        for program in Path(place).iterdir():
            hidden = program.name in ("node", "nodejs", "npm", "npx")
            link = folder / program.name
            if not hidden and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def test_the_first_make_up_ends_in_a_demo_whose_figures_the_sandbox_confirms(
    visitor: Visitor,
) -> None:
    command = visitor.make_up()
    try:
        address = command.wait_for(r"ready at (http\S+)", FIRST_READY_S)[1]
        sign_in = command.wait_for(r"sign in as (\S+) with the password (\S+)", 5)
        sandbox = JsonApi(command.wait_for(r"simulated at (http\S+),", 5)[1])
        command.wait_for(r"stays up at", DEMO_S)
        assert "the statistics equal what the sandbox counted" in command.said()
        assert (visitor.copy / "src/crier/dashboard/index.html").is_file()

        product = JsonApi(address)
        credentials = {"username": sign_in[1], "password": sign_in[2]}
        product.token = product.call("POST", "/api/auth/login", credentials)["access_token"]
        ad = product.call("GET", "/api/ads/list")["items"][0]
        statistics = product.call("GET", f"/api/ads/{ad['id']}/statistics")
        counted = sandbox.call("GET", "/control/totals")["all"]
        assert statistics["status"] == "completed"
        assert statistics["audience"] > 5000
        assert statistics["sent"] == counted["accepted"]
        assert statistics["blocked"] > 0
        assert statistics["failed"] > 0
        assert statistics["blocked"] + statistics["failed"] == counted["forbidden"]
        assert (statistics["pending"], statistics["unknown"], statistics["skipped"]) == (0, 0, 0)
        assert counted["duplicates"] == 0

        everybody = visitor.processes()
        assert len(everybody) >= 6
        command.interrupt()
        until(lambda: not [one for one in everybody if one.is_alive()], 1)
        assert not visitor.processes()
    finally:
        command.kill()
        end_all(visitor.data)


def test_a_later_make_up_is_ready_in_seconds_keeps_the_data_and_survives_a_kill(
    visitor: Visitor,
) -> None:
    command = visitor.make_up()
    try:
        command.wait_for(r"ready at", LATER_READY_S)
        command.wait_for(r"simulated at", 5)
        assert "demo" not in command.said()
        assert "the password you have" in command.said()
        killed = visitor.processes()
        command.kill()

        command = visitor.make_up()
        command.wait_for(r"ready at", LATER_READY_S)
        assert not [one for one in killed if one.is_alive()]

        command.process.send_signal(signal.SIGINT)  # to make alone, as a service manager would
        command.process.wait(timeout=STOP_S)
        assert not visitor.processes()
    finally:
        command.kill()
        end_all(visitor.data)


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"CRIER_PUBLIC_URL": "https://crier.example.com/?a=b"},
            "crier: CRIER_PUBLIC_URL holds more than an address: take out .*",
        ),
        ({"CRIER_WORKERS": "many"}, r"crier: CRIER_WORKERS is 'many': write a whole number .*"),
        (
            {"CRIER_DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:1/x", "DEMO": "0"},
            r"crier: cannot reach the database \(.*\): start it, or check CRIER_DATABASE_URL",
        ),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    visitor: Visitor, environment: dict[str, str], line: str
) -> None:
    command = visitor.make_up(CRIER_DATA_DIR=str(visitor.copy / "other"), **environment)
    lines = command.problems(within_s=60)
    assert len(lines) == 1
    assert re.fullmatch(line, lines[0])
    assert "hunter22" not in lines[0]


def test_a_taken_port_is_one_clear_line(visitor: Visitor) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", visitor.port))
        taken.listen()
        command = visitor.make_up()
        lines = command.problems(within_s=60)
    assert lines == [
        f"crier: port {visitor.port} on 127.0.0.1 is taken: stop what listens there, "
        "or set CRIER_HTTP_BIND"
    ]


def test_without_the_demo_nothing_is_simulated(visitor: Visitor) -> None:
    data = visitor.copy / "without"
    command = visitor.make_up(DEMO="0", CRIER_DATA_DIR=str(data))
    try:
        address = command.wait_for(r"ready at (http\S+)", LATER_READY_S)[1]
        command.wait_for(r"stop with", 5)
        assert "simulated" not in command.said()
        assert JsonApi(address).call("GET", "/readyz")
        command.process.terminate()
        command.process.wait(timeout=STOP_S)
        assert not processes_of(data)
    finally:
        command.kill()
        end_all(data)
