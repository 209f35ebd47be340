"""Worker processes of a test, as Supervisor would start them."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.rows import KEYS


class Workers:
    """Real `crier worker` processes on one database, their output in a file of the folder."""

    def __init__(
        self, database_url: str, telegram_url: str, folder: Path, **environment: str
    ) -> None:
        self._log = (folder / "workers.log").open("ab")
        self._environment = os.environ | {
            "CRIER_DATABASE_URL": database_url,
            "CRIER_TELEGRAM_API_URL": telegram_url,
            "CRIER_TOKEN_KEYS": KEYS[0],
            "CRIER_DATA_DIR": str(folder),
            **environment,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int = 1, **environment: str) -> None:
        """Start some, with these settings on top of the common ones."""
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-m", "crier", "worker"],
                env=self._environment | environment,
                stdout=self._log,
                stderr=self._log,
            )
            self.running.append(process)

    def end(self, how: signal.Signals, index: int | None = None, *, limit_s: float = 15) -> None:
        """End one of them (any, where none is named) by a signal, and see it end."""
        chosen = random.randrange(len(self.running)) if index is None else index
        process = self.running.pop(chosen)
        process.send_signal(how)
        process.wait(timeout=limit_s)

    def stop(self) -> None:
        """End all, whatever state a test has left them in."""
        for process in self.running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()
