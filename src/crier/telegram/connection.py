"""One kept-alive HTTP/1.1 connection: writes a request, parses its answer, knows when it broke.

Used by `crier.telegram.transport` only, which owns it from `exchange` to its end, so that there is
one request on it at a time. Everything runs in one event loop, and between two awaits nothing else.

What a message costs is decided here. An answer is handed to `following` straight from the parser,
and the request that it returns goes out on the same connection: no future, no task, no turn of
anybody else. And requests are written together at the end of the event loop's turn (`Outbox`), so
that the kernel wakes a sleeping server once a turn and not once a message.
"""

import asyncio
import re
import select
import time
from collections.abc import Callable
from typing import NamedTuple, cast

import httptools

from crier.telegram.errors import Doubtful, NotSent

_RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([0-9]{1,12})[ \t]*\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\n(?:content-length|transfer-encoding):", re.IGNORECASE)
_TOO_MANY = 429
TURN_S = 1.0
"""No turn of the event loop takes so long."""

STOOD_STILL_S, UNREAD_S = 0.5, 1.0
"""A timer that is so late says that this process stood still, and nobody read what came meanwhile:
for so long there is another chance to."""


class Response(NamedTuple):
    """A whole HTTP answer. `retry_after_s` is the Retry-After header where it is a number."""

    status: int
    body: bytes
    retry_after_s: int | None = None


Following = Callable[[Response], bytes | None]
"""Sees each answer at once; the body that it returns is posted next, to the same path."""


class Exchange(NamedTuple):
    """How an exchange ended: the last answer, and a body that has to go another way."""

    response: Response
    left: bytes | None


