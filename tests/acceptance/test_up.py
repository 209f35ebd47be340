"""`make up` as a visitor meets it: a fresh copy of the repository, an empty environment, make."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.waiting import until

from crier.settings import Settings
from crier.stack import leftovers
from crier.stack.http import JsonApi
from crier.stack.processes import Process

ROOT = Path(__file__).parents[2]
FIRST_READY_S = 180.0
LATER_READY_S = 10.0
DEMO_S = 240.0
STOP_S = 30.0
NOBODY = 65534

pytestmark = pytest.mark.timeout(900)


class Visitor:
    """Somebody with a copy of the repository, who types `make up`."""

    def __init__(self, folder: Path, *, uid: int | None = None, path: str | None = None) -> None:
        self.copy = folder / "crier"
        self._uid = uid
        self.port = free_port()
        self.environment = {"CRIER_HTTP_BIND": f"127.0.0.1:{self.port}"}
        self.environment |= {"PATH": path} if path else {}
        self._log = folder / "output"
        copy_repository(self.copy)
        if uid is not None:
            shutil.chown(folder, uid)
            subprocess.run(["chown", "-R", str(uid), self.copy], check=True)

    def make_up(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start `make up`; Ctrl-C is a signal to its process group."""
        self._log.unlink(missing_ok=True)
        with self._log.open("wb") as output:
            return subprocess.Popen(
                ["/usr/bin/make", "up"],
                cwd=self.copy,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._uid,
                group=self._uid,
                extra_groups=None if self._uid is None else [],
            )

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(
        self, text: str, process: subprocess.Popen[bytes], within_s: float
    ) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            assert process.poll() is None, f"it ended: {self.said()}"
            return re.search(text, self.said())

        started = time.monotonic()
        try:
            match = until(found, within_s, text)
        except AssertionError:
            raise AssertionError(f"no {text!r} in {within_s:g} s: {self.said()}") from None
        assert match
        print(f"{text!r} after {time.monotonic() - started:.1f} s")
        return match

    def processes(self) -> list[Process]:
        """Everything that runs for this copy, by pid file, environment or open folder."""
        settings = Settings.from_environment({"CRIER_DATA_DIR": str(self.copy / "var")})
        recorded = [Process.read(path) for path in settings.run_dir.glob("*.pid")]
        return leftovers.marked(settings.data_dir) + [p for p in recorded if p is not None]


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """What a terminal does on Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=STOP_S)


def kill_everything(process: subprocess.Popen[bytes], visitor: Visitor) -> None:
    """Whatever a failed test left."""
    for left in visitor.processes():
        left.send(signal.SIGKILL)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    folder = Path(tempfile.mkdtemp(prefix="crier-visitor-"))
    yield Visitor(folder)
    shutil.rmtree(folder)


def test_the_first_make_up_ends_in_a_demo_whose_figures_the_sandbox_confirms(
    visitor: Visitor,
) -> None:
    process = visitor.make_up()
    try:
        address = visitor.wait_for(r"ready at (http\S+)", process, FIRST_READY_S)[1]
        sign_in = visitor.wait_for(r"sign in as (\S+) with the password (\S+)", process, 5)
        sandbox = JsonApi(visitor.wait_for(r"simulated at (http\S+),", process, 5)[1])
        visitor.wait_for(r"stays up at", process, DEMO_S)
        assert "the statistics equal what the sandbox counted" in visitor.said()

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
        interrupt(process)
        until(lambda: not [one for one in everybody if one.is_alive()], 1)
        assert not visitor.processes()
    finally:
        kill_everything(process, visitor)


def test_a_later_make_up_is_ready_in_seconds_keeps_the_data_and_survives_a_kill(
    visitor: Visitor,
) -> None:
    process = visitor.make_up()
    try:
        visitor.wait_for(r"ready at", process, LATER_READY_S)
        visitor.wait_for(r"simulated at", process, 5)
        assert "demo" not in visitor.said()
        assert "the password you have" in visitor.said()
        killed = visitor.processes()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

        process = visitor.make_up()
        visitor.wait_for(r"ready at", process, LATER_READY_S)
        assert not [one for one in killed if one.is_alive()]

        process.send_signal(signal.SIGINT)  # to make alone, as a service manager would
        process.wait(timeout=STOP_S)
        assert not visitor.processes()
    finally:
        kill_everything(process, visitor)


@pytest.mark.parametrize(
    ("environment", "line"),
    [
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
    process = visitor.make_up(CRIER_DATA_DIR=str(visitor.copy / "other"), **environment)
    assert process.wait(timeout=60) != 0
    lines = [said for said in visitor.said().splitlines() if not said.startswith("make")]
    assert len(lines) == 1
    assert re.fullmatch(line, lines[0])
    assert "hunter22" not in lines[0]


def test_a_taken_port_is_one_clear_line(visitor: Visitor) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", visitor.port))
        taken.listen()
        process = visitor.make_up()
        assert process.wait(timeout=60) != 0
    lines = [said for said in visitor.said().splitlines() if not said.startswith("make")]
    assert lines == [
        f"crier: port {visitor.port} on 127.0.0.1 is taken: stop what listens there, "
        "or set CRIER_HTTP_BIND"
    ]


def path_without_node(folder: Path) -> str:
    """A PATH with everything that this machine has, but no Node."""
    for place in ("/usr/bin", "/bin", "/usr/local/bin"):
        for program in Path(place).iterdir():
            hidden = program.name in ("node", "nodejs", "npm", "npx")
            link = folder / program.name
            if not hidden and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def test_an_ordinary_user_without_node_gets_the_same() -> None:
    folder = Path(tempfile.mkdtemp(prefix="crier-visitor-"))
    programs = Path(tempfile.mkdtemp(prefix="crier-path-"))
    programs.chmod(0o755)
    uid = NOBODY if os.geteuid() == 0 else None
    visitor = Visitor(folder, uid=uid, path=path_without_node(programs))
    process = visitor.make_up(DEMO="0")
    try:
        address = visitor.wait_for(r"ready at (http\S+)", process, FIRST_READY_S)[1]
        visitor.wait_for(r"stop with", process, 5)
        assert "simulated" not in visitor.said()
        assert (visitor.copy / "dashboard/dist/index.html").is_file()
        assert JsonApi(address).call("GET", "/readyz")
        process.terminate()
        process.wait(timeout=STOP_S)
        assert not visitor.processes()
    finally:
        kill_everything(process, visitor)
        shutil.rmtree(folder)
        shutil.rmtree(programs)
