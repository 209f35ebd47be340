"""Processes by pid and start time: a pid alone may already belong to somebody else."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One process, for ever: no other has the same pid and the same start time."""

    pid: int
    start: int  # clock ticks after boot, field 22 of /proc/PID/stat

    @classmethod
    def find(cls, pid: int) -> "Process | None":
        """The process that has this pid now; None where there is none, or a zombie."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in (b"Z", b"X") else cls(pid, int(fields[19]))

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return Process.find(self.pid) == self

    def send(self, sig: signal.Signals) -> None:
        """Signal it, if it is still there."""
        if self.is_alive():
            with suppress(ProcessLookupError):  # it ended just now, which was the wish
                os.kill(self.pid, sig)

    def write(self, path: Path) -> None:
        """Record it, whole or not at all."""
        building = path.with_name(path.name + ".new")
        building.write_text(f"{self.pid} {self.start}\n")
        building.rename(path)

    @classmethod
    def read(cls, path: Path) -> "Process | None":
        """Return the recorded process, if it is still the one that runs."""
        try:
            recorded = cls(*map(int, path.read_text().split()))
        except (OSError, ValueError, TypeError):
            return None
        return recorded if recorded.is_alive() else None


def wait_until_dead(processes: list[Process], timeout_s: float) -> list[Process]:
    """Wait; returns those that still run after the time."""
    deadline = time.monotonic() + timeout_s
    while alive := [process for process in processes if process.is_alive()]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.02)
    return []
