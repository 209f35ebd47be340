"""`crier up`: the whole platform in the foreground, from the checks to the last process's end.

Invariants and what holds them:

- One run for each data folder: `Lock`, a flock that the kernel drops with the process.
- No process outlives the run: Supervisor and its programs die with their parents (`supervise`);
  `_stop` waits for them, ends what is left by pid and start time, and says so when it cannot.
- A run that was killed leaves nothing that the next one trips over: `leftovers.end` comes before
  anything is started, and half-made files are renamed into place only when whole.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crier import listening
from crier.settings import SUPERUSER_ROLE, Settings, embedded_database_url
from crier.stack import (
    application,
    environments,
    leftovers,
    ownership,
    programs,
    roles,
    stopping,
)
from crier.stack.errors import StackError
from crier.stack.lock import Lock
from crier.stack.programs import Program
from crier.stack.supervisor_client import SupervisorClient
from crier.stack.watchdog import Watchdog

START_LIMIT_S = 60.0
STOP_LIMIT_S = 80.0


@dataclass(frozen=True)
class Prepared:
    """What the database holds once it is migrated and has an admin.

    `admin_password` is known when it was given or just made up (`is_made_up`).
    """

    admin_password: str | None
    is_made_up: bool
    is_empty: bool  # neither bots nor ads


Prepare = Callable[[Settings], Prepared]


def run(settings: Settings, say: Callable[[str], None], prepare: Prepare) -> None:
    """Start everything, stay until a signal, stop everything.

    Raises:
        CrierError: it cannot start, or something could not be stopped.
    """
    platform = Platform(settings, say)
    try:
        _start(platform, settings, say, prepare)
        platform.watch()
    except stopping.Stop:
        say("stopping …")
    finally:
        stopping.ignore()
        platform.stop()


@contextmanager
def embedded_parts(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Run the embedded parts of a data folder, without API and workers, until the block ends.

    Raises:
        CrierError: as `run`.
    """
    platform = Platform(settings, say)
    try:
        platform.start_parts()
        yield
    finally:
        platform.stop()


def _start(
    platform: "Platform", settings: Settings, say: Callable[[str], None], prepare: Prepare
) -> None:
    platform.start_parts()
    prepared = prepare(settings)
    environment = {programs.ALIVE_VARIABLE: str(programs.alive_folder(settings))}
    with_sandbox = _with_sandbox(settings, prepared, say)
    if with_sandbox:
        port = free_port(settings.http_port + 1)
        platform.start_programs([programs.sandbox(settings, port)])
        environment["CRIER_TELEGRAM_API_URL"] = f"http://127.0.0.1:{port}"
        environment["CRIER_PUBLIC_URL"] = settings.public_url or settings.http_url
    platform.start_programs(programs.product(settings, environment) + programs.backup(settings))
    platform.wait_until_ready()
    if with_sandbox:
        platform.wait_for_sandbox(port)
    _welcome(settings, prepared, say)
    if with_sandbox:
        sandbox_url = environment["CRIER_TELEGRAM_API_URL"]
        say(f"Telegram is simulated at {sandbox_url}, its people by {sandbox_url}/control")
        if prepared.is_empty:
            from crier.stack import demo  # with what it draws with, which only the demo needs

            demo.run(settings, sandbox_url, prepared.admin_password, say)


def _with_sandbox(settings: Settings, prepared: Prepared, say: Callable[[str], None]) -> bool:
    """Return whether Telegram is simulated: in the demo, and never over bots of the real one."""
    if not settings.demo or settings.telegram_api_url_given:
        return False
    if prepared.is_empty or programs.sandbox_state(settings).exists():
        return True
    say("the database is in use with the real Telegram already: no demo")
    return False


def _welcome(settings: Settings, prepared: Prepared, say: Callable[[str], None]) -> None:
    say(f"Crier is ready at {settings.http_url}")
    name = settings.admin_username
    if prepared.is_made_up:
        say(f"sign in as {name} with the password {prepared.admin_password} (not shown again)")
    else:
        say(f"sign in as {name} with the password you have")
    say(settings.registration)
    say("stop with Ctrl-C")


