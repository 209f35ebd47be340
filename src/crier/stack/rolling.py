"""`crier restart`: the API and the workers anew, one after the other, while everything runs.

Nothing fails meanwhile: requests wait in the socket that `crier up` holds, and each worker hands
its bots and deliveries to the others before it ends.
"""

import time
from collections.abc import Callable
from typing import Final

from crier.settings import Settings
from crier.stack import programs, watchdog
from crier.stack.errors import StackError
from crier.stack.supervisor_client import ProgramState, SupervisorClient

_LIMIT_S: Final = 90.0
_LOOK_S: Final = 0.1
_GROUPS: Final = ("api", "worker")


def restart(settings: Settings, say: Callable[[str], None]) -> None:
    """Restart each process of the API and the workers once the one before works again.

    Raises:
        StackError: the platform does not run, or a process does not come back.
    """
    control = SupervisorClient(programs.control_socket(settings))
    for before in control.processes():
        if before.name.rpartition("-")[0] in _GROUPS or before.name in _GROUPS:
            control.restart(before.name)
            _wait_for_another(settings, control, before)
            say(f"{before.name} runs anew")


def _wait_for_another(settings: Settings, control: SupervisorClient, before: ProgramState) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        now = next((one for one in control.processes() if one.name == before.name), None)
        if now and now.pid not in (None, before.pid) and watchdog.has_come_up(settings, now):
            return
    raise StackError(
        f"{before.name} did not come back within {_LIMIT_S:.0f} s: look into its log, "
        "then run `crier restart` again"
    )
