"""Starts a server of the embedded stack for a test session, and never leaves it behind."""

import ctypes
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crier.stack import ownership

START_LIMIT_S = 120
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def running(
    command: list[str], log: Path, ready: Callable[[], bool], *, account: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it dies with pytest too, even of `kill -9`."""
    owner = ownership.account(account) if account else None
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            cwd="/",
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            preexec_fn=_die_with_parent,
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not ready():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)  # until it is ready or has ended, whichever comes first
        yield server
    finally:
        server.send_signal(signal.SIGINT)  # for PostgreSQL: end connections, then stop
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
