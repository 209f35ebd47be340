"""Flask behind Granian's asynchronous interface (RSGI), so that slow clients hold no thread.

A body is read whole (`bodies.py`) before a thread is taken. Then one of `THREADS` threads answers;
at most `WAITING` requests wait for one. Streams are pulled chunk by chunk, each chunk only when the
client has taken what came before (`outflow.py`): a slow reader holds nothing but its own generator.
Exports, from the request on, are the work of `EXPORT_THREADS`, for each of them keeps the
interpreter busy, and however many come at once the others have one thread beside them, not dozens.
Files wait for their storage on `FILE_THREADS`. An answer that is to come late (`ANSWER_AFTER_S`)
waits here. One that never ends by itself (`LIVE`) goes on here, on the event loop, when the
application is done with its beginning.

No lock: everything but the application itself runs on the event loop's one thread.
"""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO, Any, Final, NamedTuple, Protocol

from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from crier.api.server import bodies, outflow, refusals
from crier.api.server.bodies import Bodies
from crier.api.server.outflow import ClientLeftError, Outflow
from crier.api.server.refusals import Refused

THREADS: Final = 32
EXPORT_THREADS: Final = 1
FILE_THREADS: Final = 2
WAITING: Final = 2000
ANSWER_AFTER_S: Final = "crier.answer_after_s"
"""In a request's environ: how many seconds its answer waits, without a thread."""
STREAMED: Final = "crier.streamed"
"""In a request's environ: its answer is sent piece by piece although its length is known."""
LIVE: Final = "crier.live"
"""In a request's environ: a `Live`, what follows the application's answer."""
LIMITED_AFTER_S: Final = 1.0
"""How long every 429 waits: a client that asks again at once takes no processor from others."""
_BODILESS: Final = (204, 304)
_LEFT: Final = (RSGIProtocolClosed, RSGIProtocolError, ClientLeftError)
log = logging.getLogger(__name__)
Headers = list[tuple[str, str]]
Environ = dict[str, Any]
BodyLimit = Callable[[str, str], int]


class RsgiScope(Protocol):
    """What Granian tells of a request."""

    proto: str
    http_version: str
    method: str
    path: str
    query_string: str
    scheme: str
    client: str
    server: str
    headers: Any


class Wsgi(Protocol):
    """A WSGI application."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Any: ...


class Quick(Protocol):
    """Answers some requests on the event loop, without the application."""

    async def __call__(self, scope: RsgiScope, protocol: Any) -> bool:
        """Answer if that is possible here; whether it was."""


class Live(Protocol):
    """What an answer goes on with, on the event loop."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield chunk after chunk until `end`."""

    def end(self) -> None:
        """End it: the client has left."""


class _Answer(NamedTuple):
    """What the application says; the body is an iterator where it streams."""

    status: int
    headers: Headers
    body: Any
    after_s: float
    live: Live | None = None


