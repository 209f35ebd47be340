"""A process that ends with the one that started it, however that ended."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


def end_with(parent_pid: int | None = None, sig: int = signal.SIGKILL) -> None:
    """Have the kernel send this process `sig` when its parent ends; die where that is gone already.

    On Linux alone. For use after a fork and after the user was changed, which clears it. Where the
    parent's id is not known, one that is the machine's first process counts as gone.
    """
    if sys.platform != "linux":
        return
    _libc.prctl(_PR_SET_PDEATHSIG, sig)
    now = os.getppid()
    if now == 1 if parent_pid is None else now != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)
