"""Bodies of requests, read on the event loop until they are whole; else nobody sees them.

A body must be whole within `BODY_S`, stay below the limit of its route, and lies in a temporary
file beyond `IN_MEMORY` bytes; all bodies under way together stay below `ALL_BODIES`. One that
breaks off (the client left, or its chunks are no chunks) is 400: nothing of it reaches the
application.
"""

import asyncio
import contextlib
import io
import logging
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import IO, Any, Final

from crier.api.server.refusals import Refused

BODY_S: Final = 20.0
BODY_BYTES_S: Final = 64 * 1024
"""A body has `BODY_S` to arrive, and a second more for so many bytes: an upload over a slow line
comes through, and a client that holds a connection has to feed it."""
IN_MEMORY: Final = 64 * 1024
ALL_BODIES: Final = 1024 * 1024 * 1024
DRAINED_S: Final = 5.0
"""For how long a refused body is read on."""
log = logging.getLogger(__name__)


class Bodies:
    """Reads bodies. No lock: everything runs on the event loop's one thread."""

    def __init__(self, limit: Callable[[str, str], int]) -> None:
        """Read bodies up to `limit`: (method, path) to bytes."""
        self._limit = limit
        self._buffered = 0

    @contextlib.asynccontextmanager
    async def whole(self, scope: Any, protocol: Any) -> AsyncIterator[IO[bytes]]:
        """Return the body, as a file at its start.

        Raises:
            Refused: it is too large, too slow, or not whole.
        """
        length = _length(scope.headers.get("content-length"))
        if length is None and "transfer-encoding" not in scope.headers:
            yield io.BytesIO()
            return
        limit = self._limit(scope.method, scope.path)
        if length is not None and length > limit:
            raise Refused(413)
        held = 0
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            try:
                async for chunk in in_time(_unbroken(protocol), BODY_S):
                    held += len(chunk)
                    self._buffered += len(chunk)
                    if held > limit:
                        raise Refused(413)
                    if self._buffered > ALL_BODIES:
                        raise Refused(503)
                    _spool(file, chunk)
                if length is not None and held != length:
                    raise Refused(400)
                file.seek(0)
                yield file
            finally:
                self._buffered -= held


async def drain(protocol: AsyncIterable[bytes]) -> None:
    """Read on for a while after a refusal: a connection that closes while bytes of a body are on
    their way is reset, and its client, or nginx, may lose the answer with it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_S):
            async for _ in protocol:
                pass


def _length(text: str | None) -> int | None:
    """Return `Content-Length`, of which Granian lets digits pass that fit 64 bits and any zeros
    before."""
    return None if text is None else int(text.lstrip("0")[:20] or "0")


async def _unbroken(protocol: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks of a body, until it ends; Refused where it breaks off.

    Granian tells an error by an empty chunk and nothing else. A body that is whole has one, its
    last; so another one after it says that it broke off. (Or that trailers followed, which no
    client of ours sends and which are refused with it.)
    """
    has_ended = False
    async for chunk in protocol:
        if has_ended:
            raise Refused(400)
        has_ended = not chunk
        if chunk:
            yield chunk


async def in_time(body: AsyncIterable[bytes], seconds: float) -> AsyncIterator[bytes]:
    """Yield the chunks of a body, within so many seconds and what their size gives them."""
    deadline = asyncio.get_running_loop().time() + seconds
    chunks = aiter(body)
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(408) from None
        deadline += len(chunk) / BODY_BYTES_S
        yield chunk


def _spool(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        log.error("body_not_kept", extra={"folder": tempfile.gettempdir(), "error": str(error)})
        raise Refused(503, f"no room for the body on this machine: {error.strerror}") from None
