"""A small HTTP/1.1 server for one core: httptools parses, transports write, nothing sits between.

Promise: one answer for each request, in order, one request at a time on a connection (as the Bot
API server does it), keep-alive by default, chunked and gzip/deflate bodies read. Failures of HTTP
itself are answered by a status line with an empty body, and the connection is closed.

Everything runs on one event loop; a connection's state is touched by its own callbacks only, so
there is nothing to lock.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import cast

import httptools

MAX_HEADERS = 256 * 1024
MAX_BODY = 64 * 1024 * 1024
IDLE_LIMIT_S = 500.0
_REASONS = {int(status): status.phrase for status in HTTPStatus}


class Request:
    """One request: `target` is the raw path with its query, header names are lower case."""

    __slots__ = ("body", "connection", "headers", "keep_alive", "method", "peer", "target")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.method = ""
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.keep_alive = True
        self.peer = connection.peer


class Response:
    """What goes back. `send_only` bytes of the whole are written before the connection is cut."""

    __slots__ = ("body", "close", "content_type", "headers", "send_only", "status")

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"",
        *,
        content_type: bytes = b"application/json",
        headers: bytes = b"",
        close: bool = False,
        send_only: int | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers
        self.close = close
        self.send_only = send_only

    def encode(self, keep_alive: bool) -> bytes:
        if self.status == 200 and keep_alive and not self.headers:
            return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n" % (
                self.content_type,
                len(self.body),
            ) + b"Connection: keep-alive\r\n\r\n%b" % (self.body,)
        reason = _REASONS.get(self.status, "Unknown").encode()
        kind = b"Content-Type: %b\r\n" % self.content_type if self.body else b""
        return b"HTTP/1.1 %d %b\r\n%bContent-Length: %d\r\nConnection: %b\r\n%b\r\n%b" % (
            self.status,
            reason,
            kind,
            len(self.body),
            b"keep-alive" if keep_alive else b"close",
            self.headers,
            self.body,
        )


def bare(status: int) -> Response:
    """Return a failure of HTTP itself: no body, connection closed."""
    return Response(status, close=True)


def cut() -> Response:
    """No answer but a connection reset."""
    return Response(send_only=0)


Handler = Callable[[Request], "Response | Awaitable[Response]"]


class Connection(asyncio.Protocol):
    """One client connection; also the callback target of its httptools parser."""

    def __init__(self, handler: Handler, server: Connections) -> None:
        self._handler = handler
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Future[Response] | None = None
        self._failed: int | None = None
        self._header_bytes = 0
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self.peer = ""
        self.last_used = 0.0
        self._request = Request(self)

    # --- asyncio -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self.last_used = self._server.loop.time()
        self._server.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.open.discard(self)
        self._transport = None
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(501)
        except httptools.HttpParserCallbackError as error:
            if self._failed is None:  # a bug in a handler, not the client's fault
                self._server.report(error.__context__ or error)
            self._fail(self._failed or 500)
        except httptools.HttpParserError:
            self._fail(400)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_idle(self) -> bool:
        return self._task is None and not self._waiting

    # --- httptools -----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._request = Request(self)
        self._header_bytes = 0
        self._body_bytes = 0
        self._chunks = []

    def on_url(self, url: bytes) -> None:
        self._request.target += url
        self._count_header(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers[name.lower()] = value
        self._count_header(len(name) + len(value))

    def on_headers_complete(self) -> None:
        request = self._request
        request.method = self._parser.get_method().decode("latin-1")
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            self._stop_parsing(505)
        if request.headers.get(b"expect", b"").lower() == b"100-continue" and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY:
            self._stop_parsing(413)
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._transport is None:
            return
        request = self._request
        request.body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        request.keep_alive = self._parser.should_keep_alive()
        if b"content-encoding" in request.headers and not _decompress(request):
            self._stop_parsing(415)
        self._waiting.append(request)
        if self._task is None:
            self._serve()
        elif len(self._waiting) == 1:
            self._transport.pause_reading()

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADERS:
            self._stop_parsing(431)

    def _stop_parsing(self, status: int) -> None:
        self._failed = status
        raise httptools.HttpParserError(str(status))

    # --- answering -----------------------------------------------------------------------------

    def _fail(self, status: int) -> None:
        if self._transport is not None:
            self._transport.write(bare(status).encode(False))
            self._close()

    def _close(self) -> None:
        """Send what was written, and take nothing more."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._waiting.clear()

    def _serve(self) -> None:
        while self._waiting and self._task is None:
            request = self._waiting.popleft()
            answer = self._handler(request)
            if isinstance(answer, Response):
                self._write(request, answer)
            else:
                self._task = asyncio.ensure_future(answer)
                self._task.add_done_callback(partial(self._done, request))

    def _done(self, request: Request, task: asyncio.Future[Response]) -> None:
        self._task = None
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        if error is not None:
            self._server.report(error)
        self._write(request, task.result() if error is None else bare(500))
        if self._transport is not None:
            self._transport.resume_reading()
        self._serve()

    def _write(self, request: Request, answer: Response) -> None:
        transport = self._transport
        if transport is None:
            return
        self.last_used = self._server.loop.time()
        if answer.send_only is not None:
            if answer.send_only:
                transport.write(answer.encode(True)[: answer.send_only])
                self._close()
            else:
                transport.abort()
            return
        keep_alive = request.keep_alive and not answer.close
        transport.write(answer.encode(keep_alive))
        if not keep_alive:
            self._close()


class Connections:
    """All open connections of one server, and the sweep that closes idle ones."""

    def __init__(self, loop: asyncio.AbstractEventLoop, report: Callable[[BaseException], None]):
        self.loop = loop
        self.open: set[Connection] = set()
        self.report = report

    def close_all(self) -> None:
        for connection in list(self.open):
            connection.abort()

    async def sweep(self) -> None:
        """Close what has been silent for `IDLE_LIMIT_S`, for ever."""
        while True:
            await asyncio.sleep(30)
            limit = self.loop.time() - IDLE_LIMIT_S
            for connection in [c for c in self.open if c.is_idle and c.last_used < limit]:
                connection.abort()


def _decompress(request: Request) -> bool:
    encoding = request.headers[b"content-encoding"].strip().lower()
    if encoding in (b"", b"identity"):
        return True
    if encoding not in (b"gzip", b"deflate"):
        return False
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        request.body = unpacker.decompress(request.body, MAX_BODY)
    except zlib.error:
        return False
    return not unpacker.unconsumed_tail
