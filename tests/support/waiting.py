"""Wait for conditions instead of sleeping and hoping."""

import os
import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 4 if "PYTEST_XDIST_WORKER" in os.environ else 1
"""How many times longer to wait where other tests run at the same time."""


def until(condition: Callable[[], T], within_s: float, what: str = "") -> T:
    """The first truthy value of the condition; beside other tests `PATIENCE` times as late.

    Raises:
        AssertionError: there was none in time.
    """
    deadline = time.monotonic() + within_s * PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what or condition}"
        time.sleep(0.02)
    return value


def until_equal(read: Callable[[], T], wanted: T, within_s: float) -> None:
    """Wait until what is read is what is wanted; one that is read in a loop, with its own value."""
    until(lambda: read() == wanted, within_s, f"{wanted!r}")
