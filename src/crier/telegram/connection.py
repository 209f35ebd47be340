"""One kept-alive HTTP/1.1 connection: writes a request, parses its answer, knows when it broke.

Used by `crier.telegram.transport` only, which owns it from `send` to the answer, so that there is
one request on it at a time. Everything runs in one event loop, and between two awaits nothing else.
"""

import asyncio
import select
from collections.abc import Callable
from typing import NamedTuple, cast

import httptools

from crier.telegram.errors import Doubtful

STOOD_STILL_S, UNREAD_S = 0.5, 1.0
"""A timer that is so late says that this process stood still, and nobody read what came meanwhile:
for so long there is another chance to."""


class Response(NamedTuple):
    """A whole HTTP answer. `retry_after_s` is the Retry-After header where it is a number."""

    status: int
    body: bytes
    retry_after_s: int | None = None


class Connection(asyncio.Protocol):
    """An open line to a server. `on_made` and `on_lost` tell its pool, each exactly once."""

    def __init__(
        self,
        on_made: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
        max_answer_bytes: int,
    ) -> None:
        self.made = self.lost = False
        self.reusable = True
        self._on_made, self._on_lost = on_made, on_lost
        self._max_bytes = max_answer_bytes
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._transport: asyncio.Transport
        self._poll = select.poll()
        self._clear()

    def _clear(self) -> None:
        self._body = b""
        self._chunks: list[bytes] | None = None
        self._received = 0
        self._retry_after: bytes | None = None
        self._until_eof = True
        self._in_body = False

    # -- for the pool

    def send(self, request: bytes, deadline: float) -> "asyncio.Future[Response]":
        """Write a request; the future ends with the whole answer or with `Doubtful`."""
        self.keep_until(deadline)
        waiter = self._waiter = self._loop.create_future()
        self._transport.write(request)
        return waiter

    def keep_until(self, deadline: float) -> None:
        """Set the loop time at which this connection is given up: its request's, or its idling's.

        One timer serves many requests: it is set anew only when it would fire too late, and when
        it fires early it sleeps on until the deadline.
        """
        self._deadline = deadline
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._on_timer)

    def give_up(self, reason: str) -> None:
        """Close at once; a request in flight ends as `Doubtful` for this reason."""
        self.reusable = False
        self._fail(reason)
        if not self.lost:
            self._transport.abort()

    def usable(self) -> bool:
        """Whether the line is open as far as can be known without writing to it.

        Looks at the socket itself, for a close that the event loop has not read yet: an idle
        server has nothing to say, so anything there is to read is its close.
        """
        return self.reusable and not self._transport.is_closing() and not self._poll.poll(0)

    def drained(self) -> bool:
        """Whether the kernel took the request to its last byte (an early refusal comes before)."""
        return self._transport.get_write_buffer_size() == 0

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self.made = True
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._waiter is None:
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
        if exc is None and self._in_body and self._until_eof and self._waiter is not None:
            self._finish()  # an answer without a length ends with its connection
        self._fail("the connection was closed before the whole answer came")
        self._on_lost(self)

    # -- httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        size = len(name)
        if size == 14 or size == 17:
            if name.lower() in (b"content-length", b"transfer-encoding"):
                self._until_eof = False
        elif size == 11 and name.lower() == b"retry-after":
            self._retry_after = value

    def on_headers_complete(self) -> None:
        self._in_body = True

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
        waiter, self._waiter = self._waiter, None
        body = self._body if self._chunks is None else b"".join(self._chunks)
        retry_after_s = _seconds(self._retry_after)
        self._clear()
        if waiter is None:
            self.reusable = False  # a second answer to one request
        elif not waiter.done():
            waiter.set_result(Response(self._parser.get_status_code(), body, retry_after_s))

    def _fail(self, reason: str) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(Doubtful(f"Telegram may have got the request, but {reason}"))

    def _on_timer(self) -> None:
        timer, self._timer = self._timer, None
        if self.lost or timer is None:
            return
        now = self._loop.time()
        if now >= self._deadline and now - timer.when() > STOOD_STILL_S:
            self._deadline = now + UNREAD_S
        if now < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_timer)
        else:
            self.give_up("did not answer in time")


def _seconds(value: bytes | None) -> int | None:
    """Retry-After in seconds; its date form and nonsense count as absent."""
    if value is None or len(value) > 12 or not value.strip().isdigit():
        return None
    return int(value)
