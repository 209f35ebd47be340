"""Supervisor with our rules: `python -m crier.stack.supervise CONFIGURATION PARENT_PID LISTENER`.

- A program that ends, for whatever reason and however soon, runs again: after a second at the
  latest when it had been up, and otherwise about once a second for ever. Supervisor itself would
  wait longer and longer, and give up.
- What a program leaves of its process group when it ends is killed: half an API must not keep the
  port from the next one.
- Nothing outlives its parent: the kernel asks Supervisor to stop when `crier up` dies, and the
  programs when Supervisor dies.
- Every program's pid and start time stand in the run folder, `NAME.pid`, for the next start.
- Each program gets the environment that is written for it to our standard input, and no other.
- The API gets the socket that it listens on as its standard input (`crier.listening`).
- The number of workers can be changed while everything runs: `crier.set_count` over XML-RPC.
"""

import copy
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from supervisor.options import ProcessConfig, ServerOptions
from supervisor.process import Subprocess
from supervisor.states import ProcessStates
from supervisor.supervisord import Supervisor, asyncore
from supervisor.xmlrpc import Faults, RPCError

from crier.observability.parent import end_with
from crier.stack import processes
from crier.stack.programs import COMMENTS

PAUSE_S = 1.0  # between two starts of a program that does not stay up
# How often Supervisor looks around; its own second would make every restart and stop as slow.
LOOK_S = 0.1
MOST_PROCESSES = 64
LISTENING = "api"
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


class _Program(Subprocess):  # type: ignore[misc]  # Supervisor has no types
    """One supervised process."""

    def change_state(self, new_state: int, expected: bool = True) -> None:
        super().change_state(new_state, expected)
        if new_state == ProcessStates.BACKOFF:
            self.backoff, self.delay = 1, self.laststart + PAUSE_S

    def spawn(self) -> int | None:
        """No signal to the child may fall into the gap between fork and exec and be lost there."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        try:
            return super().spawn()  # type: ignore[no-any-return]
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _spawn_as_child(self, filename: str, argv: list[str]) -> None:
        for sig in _HANDLED:
            signal.signal(sig, signal.SIG_DFL)
        given = self.config.options.environments
        os.environ.clear()
        os.environ.update(given.get(self.group.config.name, given[""]))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        super()._spawn_as_child(filename, argv)

    def _spawn_as_parent(self, pid: int) -> int:
        process = processes.Process.find(pid)
        if process is not None:
            process.write(self._pid_file())
        return super()._spawn_as_parent(pid)  # type: ignore[no-any-return]

    def finish(self, pid: int, status: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        super().finish(pid, status)
        self._pid_file().unlink(missing_ok=True)

    def _prepare_child_fds(self) -> None:
        options = self.config.options
        if self.group.config.name == LISTENING:
            self.pipes["child_stdin"] = options.listener
        super()._prepare_child_fds()

    def set_uid(self) -> str | None:
        """Runs in the child, between fork and exec."""
        message: str | None = super().set_uid()
        end_with(self.config.options.own_pid, self.config.stopsignal)
        return message

    def _pid_file(self) -> Path:
        return Path(self.config.options.pidfile).with_name(f"{self.config.name}.pid")


class _Config(ProcessConfig):  # type: ignore[misc]
    def make_process(self, group: Any = None) -> _Program:
        process = _Program(self)
        process.group = group
        return process


class _Options(ServerOptions):  # type: ignore[misc]
    own_pid = 0
    listener = -1
    environments: dict[str, dict[str, str]]
    first = True
    test = False

    def __init__(self) -> None:
        super().__init__()
        self.environ_expansions = {f"ENV_{name}": text for name, text in COMMENTS.items()}
        poll = self.poller.poll
        self.poller.poll = lambda timeout: poll(min(timeout, LOOK_S))

    def processes_from_section(self, parser: Any, section: str, group: str, _klass: Any) -> Any:
        return super().processes_from_section(parser, section, group, _Config)

    def write_pidfile(self) -> None:
        process = processes.Process.find(self.own_pid)
        assert process is not None
        process.write(Path(self.pidfile))


class _Interface:
    """What we add to Supervisor's XML-RPC, under the name `crier`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def set_count(self, program: str, count: int) -> bool:
        """Run `count` processes of a numbered program; the others go on undisturbed."""
        group = self._supervisor.process_groups.get(program)
        if group is None:
            raise RPCError(Faults.BAD_NAME)
        if not isinstance(count, int) or not 1 <= count <= MOST_PROCESSES:
            raise RPCError(Faults.INCORRECT_PARAMETERS, f"a number from 1 to {MOST_PROCESSES}")
        wanted = [f"{program}-{number}" for number in range(1, count + 1)]
        model = next(iter(group.processes.values())).config
        for name, process in list(group.processes.items()):
            if name not in wanted and process.pid:
                process.stop()
        for name in wanted:
            if name not in group.processes:
                group.processes[name] = _like(model, name).make_process(group)
            elif group.processes[name].state == ProcessStates.STOPPED:
                group.processes[name].spawn()
        return True


def _like(model: _Config, name: str) -> _Config:
    config = copy.copy(model)
    config.stdout_logfile = str(Path(model.stdout_logfile).with_name(f"{name}.log"))
    config.name = name
    return config


def make_rpc_interface(supervisor: Supervisor, **_: str) -> _Interface:
    """Supervisor's extension point for XML-RPC, named in our configuration."""
    return _Interface(supervisor)


def main(configuration: str, parent: str, listener: str) -> None:
    """Run Supervisor in the foreground until it is told to stop or its parent dies."""
    options = _Options()
    options.own_pid = os.getpid()
    options.listener = int(listener)
    options.environments = json.load(sys.stdin)
    options.realize(["-c", configuration], doc="")
    end_with(int(parent), signal.SIGTERM)
    with suppress(asyncore.ExitNow):
        Supervisor(options).main()
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main(*sys.argv[1:])
