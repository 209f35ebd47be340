"""An address that takes no connection and says nothing, as a route to nowhere does."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def silence(port: int, host: str = "::1") -> Iterator[None]:
    """A listener whose queue is full: the kernel drops whatever else asks for a connection."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket(family))
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(8):
            client = held.enter_context(socket.socket(family))
            client.setblocking(False)
            client.connect_ex((host, port))
        probe = held.enter_context(socket.socket(family))
        probe.settimeout(0.3)
        try:
            probe.connect((host, port))
        except TimeoutError:
            yield
        else:
            raise AssertionError("this kernel takes connections beyond a listener's queue")
