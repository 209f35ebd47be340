"""Wait for conditions instead of sleeping and hoping."""

import asyncio
import inspect
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 4 if "PYTEST_XDIST_WORKER" in os.environ else 1
"""How many times longer to wait where other tests run at the same time."""


LOOK_S: Final = 0.02


def until(condition: Callable[[], T], within_s: float = 20.0, what: str = "") -> T:
    """Return the first truthy value of the condition; wait `PATIENCE` times as long for it.

    Raises:
        AssertionError: there was none in time.
    """
    deadline = time.monotonic() + within_s * PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, _missing(condition, within_s, what)
        time.sleep(LOOK_S)
    return value


async def until_async(
    condition: Callable[[], bool | Awaitable[bool]], within_s: float = 20.0, what: str = ""
) -> None:
    """Wait as `until` does, in an event loop that goes on meanwhile.

    Raises:
        AssertionError: the condition was not true in time.
    """
    deadline = time.monotonic() + within_s * PATIENCE
    while True:
        found = condition()
        if await found if inspect.isawaitable(found) else found:
            return
        assert time.monotonic() < deadline, _missing(condition, within_s, what)
        await asyncio.sleep(LOOK_S)


def _missing(condition: object, within_s: float, what: str) -> str:
    return f"not within {within_s:g} s: {what or condition}"


def until_equal(read: Callable[[], T], wanted: T, within_s: float) -> None:
    """Wait until what is read is what is wanted; one that is read in a loop, with its own value."""
    until(lambda: read() == wanted, within_s, f"{wanted!r}")
