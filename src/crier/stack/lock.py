"""One `crier up` at a time for each data folder: an exclusive `flock`, gone with its process."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from crier.stack.errors import StackError

STOPPING = "stopping"
# What a run that is just stopping may take: PostgreSQL's and the workers' grace, and some.
STOP_LIMIT_S = 120


class Lock:
    """The lock on a data folder, held until the process ends or `release` is called."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "lock"
        self._file: IO[str] = self._path.open("a+")

    def acquire(self) -> None:
        """Take the lock; waits for a run that is just stopping.

        Raises:
            StackError: somebody else has it.
        """
        deadline = time.monotonic() + STOP_LIMIT_S
        while not self._try():
            pid, _, state = self._path.read_text().strip().partition(" ")
            if state != STOPPING or time.monotonic() > deadline:
                raise StackError(
                    f"already running, pid {pid}: stop it first, or set CRIER_DATA_DIR"
                )
            time.sleep(0.1)
        self._write(str(os.getpid()))

    def note_stopping(self) -> None:
        """Let a next run wait for the end of this one instead of giving up."""
        self._write(f"{os.getpid()} {STOPPING}")

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _write(self, text: str) -> None:
        self._file.truncate(0)
        self._file.write(text + "\n")
        self._file.flush()
