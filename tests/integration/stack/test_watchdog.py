"""A program that is there but does not answer is ended, and runs again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crier.observability import alive
from crier.stack import programs, watchdog
from tests.integration.stack.test_platform import Up, folder, up
from tests.support.platform import SILENT_S
from tests.support.waiting import until

__all__ = ["folder", "up"]
ENDED_S = SILENT_S + 2 * (watchdog.LOOK_S + watchdog.ANSWER_S) + 5


def statuses(up: Up) -> dict[str, str]:
    """What `crier status` shows: state by name."""
    shown = subprocess.run(
        [sys.executable, "-m", "crier", "status"],
        env=up.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {line.split()[0]: line.split()[1] for line in shown.splitlines()}


@contextmanager
def beating(file: Path) -> Iterator[threading.Event]:
    """Touch a worker's file as its event loop would, until the event is set."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(0.2):
            file.touch()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def test_an_api_that_does_not_answer_is_shown_as_silent_ended_and_started_again(up: Up) -> None:
    log = up.settings.data_dir / "log" / "api.log"
    until(lambda: "/healthz" in log.read_text(), 20, "it is looked at")
    assert statuses(up)["api"] == "running"
    pid, worker = up.pid("api"), up.pid("worker-1")
    os.kill(pid, signal.SIGSTOP)  # from outside as a held interpreter: it is there, and is silent
    until(lambda: statuses(up)["api"] == "silent", 10, "it is silent")
    until(lambda: up.pids().get("api", pid) != pid, ENDED_S, "another api")
    until(lambda: statuses(up)["api"] == "running", 10, "it answers")
    assert up.pid("worker-1") == worker


def test_a_worker_whose_event_loop_stands_still_is_ended_and_others_are_not(up: Up) -> None:
    pid, api = up.pid("worker-1"), up.pid("api")
    file = alive.file_of(programs.alive_folder(up.settings), pid)
    with beating(file) as stop:
        until(file.exists, 5)
        time.sleep(SILENT_S + 2 * watchdog.LOOK_S)  # it is looked at meanwhile, and left alone
        assert up.pid("worker-1") == pid
        stop.set()
        until(lambda: up.pids().get("worker-1", pid) != pid, ENDED_S, "another worker")
    assert up.pid("api") == api
