"""The sign that an event loop turns: a file of this process that it touches each second.

A look from outside (`stack/watchdog.py`, `crier status`) needs no database for it, and sees a
held interpreter and a stopped process alike. Only under `crier up`, which names the folder.
"""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Final

from crier.observability import metrics

VARIABLE: Final = "CRIER_ALIVE_DIR"
"""Names the folder; `crier up` sets it for its workers."""
BEAT_S: Final = 1.0


def file_of(folder: Path, pid: int) -> Path:
    """Return the file of one process; its time of change is the last sign."""
    return folder / f"{pid}.alive"


async def run() -> None:
    """Give signs until cancelled."""
    folder = os.environ.get(VARIABLE)
    while True:
        if folder:
            with contextlib.suppress(OSError):
                file_of(Path(folder), os.getpid()).touch()
        asked_at = time.monotonic()
        await asyncio.sleep(BEAT_S)
        metrics.loop_lag.set(max(time.monotonic() - asked_at - BEAT_S, 0.0))
