"""A process that ends with the one that started it, however that ended."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with(parent_pid: int | None = None) -> None:
    """Have the kernel end this process with its parent (on Linux); exit where that is gone already.

    `parent_pid` is its id; where it is not known, a parent that is the machine's first process
    counts as gone.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    now = os.getppid()
    if now == 1 if parent_pid is None else now != parent_pid:
        sys.exit("the process that started this one is gone")
