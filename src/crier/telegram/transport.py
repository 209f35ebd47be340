"""The way to a Bot API server: requests over a pool of kept-alive HTTP/1.1 connections.

Our own, because a broadcaster must know whether a request left before it failed, and because every
message takes this path; docs/decisions/0003-own-transport.md has the reasons and the figures.

What holds the promises (one event loop, no locks; every step between two awaits is atomic):

* One request at a time on a connection: it is either in `_idle`, or owned by one `post` from its
  first body to its last, or on its way to the first in `_waiting`.
* At most `max_connections` places: `_places` counts them, from before the connect until the
  connection is lost. A place that comes free is handed to the first in line, never raced for.
* `NotSent` only before the request was written; after it the bytes may be in the kernel, so
  whatever fails is `Doubtful`. Nothing is ever sent a second time from here.
* A connection whose request was cancelled or timed out is aborted and never used again. One that
  the server closed while idle is not used either: see `Connection.usable`.
"""

import asyncio
import ssl
from collections import deque
from typing import Protocol
from urllib.parse import urlsplit

from crier.domain import urls
from crier.errors import SettingsError
from crier.net.dialing import Dialer
from crier.telegram.connection import Connection, Following, Outbox, Response
from crier.telegram.errors import UNWRITTEN, NotSent

__all__ = ["JSON", "Following", "HttpTransport", "Response", "Transport"]

JSON = b"application/json"

