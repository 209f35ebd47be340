"""A server that does to each request exactly what its test says, faults included."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@dataclass
class Request:
    """What the server read, and on which of its connections (counted from 1)."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


Script = Callable[[Request, Writer], Awaitable[None]]


def answer(
    body: bytes, status: str = "200 OK", headers: tuple[str, ...] = (), *, length: bool = True
) -> bytes:
    """An HTTP answer as bytes."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Server:
    """A running scripted server; `requests` grows as they are read."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    talks: list["asyncio.Task[None]"] = field(default_factory=list)
    writers: list[Writer] = field(default_factory=list)


@asynccontextmanager
async def serving(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve on a free port of loopback until the block ends."""
    state = Server("")

    async def talk(reader: Reader, writer: Writer) -> None:
        state.connections += 1
        state.open += 1
        state.writers.append(writer)
        talk = asyncio.current_task()
        assert talk is not None
        state.talks.append(talk)
        try:
            await _talk(state, state.connections, reader, writer, script)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            state.open -= 1
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    scheme = "https" if context else "http"
    state.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for one in state.talks:
            one.cancel()
        await asyncio.gather(*state.talks, return_exceptions=True)


async def _talk(state: Server, number: int, reader: Reader, writer: Writer, script: Script) -> None:
    while not writer.is_closing():
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        request = Request(first.split(" ")[1], headers, body, number)
        state.requests.append(request)
        await script(request, writer)
        await writer.drain()
