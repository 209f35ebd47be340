"""Finds and ends what an earlier run of the same data folder left behind.

Ours are the processes in the run folder's pid files (pid and start time, so never a stranger who
got an old number), and those whose environment carries our mark with this data folder: what a
program that was killed had started itself. Names are not looked at. The caller holds the lock on
the data folder, so nobody is just starting.
"""

import os
import signal
from pathlib import Path

from crier.settings import Settings
from crier.stack.environments import MARK
from crier.stack.errors import StackError
from crier.stack.processes import Process, wait_until_dead

# PostgreSQL takes SIGINT as "stop now, cleanly", and SIGTERM as "when everybody has left".
STOP_SIGNAL = {"postgres": signal.SIGINT}
GRACE_S = 10.0


def end(settings: Settings) -> int:
    """End what is left, politely first; returns how many processes there were.

    Supervisor goes first, so that it does not start again what is ended after it.

    Raises:
        StackError: one cannot be ended, being another user's or stuck in the kernel.
    """
    ended = 0
    for names in (["supervisord"], ["api", "worker", "sandbox"], ["valkey", "postgres"]):
        found = _recorded(settings.run_dir, names)
        ended += len(found)
        _end(found)
    strays = dict.fromkeys(marked(settings.data_dir), signal.SIGTERM)
    _end(strays)
    for path in settings.run_dir.glob("*.pid"):
        path.unlink()
    return ended + len(strays)


def marked(data_dir: Path) -> list[Process]:
    """Return every process but us that was started for this data folder."""
    mark = f"{MARK}={data_dir}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            is_ours = mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # gone just now, or another user's
            continue
        process = Process.find(int(folder.name)) if is_ours else None
        if process:
            found.append(process)
    return found


def _recorded(run_dir: Path, names: list[str]) -> dict[Process, signal.Signals]:
    found = {}
    for path in run_dir.glob("*.pid"):
        name = path.stem.split("-")[0]
        process = Process.read(path) if name in names else None
        if process:
            found[process] = STOP_SIGNAL.get(name, signal.SIGTERM)
    return found


def _end(processes: dict[Process, signal.Signals]) -> None:
    try:
        for process, sig in processes.items():
            process.send(sig)
        for process in wait_until_dead(list(processes), GRACE_S):
            process.send(signal.SIGKILL)
    except PermissionError:
        raise StackError(
            f"process {process.pid} of an earlier run belongs to another user: stop it first"
        ) from None
    if stuck := wait_until_dead(list(processes), GRACE_S):
        raise StackError(
            f"process {stuck[0].pid} of an earlier run cannot be ended: end it yourself"
        )
