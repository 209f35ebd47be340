"""Posts through a transport to a scripted server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from crier.telegram.transport import HttpTransport
from tests.support.scripted import Request, Script, Server, Writer, answer, serving

Body = Callable[[Server, HttpTransport], Awaitable[None]]
PATH = b"/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage"


def run(runner: asyncio.Runner, script: Script, body: Body, **options: Any) -> None:
    async def main() -> None:
        async with serving(script) as server:
            transport = HttpTransport(server.url, **options)
            try:
                await body(server, transport)
            finally:
                await transport.close()
            assert transport.connections == 0

    runner.run(main())


async def echo(request: Request, writer: Writer) -> None:
    writer.write(answer(request.body))
