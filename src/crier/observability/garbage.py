"""What Python's garbage collector need not look at."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def frozen() -> Iterator[None]:
    """Keep what is made inside out of the garbage collector's rounds: modules, which stay for as
    long as the process.

    The collector would go through all of them again while they are imported, a sixth of a start,
    and whenever the process has made as many other objects: a quarter of a second, in which nothing
    is answered and nothing is sent.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
