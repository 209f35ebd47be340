"""Posts through a transport to a scripted server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from crier.telegram.transport import HttpTransport
from tests.support.scripted import Request, Script, Server, Writer, answer, serving

PATH = b"/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage"


@asynccontextmanager
async def posting(script: Script, **options: Any) -> AsyncIterator[tuple[Server, HttpTransport]]:
    """A scripted server and a transport to it, which is closed when the block ends."""
    async with serving(script) as server:
        transport = HttpTransport(server.url, **options)
        try:
            yield server, transport
        finally:
            await transport.close()
        assert transport.connections == 0


async def echo(request: Request, writer: Writer) -> None:
    writer.write(answer(request.body))