class Bridge:
    """The RSGI application."""

    def __init__(
        self,
        wsgi: Wsgi,
        body_limit: BodyLimit,
        exports: Collection[str] = (),
        quick: Mapping[str, Quick] | None = None,
        always: Mapping[str, str] | None = None,
        stopping: Callable[[], None] | None = None,
    ) -> None:
        """Serve `wsgi`.

        Args:
            body_limit: (method, path) to the largest body of the route in bytes.
            exports: paths whose answers are made while they are sent, at some cost.
            quick: what is asked first, by the first part of the path (`/r/`).
            always: headers of every answer, for those that the application does not give.
            stopping: called on SIGTERM, to end what would not end by itself.
        """
        self._wsgi = wsgi
        self._export_paths = frozenset(exports)
        self._quick = quick or {}
        self._always = always or {}
        self._stopping = stopping
        self._bodies = Bodies(body_limit)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="api")
        self._exports = ThreadPoolExecutor(EXPORT_THREADS, thread_name_prefix="export")
        self._files = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        self._waiting = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start to set deadlines for slow clients before the server serves."""
        self._deadline = loop.create_task(outflow.set_deadline())
        if self._stopping is not None:
            loop.add_signal_handler(signal.SIGTERM, self._stop, self._stopping)

    def _stop(self, stopping: Callable[[], None]) -> None:
        """Take Granian's place at SIGTERM, which waits for all answers; it takes SIGINT the same
        way."""
        stopping()
        signal.raise_signal(signal.SIGINT)

    async def __rsgi__(self, scope: RsgiScope, protocol: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            protocol.close(403)
            return
        quick = self._quick.get(scope.path[: scope.path.find("/", 1) + 1])
        try:
            if quick is not None and await quick(scope, protocol):
                return
            async with self._bodies.whole(scope, protocol) as body:
                answer = await self._ask(scope, body)
            if answer.after_s:
                await asyncio.sleep(answer.after_s)
            await self._send(answer, scope, protocol)
        except Refused as refused:
            refusals.answer(scope, protocol, refused, self._always)
            await bodies.drain(protocol)
        except _LEFT:
            log.info("client_left", extra={"method": scope.method})

    async def _ask(self, scope: RsgiScope, body: IO[bytes]) -> _Answer:
        """Let a thread run the application."""
        if self._waiting >= WAITING:
            raise Refused(503)
        self._waiting += 1
        pool = self._exports if scope.path in self._export_paths else self._pool
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, self._call, _environ(scope, body))
        finally:
            self._waiting -= 1

    async def _send(self, answer: _Answer, scope: RsgiScope, protocol: Any) -> None:
        if isinstance(answer.body, bytes):
            protocol.response_bytes(answer.status, answer.headers, answer.body)
            return
        if answer.live is not None:
            with contextlib.closing(answer.body):
                await _go_on(answer, answer.live, protocol)
            return
        pool = self._exports if scope.path in self._export_paths else self._files
        run = partial(asyncio.get_running_loop().run_in_executor, pool)
        try:
            taken = await run(Outflow.to, scope.client)
            with contextlib.closing(taken):
                await _stream(answer, run, taken, protocol)
        finally:
            await run(answer.body.close)

    def _call(self, environ: Environ) -> _Answer:
        """Run the application in a thread: its answer whole, or an iterator where it streams."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        result = self._wsgi(environ, start_response)
        status, headers = started[0], [*started[1], ("Server", "crier")]
        after_s = max(environ.get(ANSWER_AFTER_S, 0.0), LIMITED_AFTER_S if status == 429 else 0.0)
        if live := environ.get(LIVE):
            return _Answer(status, headers, _Chunks(result), after_s, live)
        if status in _BODILESS or (_has_length(headers) and not environ.get(STREAMED)):
            with contextlib.closing(result) if hasattr(result, "close") else _nothing():
                return _Answer(status, headers, b"".join(result), after_s)
        return _Answer(status, headers, _Chunks(result), after_s)


async def _stream(
    answer: _Answer, run: Callable[..., Awaitable[Any]], taken: Outflow, protocol: Any
) -> None:
    """Send chunk after chunk. What fails ends as a fault: half must not pass for the whole."""
    transport = protocol.response_stream(answer.status, answer.headers)
    is_chunked = not _has_length(answer.headers)
    try:
        while (chunk := await run(next, answer.body, None)) is not None:
            if chunk:
                await transport.send_bytes(chunk)
                taken.add(chunk, is_chunked=is_chunked)
                await taken.room()
    except _LEFT:
        raise
    except Exception as error:
        log.exception("stream_failed", extra={"error": type(error).__name__})
        taken.cut()


async def _go_on(answer: _Answer, live: Live, protocol: Any) -> None:
    """Send what follows for as long as the client is there."""
    transport = protocol.response_stream(answer.status, answer.headers)
    left = asyncio.ensure_future(protocol.client_disconnect())
    left.add_done_callback(lambda _: live.end())
    try:
        async for chunk in live.chunks():
            await transport.send_bytes(chunk)
    finally:
        left.cancel()


def _has_length(headers: Headers) -> bool:
    return any(name.lower() == "content-length" for name, _ in headers)


class _Chunks:
    """An iterator that closes what it iterates over."""

    def __init__(self, result: Any) -> None:
        self._result = result
        self._iterator: Iterator[bytes] = iter(result)

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        if hasattr(self._result, "close"):
            self._result.close()


_nothing = contextlib.nullcontext


def _environ(scope: RsgiScope, body: IO[bytes]) -> Environ:
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        if "_" in name:
            continue  # X_Forwarded_For would pass for X-Forwarded-For
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.encode().decode("latin-1")
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{text}" if key in environ else text
    return environ
