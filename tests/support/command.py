"""Runs a command of ours that stays up, and watches what it says."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from crier.settings import Settings
from crier.stack import leftovers
from crier.stack.processes import Process
from tests.support.waiting import until

STOP_S = 30.0


class Command:
    """A command in a session of its own, its output in a file; `pid` is its process group too."""

    def __init__(
        self,
        arguments: list[str],
        *,
        folder: Path,
        output: Path,
        environment: Mapping[str, str],
        uid: int | None = None,
    ) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=uid,
                group=uid,
                extra_groups=None if uid is None else [],
            )

    def said(self) -> str:
        return self._output.read_text(errors="replace")

    def problems(self, within_s: float) -> list[str]:
        """The lines of a command that is to fail soon, without what make adds."""
        assert self.process.wait(timeout=within_s) != 0
        return [line for line in self.said().splitlines() if not line.startswith("make")]

    def wait_for(self, text: str, within_s: float) -> re.Match[str]:
        """The first match in the output; prints how long it took."""

        def found() -> re.Match[str] | None:
            match = re.search(text, self.said())
            assert match or self.process.poll() is None, f"it ended: {self.said()}"
            return match

        started = time.monotonic()
        try:
            match = until(found, within_s, text)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said: {self.said()}") from None
        assert match
        print(f"{text!r} after {time.monotonic() - started:.1f} s")
        return match

    def interrupt(self) -> None:
        """What a terminal does on Ctrl-C; waits for the end."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=STOP_S)

    def kill(self) -> None:
        """`kill -9` of the command and its group, not of what it started elsewhere."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def processes_of(data_dir: Path) -> list[Process]:
    """Everything that runs for a data folder, by pid file or by mark."""
    settings = Settings.from_environment({"CRIER_DATA_DIR": str(data_dir)})
    recorded = [Process.read(path) for path in settings.run_dir.glob("*.pid")]
    return leftovers.marked(settings.data_dir) + [p for p in recorded if p is not None]


def end_all(data_dir: Path) -> None:
    """Kill whatever a failed test has left."""
    for process in processes_of(data_dir):
        process.send(signal.SIGKILL)
