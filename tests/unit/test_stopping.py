"""`crier up` stops by a signal, wherever its main thread is just then."""

import subprocess
import sys

import pytest

IN_A_DESTRUCTOR = """
class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
Last()
"""
IN_A_CALLBACK = """
class Key: pass
key = Key()
seen = weakref.ref(key, lambda _: signal.raise_signal(signal.SIGINT))
del key
"""
PROGRAM = """
import signal, sys, threading, weakref
from crier.stack import stopping
stopping.listen()
try:
{moment}
    threading.Event().wait(60)
except stopping.Stop:
    sys.exit(7)
"""


@pytest.mark.parametrize("moment", [IN_A_DESTRUCTOR, IN_A_CALLBACK], ids=["destructor", "callback"])
def test_a_signal_where_python_drops_exceptions_stops_it_all_the_same(moment: str) -> None:
    indented = "\n".join(f"    {line}" for line in moment.splitlines())
    program = PROGRAM.format(moment=indented)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (7, "")
