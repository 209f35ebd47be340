"""Flask behind Granian's asynchronous interface (RSGI), so that slow clients hold no thread.

A body is read by the event loop before a thread is taken: it must be whole within `BODY_S`, stay
below the limit of its route, and lies in a temporary file beyond `IN_MEMORY` bytes; all bodies
under way together stay below `ALL_BODIES`. Then one of `THREADS` threads answers; at most `WAITING`
requests wait for one. Streams are pulled chunk by chunk, each only when the client took the last,
so a slow reader holds nothing but its own generator.

No lock: everything but the application itself runs on the event loop's one thread.
"""

import asyncio
import contextlib
import io
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Final, Protocol

from granian._granian import RSGIProtocolClosed

THREADS: Final = 32
WAITING: Final = 2000
BODY_S: Final = 20.0
BODY_BYTES_S: Final = 64 * 1024
"""A body has `BODY_S` to arrive, and a second more for so many bytes: an upload over a slow line
comes through, and who holds a connection has to feed it."""
IN_MEMORY: Final = 64 * 1024
ALL_BODIES: Final = 1024 * 1024 * 1024
log = logging.getLogger(__name__)
Headers = list[tuple[str, str]]
Environ = dict[str, Any]
BodyLimit = Callable[[str, str], int]


class Scope(Protocol):
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

    async def __call__(self, scope: Scope, protocol: Any) -> bool:
        """Answer if that is possible here; whether it was."""


class Refused(Exception):  # noqa: N818 (an answer, not an error of ours)
    """The request is answered here, without the application."""

    def __init__(self, status: int, title: str, detail: str | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail or _DETAILS[status]


class Bridge:
    """The RSGI application."""

    def __init__(
        self, wsgi: Wsgi, body_limit: BodyLimit, quick: Mapping[str, Quick] | None = None
    ) -> None:
        """Serve `wsgi`.

        Args:
            body_limit: (method, path) to the largest body of the route in bytes.
            quick: who is asked first, by the first part of the path (`/r/`).
        """
        self._wsgi = wsgi
        self._quick = quick or {}
        self._body_limit = body_limit
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="api")
        self._waiting = 0
        self._buffered = 0

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            protocol.close(403)
            return
        quick = self._quick.get(scope.path[: scope.path.find("/", 1) + 1])
        try:
            if quick is not None and await quick(scope, protocol):
                return
            async with self._body(scope, protocol) as body, self._turn():
                await self._answer(_environ(scope, body), protocol)
        except Refused as refused:
            _refuse(protocol, refused)
        except RSGIProtocolClosed:
            log.info("client_left", extra={"method": scope.method})

    @contextlib.asynccontextmanager
    async def _body(self, scope: Scope, protocol: Any) -> AsyncIterator[IO[bytes]]:
        """The whole body, as a file at its start."""
        length = scope.headers.get("content-length")
        if length is None and "transfer-encoding" not in scope.headers:
            yield io.BytesIO()
            return
        limit = self._body_limit(scope.method, scope.path)
        if length is not None and int(length) > limit:
            raise Refused(413, "Request Entity Too Large")
        held = 0
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            try:
                async for chunk in _in_time(protocol, BODY_S):
                    held += len(chunk)
                    self._buffered += len(chunk)
                    if held > limit:
                        raise Refused(413, "Request Entity Too Large")
                    if self._buffered > ALL_BODIES:
                        raise Refused(503, "Service Unavailable")
                    _spool(file, chunk)
                file.seek(0)
                yield file
            finally:
                self._buffered -= held

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING:
            raise Refused(503, "Service Unavailable")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def _answer(self, environ: Environ, protocol: Any) -> None:
        loop = asyncio.get_running_loop()
        status, headers, body = await loop.run_in_executor(self._pool, self._call, environ)
        if isinstance(body, bytes):
            protocol.response_bytes(status, headers, body)
            return
        transport = protocol.response_stream(status, headers)
        try:
            while (chunk := await loop.run_in_executor(self._pool, next, body, None)) is not None:
                if chunk:
                    await transport.send_bytes(chunk)
        finally:
            await loop.run_in_executor(self._pool, body.close)

    def _call(self, environ: Environ) -> tuple[int, Headers, Any]:
        """Run the application in a thread: its answer whole, or an iterator where it streams."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        result = self._wsgi(environ, start_response)
        headers: Headers = [*started[1], ("Server", "crier")]
        if any(name.lower() == "content-length" for name, _ in headers):
            with contextlib.closing(result) if hasattr(result, "close") else _nothing():
                return started[0], headers, b"".join(result)
        return started[0], headers, _Chunks(result)


def _spool(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        log.error("body_not_kept", extra={"folder": tempfile.gettempdir(), "error": str(error)})
        detail = f"no room for the body on this machine: {error.strerror}"
        raise Refused(503, "Service Unavailable", detail) from None


async def _in_time(protocol: Any, seconds: float) -> AsyncIterator[bytes]:
    """The chunks of a body, within so many seconds and what their size gives them."""
    deadline = asyncio.get_running_loop().time() + seconds
    chunks = aiter(protocol)
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(408, "Request Timeout") from None
        deadline += len(chunk) / BODY_BYTES_S
        yield chunk


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


def _environ(scope: Scope, body: IO[bytes]) -> Environ:
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


def _refuse(protocol: Any, refused: Refused) -> None:
    body = (
        f'{{"type":"about:blank","title":"{refused.title}","status":{refused.status},'
        f'"detail":"{refused.detail}","request_id":""}}'
    )
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Server", "crier"),
        ("Connection", "close"),
    ]
    if refused.status == 503:
        headers.append(("Retry-After", "2"))
    protocol.response_bytes(refused.status, headers, body.encode())


_DETAILS: Final = {
    408: "the body did not arrive in time",
    413: "the body is too large",
    503: "too many requests are under way; try again in a moment",
}