class Platform:
    """Starts, watches and stops everything of one data folder."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._lock: Lock | None = None
        self._table: list[Program] = []
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._listener = -1

    def start_parts(self) -> None:
        """Take the data folder, end what an earlier run left, start the embedded parts.

        Raises:
            StackError: already running, the port is taken, or a part cannot start.
        """
        settings = self._settings
        ownership.make_private_folder(settings.data_dir)
        self._lock = Lock(settings.data_dir)
        self._lock.acquire()
        if ownership.narrow(settings.data_dir):
            self._say(f"{settings.data_dir} was open to others: it is closed now")
        ownership.make_private_folder(settings.run_dir)
        if count := leftovers.end(settings):
            self._say(f"ended {count} processes that an earlier run had left")
        application.prepare(settings)
        programs.adopt_sandbox_state(settings)
        programs.empty_alive_folder(settings)
        self._listener = listening.given_or_opened(settings.http_host, settings.http_port)
        if settings.embedded_database:
            programs.postgres_of(settings).prepare()
        self._table = programs.embedded(settings)
        self._start_supervisor()
        if settings.embedded_database:
            self._make_database()

    def start_programs(self, table: list[Program]) -> None:
        """Start these programs beside what runs already."""
        self._table = [*self._table, *table]
        programs.write_configuration(self._settings, self._table)
        self._control.add_programs()

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` answers 200.

        Raises:
            StackError: it does not within a minute.
        """
        host, port = _api_address(self._settings)
        self._wait(lambda: _status(host, port, "/readyz") == 200, "api")

    def wait_for_sandbox(self, port: int) -> None:
        """Wait until the simulated Telegram answers.

        Raises:
            StackError: it does not within a minute.
        """
        self._wait(lambda: _status("127.0.0.1", port, "/control/totals") == 200, "sandbox")

    def watch(self) -> None:
        """Stay for ever; a Supervisor that died is started again with all its programs, and a
        program that no longer answers, too."""
        Watchdog(self._settings, self._control, self._say).start()
        while True:
            assert self._supervisor is not None
            status = self._supervisor.wait()
            self._say(f"Supervisor ended (status {status}): starting everything again")
            leftovers.end(self._settings)
            self._start_supervisor()

    def stop(self) -> None:
        """Stop everything and make sure of it.

        Raises:
            StackError: a process is left that cannot be ended.
        """
        if self._lock is None:
            return
        self._lock.note_stopping()
        if self._supervisor is not None:
            self._supervisor.terminate()
            try:
                self._supervisor.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                self._supervisor.wait()
            leftovers.end(self._settings)
        if self._listener >= 0:
            os.close(self._listener)
        self._lock.release()

    @property
    def _control(self) -> SupervisorClient:
        return SupervisorClient(programs.control_socket(self._settings))

    def _start_supervisor(self) -> None:
        configuration = programs.write_configuration(self._settings, self._table)
        command = [sys.executable, "-m", "crier.stack.supervise", str(configuration)]
        self._supervisor = subprocess.Popen(  # noqa: S603 (ourselves)
            [*command, str(os.getpid()), str(self._listener)],
            pass_fds=[self._listener],
            env=environments.base(self._settings),
            stdin=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C in the terminal is for us alone
        )
        assert self._supervisor.stdin is not None
        with suppress(BrokenPipeError), self._supervisor.stdin as pipe:  # it may have ended already
            pipe.write(json.dumps(environments.of_programs(self._settings)).encode())
        self._wait(self._supervisor_answers, "supervisord")

    def _supervisor_answers(self) -> bool:
        try:
            self._control.processes()
        except StackError:
            return False
        return True

    def _make_database(self) -> None:
        server, database = (
            embedded_database_url(self._settings.run_dir, name, SUPERUSER_ROLE)
            for name in ("postgres", roles.DATABASE)
        )
        self._wait(lambda: roles.make_database(server, database), "postgres")

    def _wait(self, is_done: Callable[[], bool], program: str) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not is_done():
            log = self._settings.data_dir / "log" / f"{program}.log"
            assert self._supervisor is not None
            if self._supervisor.poll() is not None:
                raise StackError(f"Supervisor did not start: {_last_line(log)}")
            if time.monotonic() > deadline:
                raise StackError(f"{program} does not come up: {_last_line(log)} (see {log})")
            time.sleep(0.05)


def free_port(preferred: int) -> int:
    """Return the preferred port on loopback if it is free, else any that is."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise StackError("there is no free port on 127.0.0.1 for the sandbox")


def _api_address(settings: Settings) -> tuple[str, int]:
    host = settings.http_url.removeprefix("http://").rpartition(":")[0].strip("[]")
    return host, settings.http_port


def _status(host: str, port: int, path: str) -> int | None:
    """HTTP status of a server of ours, None while nothing answers."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it wrote nothing"
