"""TCP connections to a name that has several addresses: the first that answers is taken (RFC 8305).

Where IPv6 is announced and leads nowhere, IPv4 is tried 250 ms later, beside it. uvloop has no such
thing, so that the sockets are opened here, by aiohappyeyeballs, and handed to the event loop.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

DELAY_S: Final = 0.25


class DialError(OSError):
    """No connection came about; one line says which addresses were tried, and why."""


async def look_up(host: str, port: int, threads: Executor | None = None) -> list[AddrInfoType]:
    """Return all addresses of a host, in the order in which the system would take them.

    Args:
        threads: where to wait for the answer; the event loop's own threads where left out.

    Raises:
        DialError: it has none, or nobody says so.
    """
    loop = asyncio.get_running_loop()
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await loop.run_in_executor(threads, ask)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DialError(f"its name has no address ({reason or 'no host name'})") from error
    if not found:
        raise DialError("its name has no address")
    return list(found)


async def open_socket(found: Sequence[AddrInfoType]) -> socket.socket:
    """Return a connected socket to whichever of these addresses answers first.

    Raises:
        DialError: none does.
    """
    try:
        return await start_connection(found, happy_eyeballs_delay=DELAY_S)
    except (OSError, RuntimeError) as error:  # uvloop raises RuntimeError, too
        code = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(code) if code else str(error).removeprefix("Multiple exceptions: ")
        raise DialError(f"{reason} ({tried(found)})") from error


def tried(found: Sequence[AddrInfoType]) -> str:
    """Say which addresses these are."""
    return "tried " + " and ".join(dict.fromkeys(str(info[4][0]) for info in found))


class Dialer:
    """Opens connections to one server. The family of addresses that answered last goes first."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._family = socket.AF_UNSPEC

    async def open(self, deadline: float) -> socket.socket:
        """Return a connected socket, until a time of the event loop.

        Raises:
            DialError: there is none; the text says why.
        """
        found: list[AddrInfoType] = []
        try:
            async with asyncio.timeout_at(deadline):
                found = await look_up(self._host, self._port)
                found.sort(key=lambda info: info[0] != self._family)
                opened = await open_socket(found)
        except TimeoutError as error:
            if not found:
                raise DialError("its name was not looked up in time") from error
            raise DialError(f"no connection in time ({tried(found)})") from error
        self._family = opened.family
        return opened
