"""Priorities of threads: work that nobody waits for by the second lets all other work go first."""

import contextlib
import os
import threading

LAST = 19
"""Whatever else wants a processor goes first."""
LATER = 10
"""A tenth of a processor beside other work, and all of it where there is none."""


def lower(niceness: int) -> None:
    """Lower the priority of the thread that calls; elsewhere than on Linux nothing changes."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
