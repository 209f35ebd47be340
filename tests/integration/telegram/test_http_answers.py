"""The transport reads any shape of a whole answer, and what comes beside it."""

import asyncio

import pytest

from crier.telegram.transport import HttpTransport, Response
from tests.support.posting import PATH, run
from tests.support.scripted import (
    Request,
    Server,
    Writer,
    answer,
)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 6\r\nX-Other: y\r\n\r\nabcdef",
    ],
)
def test_any_shape_of_a_whole_answer_is_read(runner: asyncio.Runner, raw: bytes) -> None:
    async def in_pieces(request: Request, writer: Writer) -> None:
        for start in range(0, len(raw), 7):
            writer.write(raw[start : start + 7])
            await asyncio.sleep(0)

    async def body(server: Server, transport: HttpTransport) -> None:
        for _ in range(2):
            assert await transport.post(PATH, b"x") == Response(200, b"abcdef", None)
        assert server.connections == 1

    run(runner, in_pieces, body)


def test_an_answer_without_a_length_ends_with_its_connection(runner: asyncio.Runner) -> None:
    async def until_eof(request: Request, writer: Writer) -> None:
        writer.write(answer(b"<html>", "502 Bad Gateway", length=False))
        writer.close()

    async def body(server: Server, transport: HttpTransport) -> None:
        assert await transport.post(PATH, b"x") == Response(502, b"<html>", None)

    run(runner, until_eof, body)


def test_bytes_that_nobody_asked_for_spoil_the_connection(runner: asyncio.Runner) -> None:
    async def twice(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body) + answer(b"injected"))

    async def body(server: Server, transport: HttpTransport) -> None:
        for number in range(3):
            sent = b"%d" % number
            assert (await transport.post(PATH, sent)).body == sent
        assert server.connections == 3

    run(runner, twice, body)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 30, None)]
)
def test_retry_after_is_read_where_it_is_a_number(
    runner: asyncio.Runner, header: str, seconds: int | None
) -> None:
    text = b"\r\nRetry-After: 99\r\n"  # a body says nothing of when

    async def limited(request: Request, writer: Writer) -> None:
        writer.write(answer(text, "429 Too Many Requests", (f"retry-AFTER: {header}",)))

    async def body(server: Server, transport: HttpTransport) -> None:
        assert await transport.post(PATH, b"x") == Response(429, text, seconds)

    run(runner, limited, body)