IDLE_S = 30.0
"""Idle connections are closed after this: below the ~39 s seen at Telegram and nginx's 75 s, since
a server that closes while we write makes a message doubtful."""

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""getUpdates answers about 4 MiB, or one update of any size; more than this is no answer."""

CONNECT_S = 15.0
DEFAULT_TIMEOUT_S = 30.0


class Transport(Protocol):
    """The seam between the Bot API client and the network."""

    async def post(
        self,
        path: bytes,
        body: bytes,
        content_type: bytes = JSON,
        timeout_s: float | None = None,
        following: Following | None = None,
    ) -> Response:
        """POST `body` to `path` and return the whole answer, whatever its status.

        `timeout_s` (default 30) covers everything from the call to the last byte of the answer.
        `following` is asked at each answer for a next body, which goes to the same path with a
        time of its own; then the last answer is returned. It must not block.
        A CancelledError has the argument `UNWRITTEN` where nothing of the last body was written.

        Raises:
            NotSent: nothing of the last body was sent; the text does not hold the path.
            Doubtful: it may have been sent; nor does this text.
        """

    def fair_share(self, users: int) -> int:
        """Return how many requests each of so many users may have in flight without keeping
        others waiting."""

    async def close(self) -> None:
        """Close all connections: requests in flight end as `Doubtful`, waiting ones `NotSent`."""


class HttpTransport:
    """A `Transport` to one Bot API server by http or https. Made inside the running event loop.

    Long polls hold a connection each: give them a transport of their own with as many places, or
    they take all the places of the senders.
    """

    def __init__(
        self,
        base_url: str,
        *,
        max_connections: int = 256,
        idle_s: float = IDLE_S,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        try:
            web = urls.read(base_url)
        except ValueError as error:
            raise SettingsError([f"the Bot API URL {error}"]) from None
        self._host, self._port = web.host, web.port
        self._dialer = Dialer(web.host, web.port)
        url = urlsplit(web.url)
        self._ssl: ssl.SSLContext | None = None
        if url.scheme == "https":
            self._ssl = ssl_context or ssl.create_default_context()
        self._start = b"POST " + url.path.rstrip("/").encode()
        named = url.netloc.rpartition("@")[2].encode()  # without a user name and password
        self._head = b" HTTP/1.1\r\nHost: %b\r\nContent-Type: " % named
        self._max, self._idle_s, self._max_bytes = max_connections, idle_s, max_answer_bytes
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._outbox = Outbox()
        self._all: set[Connection] = set()
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._places = 0
        self._lost = asyncio.Event()
        self._closed = False

    @property
    def connections(self) -> int:
        """How many connections exist, those being opened included."""
        return self._places

    def fair_share(self, users: int) -> int:
        """See `Transport.fair_share`. Free for all until half of the places are in use; the other
        half is shared out, so that a slowly answered caller cannot hold all of them."""
        half = self._max // 2
        busy = self._places - len(self._idle)
        return self._max if busy < half else max(1, half // max(1, users))

    async def post(
        self,
        path: bytes,
        body: bytes,
        content_type: bytes = JSON,
        timeout_s: float | None = None,
        following: Following | None = None,
    ) -> Response:
        """See `Transport.post`."""
        patience_s = DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s
        head = b"%b%b%b%b\r\nContent-Length: " % (self._start, path, self._head, content_type)
        while True:
            deadline = self._loop.time() + patience_s
            try:
                connection = self._take_idle() or await self._acquire(deadline)
            except asyncio.CancelledError:
                raise asyncio.CancelledError(UNWRITTEN) from None
            try:
                ended = await connection.exchange(head, body, deadline, patience_s, following)
            except asyncio.CancelledError:
                connection.give_up("the request was cancelled")
                raise asyncio.CancelledError(*() if connection.written else (UNWRITTEN,)) from None
            except BaseException:
                connection.give_up("the exchange failed")
                raise
            self._give_back(connection)
            if ended.left is None:
                return ended.response
            body = ended.left

    async def close(self) -> None:
        """See `Transport.close`."""
        self._closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(_closed())
        self._waiting.clear()
        for connection in tuple(self._all):
            connection.give_up("Crier closed the connection")
        while self._all:
            self._lost = asyncio.Event()
            await self._lost.wait()

    # -- connections and places

    def _take_idle(self) -> Connection | None:
        """Return the connection that idled least: those not needed grow old and close."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                return connection
            connection.give_up("it was closed while idle")
        return None

    def _give_back(self, connection: Connection) -> None:
        if not connection.reusable or not connection.drained():
            connection.give_up("it cannot be used again")
            return
        connection.keep_until(self._loop.time() + self._idle_s)
        if not self._hand_over(connection):
            self._idle.append(connection)

    async def _acquire(self, deadline: float) -> Connection:
        """Get a place, then a connection on it; whatever fails here is `NotSent`."""
        if self._closed:
            raise _closed()
        try:
            async with asyncio.timeout_at(deadline):
                while self._places >= self._max:
                    connection = await self._next_in_line()
                    if connection is None:
                        break  # its place is ours
                    if connection.usable():
                        return connection
                    connection.give_up("it was closed while idle")
                else:
                    self._places += 1
        except TimeoutError as error:
            raise NotSent("no connection to Telegram came free in time") from error
        return await self._connect(min(deadline, self._loop.time() + CONNECT_S))

    async def _next_in_line(self) -> Connection | None:
        """Return a connection that another request has done with, or None: a free place, now
        ours."""
        waiter: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                connection = waiter.result()
                if connection is None:
                    self._free_place()
                else:
                    self._give_back(connection)
            raise

    def _hand_over(self, connection: Connection | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _free_place(self) -> None:
        if not self._hand_over(None):
            self._places -= 1

    async def _connect(self, deadline: float) -> Connection:
        """Open a connection on a place that the caller owns; gives the place up on failure."""
        connection = Connection(self._all.add, self._on_lost, self._outbox, self._max_bytes)
        try:
            opened = await self._dialer.open(deadline)
            async with asyncio.timeout_at(deadline):
                await self._loop.create_connection(
                    lambda: connection,
                    sock=opened,
                    ssl=self._ssl,
                    server_hostname=self._host if self._ssl else None,
                )
        except BaseException as error:
            if connection.made:
                connection.give_up("it was not wanted any more")
                # uvloop closes what was cancelled while connecting without telling its protocol.
                connection.connection_lost(None)
            else:
                self._free_place()
            if isinstance(error, OSError):  # TimeoutError, gaierror and SSLError are OSErrors
                reason = str(error) or "no secure connection in time"
                raise NotSent(f"cannot connect to {self._host}:{self._port}: {reason}") from error
            raise
        if self._closed:
            connection.give_up("Crier closed the connection")
            raise _closed()
        return connection

    def _on_lost(self, connection: Connection) -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._lost.set()
        self._free_place()


def _closed() -> NotSent:
    return NotSent("the connections to Telegram are closed")