class Outbox:
    """Requests of all connections that are to be written in this turn of the event loop.

    A process that stands still in between for longer than `TURN_S` writes none of them when it goes
    on: somebody else may send in its place by then.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._requests: list[tuple[Connection, bytes]] = []
        self._since = 0.0

    def add(self, connection: "Connection", request: bytes) -> None:
        """Write a request at the end of the turn."""
        if not self._requests:
            self._since = _now()
            self._loop.call_soon(self._write)
        self._requests.append((connection, request))

    def _write(self) -> None:
        requests, self._requests = self._requests, []
        late = _now() - self._since > TURN_S
        for connection, request in requests:
            if late:
                connection.give_up("this process stood still")
            else:
                connection.write(request)


class Connection(asyncio.Protocol):
    """An open line to a server. `on_made` and `on_lost` tell its pool, each exactly once."""

    def __init__(
        self,
        on_made: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
        outbox: Outbox,
        max_answer_bytes: int,
    ) -> None:
        self.made = self.lost = False
        self.reusable = True
        self._on_made, self._on_lost = on_made, on_lost
        self._outbox = outbox
        self._max_bytes = max_answer_bytes
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._head, self._timeout_s = b"", 0.0
        self._following: Following | None = None
        self._waiter: asyncio.Future[Exchange] | None = None
        self.written = False
        """Whether anything of the request may have left."""
        # uvloop runs a timer of less than half a millisecond at once, and gives a handle that does
        # not know its time: hence the time beside it.
        self._timer: asyncio.Handle | None = None
        self._timer_at = 0.0
        self._deadline = 0.0
        self._transport: asyncio.Transport
        self._poll = select.poll()
        self._clear()

    def _clear(self) -> None:
        self._body = b""
        self._chunks: list[bytes] | None = None
        self._received = 0
        self._answer_head = b""

    # -- for the pool

    def exchange(
        self,
        head: bytes,
        body: bytes,
        deadline: float,
        timeout_s: float,
        following: Following | None,
    ) -> "asyncio.Future[Exchange]":
        """Post a body, and whatever `following` says after each answer, each within `timeout_s`.

        The future ends with the last answer, with `Doubtful`, or with `NotSent` where the
        connection was lost before the request was written. `head` lacks only the length.
        """
        self._head, self._timeout_s, self._following = head, timeout_s, following
        waiter = self._waiter = self._loop.create_future()
        self._ask(body, deadline)
        return waiter

    def _ask(self, body: bytes, deadline: float) -> None:
        self.written = False
        self.keep_until(deadline)
        self._outbox.add(self, b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def write(self, request: bytes) -> None:
        """Write the request that the outbox held, unless nobody waits for it any more, or the
        connection is being lost."""
        waiting = self._waiter is not None and not self._waiter.done()
        if waiting and not self._transport.is_closing():
            self.written = True
            self._transport.write(request)

    def keep_until(self, deadline: float) -> None:
        """Set the loop time at which this connection is given up: its request's, or its idling's.

        One timer serves many requests: it is set anew only when it would fire too late, and when
        it fires early it sleeps on until the deadline.
        """
        self._deadline = deadline
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._set_timer()

    def give_up(self, reason: str) -> None:
        """Close at once; a request in flight ends as `Doubtful` for this reason."""
        self.reusable = False
        self._fail(reason)
        if not self.lost:
            self._transport.abort()

    def usable(self) -> bool:
        """Return whether the line is open as far as can be known without writing to it.

        Looks at the socket itself, for a close that the event loop has not read yet: an idle
        server has nothing to say, so anything there is to read is its close.
        """
        return self.reusable and not self._transport.is_closing() and not self._poll.poll(0)

    def drained(self) -> bool:
        """Return whether the kernel took the request to its last byte (an early refusal comes
        before)."""
        return self._transport.get_write_buffer_size() == 0

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self.made = True
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if not self._body:
            self._answer_head += data
        if self._waiter is None or not self.written:
            self.give_up("the server spoke without being asked")
        elif self._received > self._max_bytes:
            self.give_up("the answer is too large")
        else:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError:
                self.give_up("the answer is not HTTP")

    def connection_lost(self, exc: Exception | None) -> None:
        if self.lost:
            return
        self.lost = True
        self.reusable = False
        if self._timer is not None:
            self._timer.cancel()
        if exc is None and self._waiter is not None and self._ends_with_connection():
            self._finish()  # an answer without a length ends with its connection
        self._fail("the connection was closed before the whole answer came")
        self._on_lost(self)

    # -- httptools

    def on_body(self, chunk: bytes) -> None:
        if self._chunks is not None:
            self._chunks.append(chunk)
        elif self._body:
            self._chunks = [self._body, chunk]
        else:
            self._body = chunk

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._clear()  # 1xx comes before the answer
            return
        if not self._parser.should_keep_alive():
            self.reusable = False
        self._finish()

    # -- ends of a request

    def _finish(self) -> None:
        body = self._body if self._chunks is None else b"".join(self._chunks)
        status = self._parser.get_status_code()
        response = Response(status, body, self._retry_after_s() if status == _TOO_MANY else None)
        self._clear()
        if self._waiter is None:
            self.reusable = False  # a second answer to one request
        elif not self._waiter.done():
            self._go_on(response)

    def _go_on(self, response: Response) -> None:
        """Ask what follows; end the exchange where nothing does, or not on this connection."""
        try:
            body = None if self._following is None else self._following(response)
        except Exception as error:  # noqa: BLE001  a bug of ours, for its caller to hear of
            self._end(error)
            return
        if body is not None and self.reusable and self.drained():
            self._ask(body, self._loop.time() + self._timeout_s)
        else:
            self._end(Exchange(response, body))

    def _fail(self, reason: str) -> None:
        if self.written:
            self._end(Doubtful(f"Telegram may have got the request, but {reason}"))
        else:
            self._end(NotSent(f"the request was not written: {reason}"))

    def _end(self, result: Exchange | Exception) -> None:
        waiter, self._waiter, self._following = self._waiter, None, None
        if waiter is None or waiter.done():
            return
        if isinstance(result, Exchange):
            waiter.set_result(result)
        else:
            waiter.set_exception(result)

    def _retry_after_s(self) -> int | None:
        """Retry-After in seconds; its date form and nonsense count as absent."""
        found = _RETRY_AFTER.search(self._answer_head.partition(b"\r\n\r\n")[0] + b"\r\n")
        return int(found[1]) if found else None

    def _ends_with_connection(self) -> bool:
        head, end, _ = self._answer_head.partition(b"\r\n\r\n")
        return bool(end) and _LENGTH.search(head) is None

    def _set_timer(self) -> None:
        self._timer_at = self._deadline
        self._timer = self._loop.call_at(self._deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self.lost:
            return
        now = self._loop.time()
        if now >= self._deadline and now - self._timer_at > STOOD_STILL_S:
            self._deadline = now + UNREAD_S
        if now < self._deadline:
            self._set_timer()
        else:
            self.give_up("did not answer in time")


def _now() -> float:
    """Return seconds of a clock that goes on while the machine sleeps, which the event loop's
    does not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
