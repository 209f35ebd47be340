"""What a running Supervisor can be asked and told, over its Unix socket."""

import http.client
import xmlrpc.client  # nosec B411
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from crier.stack.errors import StackError


@dataclass(frozen=True)
class ProgramState:
    """One supervised process, as Supervisor sees it."""

    name: str
    state: str  # starting, running, backoff, stopping, stopped, exited, fatal
    pid: int | None
    uptime_s: int


class SupervisorClient:
    """Talks to the Supervisor of one data folder. Its methods raise StackError when it is down."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def processes(self) -> list[ProgramState]:
        """Return every supervised process; a worker that was numbered away is not shown."""
        with self._server() as server:
            rows: Any = server.supervisor.getAllProcessInfo()
        states = [_state(row) for row in rows]
        return [state for state in states if state.state != "stopped" or "-" not in state.name]

    def add_programs(self) -> None:
        """Start what the configuration file has got since Supervisor read it last."""
        with self._server() as server:
            changes: Any = server.supervisor.reloadConfig()
            for group in changes[0][0]:
                server.supervisor.addProcessGroup(group)

    def restart(self, name: str, signal: str = "TERM") -> None:
        """Ask one process to end, or end it with `KILL`; Supervisor starts it again at once.

        Raises:
            StackError: there is no such process.
        """
        group = name.rpartition("-")[0] or name
        with self._server() as server:
            server.supervisor.signalProcess(f"{group}:{name}", signal)

    def set_workers(self, count: int) -> None:
        """Run this many workers (1 to 64); those that stay are not disturbed."""
        with self._server() as server:
            server.crier.set_count("worker", count)

    @contextmanager
    def _server(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            yield xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        except (OSError, http.client.HTTPException):
            raise StackError("the platform does not run: start it with `crier up`") from None
        except xmlrpc.client.Fault as fault:
            raise StackError(f"Supervisor refused: {fault.faultString}") from None
        finally:
            transport.close()


def _state(row: dict[str, Any]) -> ProgramState:
    is_up = bool(row["pid"])
    return ProgramState(
        name=row["name"],
        state=row["statename"].lower(),
        pid=row["pid"] or None,
        uptime_s=row["now"] - row["start"] if is_up else 0,
    )
