"""Ends programs that run but no longer answer; Supervisor then starts them again.

Supervisor sees only whether a process is there. This thread of `crier up` asks from outside, where
a held interpreter and a stopped process look alike: the API for `/healthz`, to which any answer
counts, and a worker by the file that its event loop touches (`observability/alive.py`). A process
that has given a sign and then none for `SILENT_S` is killed with SIGKILL; one that is only slow, or
has not come up yet, is left alone. Time counts while this thread looks on: after a pause of its
own, such as a machine that slept, everybody begins anew.

Only this thread uses `_signs`, so there is nothing to lock.
"""

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from crier.observability import alive
from crier.settings import Settings
from crier.stack import programs
from crier.stack.errors import StackError
from crier.stack.supervisor_client import ProgramState, SupervisorClient

LOOK_S: Final = 2.0
ANSWER_S: Final = 5.0
SILENT_S: Final = 30.0
_PAUSED_S: Final = 3 * (LOOK_S + ANSWER_S)


class _Sign(NamedTuple):
    value: float
    """Another one at each sign of life."""
    seen_at: float


class Watchdog:
    """Watches the programs of one data folder; `say` hears of each that is ended."""

    def __init__(
        self, settings: Settings, control: SupervisorClient, say: Callable[[str], None]
    ) -> None:
        self._settings, self._control, self._say = settings, control, say
        self._signs: dict[int, _Sign] = {}
        self._looked_at = time.monotonic()

    def start(self) -> None:
        """Watch until this process ends."""
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_S)
            with contextlib.suppress(StackError, OSError):  # nothing runs just now
                self._look()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at > _PAUSED_S:
            self._signs.clear()
        self._looked_at = now
        for state in self._control.processes():
            if state.state == "running" and state.pid and self._is_silent(state.name, state.pid):
                self._control.restart(state.name, "KILL")
                self._signs.pop(state.pid)
                self._say(f"{state.name} did not answer: it was ended and starts again")

    def _is_silent(self, name: str, pid: int) -> bool:
        value = self._sign_of(name, pid)
        known, now = self._signs.get(pid), time.monotonic()
        if value is not None and (known is None or known.value != value):
            self._signs[pid] = _Sign(value, now)
            return False
        return known is not None and now - known.seen_at > SILENT_S

    def _sign_of(self, name: str, pid: int) -> float | None:
        if name == "api":
            return time.monotonic() if _answers(self._settings) else None
        return _touched_at(self._settings, pid)


def silent(settings: Settings, states: Sequence[ProgramState]) -> set[str]:
    """Names of the programs that run, and do not answer within `ANSWER_S`."""
    names = set()
    for state in states:
        if state.state != "running" or state.pid is None:
            continue
        if state.name == "api":
            is_silent = not _answers(settings)
        else:
            touched_at = _touched_at(settings, state.pid)
            is_silent = touched_at is not None and time.time() - touched_at > ANSWER_S
        if is_silent:
            names.add(state.name)
    return names


def has_come_up(settings: Settings, state: ProgramState) -> bool:
    """Return whether a process that was just started has given its first sign of life."""
    assert state.pid is not None
    if state.name == "api":
        return _answers(settings)
    return _touched_at(settings, state.pid) is not None


def _answers(settings: Settings) -> bool:
    host = settings.http_url.removeprefix("http://").rpartition(":")[0].strip("[]")
    connection = http.client.HTTPConnection(host, settings.http_port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _touched_at(settings: Settings, pid: int) -> float | None:
    try:
        return alive.file_of(programs.alive_folder(settings), pid).stat().st_mtime
    except OSError:
        return None
