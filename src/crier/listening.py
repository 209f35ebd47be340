"""The socket that the API listens on.

A server that is restarted closes its own socket, and who connects meanwhile is refused. `crier up`
therefore opens the socket, or takes the one that systemd gives it as standard input, and holds it
for as long as it runs; each API gets it as its standard input. Who connects between two APIs waits
in the socket's queue until the next one takes it.

A connection is handed over only once its request is there (`TCP_DEFER_ACCEPT`): a server that ends
answers what it has begun to read, and closes what it has accepted without having read anything.

Where nobody holds the socket, as in a container with an address of its own, the API that ends takes
no new connections first (`refuse`) and closes the socket once those that it has are served: who
connects meanwhile is refused by the kernel, and a proxy asks another API.
"""

import errno
import os
import socket
from contextlib import suppress
from typing import Final

from crier.errors import CrierError

BACKLOG: Final = 4096
_SILENT_S: Final = 30  # a connection without a request is handed over, or dropped, after that


def is_listener(fd: int) -> bool:
    """Return whether a descriptor is a socket that listens."""
    try:
        with socket.socket(fileno=os.dup(fd)) as found:
            return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def given_or_opened(host: str, port: int) -> int:
    """Return a descriptor of the socket on standard input, or else of a new one that listens there.

    Raises:
        CrierError: as `open_listener`.
    """
    return os.dup(0) if is_listener(0) else open_listener(host, port)


def open_listener(host: str, port: int) -> int:
    """Return the descriptor of a new socket that listens there.

    Raises:
        CrierError: the address is taken, or is none of this machine's.
    """
    try:
        return _opened(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is taken: stop what listens there"
        else:
            reason = f"cannot be used ({error.strerror}): choose another"
        raise CrierError(f"port {port} on {host} {reason}, or set CRIER_HTTP_BIND") from None


def _opened(host: str, port: int) -> int:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _SILENT_S)
        made.bind(address)
        made.listen(BACKLOG)
        return made.detach()


def refuse(fd: int) -> None:
    """Refuse new connections from other machines on a socket that listens; those it has stay.

    A socket that is closed resets what waits in its queue, and a request may be on its way; one
    that is bound to the loopback device does not. Linux before 5.7 does not let us.
    """
    with suppress(OSError), socket.socket(fileno=os.dup(fd)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
