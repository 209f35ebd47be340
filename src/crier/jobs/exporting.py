"""Runs the process that writes an export, and ends it with the worker or with the job.

The process has the worker's environment and lower priority: what sends goes first. It calls its
database connections as the worker calls its own, so that an eviction of the worker ends those too.
"""

import asyncio
import contextlib
import logging
import os
import sys
from typing import Final

from crier.errors import HandedBack

PAUSE_S: Final = 5.0
log = logging.getLogger(__name__)


async def run(export_id: int, connections: str, stopping: asyncio.Event) -> None:
    """Let an export be written; after a failure again, for as often as it may be tried.

    Raises:
        HandedBack: the worker stops before its end.
    """
    while not stopping.is_set():
        if await _once(export_id, connections, stopping) == 0:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), PAUSE_S)
    raise HandedBack(f"export {export_id}")


async def _once(export_id: int, connections: str, stopping: asyncio.Event) -> int | None:
    """Run the process to its end, or kill it where the worker stops; return its status."""
    module = "crier.jobs.export_process"
    arguments = (str(export_id), connections, str(os.getpid()))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=asyncio.subprocess.DEVNULL
    )
    ends = asyncio.create_task(process.wait())
    stops = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((ends, stops), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stops.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await ends
    if process.returncode and not stopping.is_set():
        fields = {"export_id": export_id, "exit_status": process.returncode}
        log.warning("export_process_ended", extra=fields)
    return process.returncode
