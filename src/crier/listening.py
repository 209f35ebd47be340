"""The socket that the API listens on, where somebody else holds it open.

A server that is restarted closes its own socket, and who connects meanwhile is refused. `crier up`
therefore opens the socket, or takes the one that systemd gives it as standard input, and holds it
for as long as it runs; each API gets it as its standard input. Who connects between two APIs waits
in the socket's queue until the next one takes it.

A connection is handed over only once its request is there (`TCP_DEFER_ACCEPT`): a server that ends
answers what it has begun to read, and closes what it has accepted without having read anything.
"""

import os
import socket
from typing import Final

BACKLOG: Final = 4096
_SILENT_S: Final = 30  # a connection without a request is handed over, or dropped, after that


def is_listener(fd: int) -> bool:
    """Return whether a descriptor is a socket that listens."""
    try:
        with socket.socket(fileno=os.dup(fd)) as found:
            return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def open_listener(host: str, port: int) -> int:
    """Return the descriptor of a new socket that listens there.

    Raises:
        OSError: the address is taken, or is none of this machine's.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _SILENT_S)
        made.bind(address)
        made.listen(BACKLOG)
        return made.detach()
