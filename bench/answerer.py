"""A Bot API server that says yes to everything as fast as Python can: the other side of a bench.

Reads just enough of a request to know where it ends; answers a message as Telegram would. Prints
its port and serves until its standard input closes.
"""

import asyncio
import sys
from typing import cast

import uvloop

RESULT = (
    b'{"ok":true,"result":{"message_id":17,"from":{"id":123456789,"is_bot":true,'
    b'"first_name":"Bench","username":"bench_bot"},"chat":{"id":5,"first_name":"Ann",'
    b'"type":"private"},"date":1790000000,"text":"Only today: two for one, and delivery is free"}}'
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: keep-alive\r\n"
    b"Strict-Transport-Security: max-age=31536000\r\n\r\n%b" % (len(RESULT), RESULT)
)


class Answerer(asyncio.Protocol):
    """Answers every request on one connection."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := _end_of_request(self._buffer)) is not None:
            self._buffer = self._buffer[end:]
            self._transport.write(ANSWER)


def _end_of_request(data: bytes) -> int | None:
    body = data.find(b"\r\n\r\n") + 4
    if body < 4:
        return None
    at = data[:body].lower().find(b"content-length:")
    length = 0 if at < 0 else int(data[at + 15 : data.find(b"\r", at)])
    return body + length if len(data) >= body + length else None


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answerer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
