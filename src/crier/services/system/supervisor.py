"""The supervised processes of this machine: seen, restarted, numbered.

Where the platform does not run under `crier up` (in containers, say), there are none to see, and
what runs them restarts them.
"""

from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, NotFoundError
from crier.settings import Settings
from crier.stack.errors import StackError
from crier.stack.programs import control_socket
from crier.stack.supervisor_client import ProgramState, SupervisorClient

WORKER = "worker-"


def processes(settings: Settings) -> list[ProgramState]:
    """Return every supervised process; empty where nothing is supervised here."""
    try:
        return SupervisorClient(control_socket(settings)).processes()
    except StackError:
        return []


def restart_worker(session: Session, caller: Caller, settings: Settings, name: str) -> None:
    """Ask one worker to end in order; it is back within two seconds.

    Raises:
        NotFoundError: there is no such worker. ConflictError: nothing is supervised here.
    """
    control = SupervisorClient(control_socket(settings))
    try:
        names = [process.name for process in control.processes()]
        if not name.startswith(WORKER) or name not in names:
            raise NotFoundError(f"no such worker: there are {', '.join(_workers(names)) or 'none'}")
        control.restart(name)
    except StackError as error:
        raise _refused(error) from None
    audit.record(session, caller, "system.restart_worker", "worker", name)


def set_workers(
    session: Session, caller: Caller, settings: Settings, count: int
) -> list[ProgramState]:
    """Run this many workers from now on; those that stay are not disturbed.

    Raises:
        ConflictError: nothing is supervised here.
    """
    control = SupervisorClient(control_socket(settings))
    try:
        control.set_workers(count)
        found = [p for p in control.processes() if p.name.startswith(WORKER)]
    except StackError as error:
        raise _refused(error) from None
    audit.record(session, caller, "system.set_workers", "worker", None, {"count": count})
    return found


def _workers(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(WORKER)]


def _refused(error: StackError) -> ConflictError:
    return ConflictError(f"the workers cannot be steered from here: {error}")
