"""How much of a stream its client has taken, from the client's own socket.

Granian queues whatever it is given without a limit: an export that nobody reads would fill the
memory. Linux knows how many bytes of a connection the other side has acknowledged (`TCP_INFO`,
linux/tcp.h), so a stream waits while its window is on the way. The window begins small and grows
with what was taken, as TCP's own does (RFC 5681, slow start): an export that nobody reads is hardly
begun. The kernel cuts off a client that takes nothing for `SILENT_S` (`TCP_USER_TIMEOUT`), which
holds for every answer. Elsewhere than on Linux streams do not wait.
"""

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final

FIRST_WINDOW: Final = 1024
WINDOW: Final = 512 * 1024
SILENT_S: Final = 30.0
_SOONEST_S, _LATEST_S = 0.002, 0.2
_FDS: Final = Path("/dev/fd")
_OPEN: Final = (1, 8)
"""ESTABLISHED and CLOSE_WAIT: a client that has closed its own side may still read."""
_STATE_AT, _ACKED_AT, _INFO_BYTES = 0, 120, 256
_RESET: Final = struct.pack("ii", 1, 0)


class ClientLeftError(Exception):
    """The client closed its side, or was cut off."""


async def set_deadline() -> None:
    """Have every client cut off that takes nothing for `SILENT_S`; waits until the server listens.

    Accepted sockets inherit it. Idle connections are not concerned: nothing waits to be taken.
    """
    if sys.platform != "linux":
        return
    while (listener := _find(_listens)) is None:  # noqa: ASYNC110 (nothing tells of it)
        await asyncio.sleep(_LATEST_S)
    with contextlib.closing(listener):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SILENT_S * 1000))


class Outflow:
    """What one client has still to take."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._connection = connection
        self._sent = 0
        self._acked_before = self._acked()

    @classmethod
    def to(cls, client: str) -> "Outflow":
        """Return the outflow to a client, as the server names it: `192.0.2.1:5000`,
        `[2001:db8::1]:5000`.

        Looks at every descriptor of the process: some milliseconds where there are thousands.
        """
        wanted = _end(*client.rsplit(":", 1))
        return cls(_find(lambda found: _peer(found) == wanted))

    async def room(self) -> None:
        """Wait until the client has taken enough to be sent more.

        Raises:
            ClientLeftError: there is nobody to take it.
        """
        pause_s = _SOONEST_S
        while self._sent - (taken := self._acked() - self._acked_before) > _window(taken):
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LATEST_S)

    def add(self, chunk: bytes, *, is_chunked: bool = True) -> None:
        """Count a chunk that was sent; `is_chunked` where HTTP sends the length of each."""
        self._sent += len(chunk) + (len(f"{len(chunk):x}\r\n\r\n") if is_chunked else 0)

    def cut(self) -> None:
        """End the connection so that the client sees a fault, and no whole answer."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; it stays open for the server."""
        if self._connection is not None:
            self._connection.close()

    def _acked(self) -> int:
        if self._connection is None or sys.platform != "linux":
            return self._sent
        info = self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
        if info[_STATE_AT] not in _OPEN:
            raise ClientLeftError
        return int(struct.unpack_from("=Q", info, _ACKED_AT)[0])


def _window(taken: int) -> int:
    """Return bytes that may be on their way to a client that has taken so many."""
    return min(FIRST_WINDOW + taken, WINDOW)


def _find(is_it: Callable[[socket.socket], bool]) -> socket.socket | None:
    """Return a copy of the first of this process's sockets that is meant; close it."""
    for path in _FDS.iterdir():
        with contextlib.suppress(OSError):
            if not path.is_socket():
                continue
            # Of a copy nobody else can close or reuse the number while it is looked at.
            found = socket.socket(fileno=os.dup(int(path.name)))
            if is_it(found):
                return found
            found.close()
    return None


def _listens(found: socket.socket) -> bool:
    is_tcp = found.family in (socket.AF_INET, socket.AF_INET6)
    return is_tcp and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _peer(found: socket.socket) -> tuple[str, str] | None:
    if found.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        host, port, *_ = found.getpeername()
    except OSError:
        return None  # nobody is connected
    return _end(host, str(port))


def _end(host: str, port: str) -> tuple[str, str]:
    return str(ip_address(host.strip("[]").partition("%")[0])), port
