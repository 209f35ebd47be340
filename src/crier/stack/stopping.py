"""How `crier up` is told to stop: a signal, or the end of the process that started it."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from crier.observability.parent import end_with

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_S = 0.05


class Stop(BaseException):
    """Raised in the main thread by the first signal; later ones are ignored."""


def listen() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into `Stop`; a SIGHUP that nohup has ignored stays so."""
    sys.unraisablehook = _dropped
    for sig in SIGNALS:
        if sig != signal.SIGHUP or signal.getsignal(sig) != signal.SIG_IGN:
            signal.signal(sig, _stop)


def _stop(_signal: int, _frame: object) -> None:
    ignore()
    raise Stop


def _dropped(found: "sys.UnraisableHookArgs") -> None:
    """Raise `Stop` once more where Python has dropped it, as it does with whatever is raised in a
    destructor or in a callback of a weak reference."""
    if not issubclass(found.exc_type, Stop):
        sys.__unraisablehook__(found)
        return
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def with_parent() -> None:
    """Stop also when the parent dies, or when it is a `make` that has got SIGINT alone.

    make hands a SIGTERM on to its children, but takes it for granted that a SIGINT came to them too
    from the terminal, and waits: where the signal was for make only, that would be for ever. Having
    got it, make puts the signal back to its default, which the kernel shows.
    """
    parent = os.getppid()
    end_with(parent, signal.SIGTERM)
    if _catches_interrupt(parent):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while _catches_interrupt(parent):
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _catches_interrupt(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)


def ignore() -> None:
    """From now on nothing interrupts: the platform is stopping."""
    for sig in SIGNALS:
        signal.signal(sig, signal.SIG_IGN)
