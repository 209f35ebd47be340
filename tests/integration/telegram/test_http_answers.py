"""The transport reads any shape of a whole answer, and what comes beside it."""

import asyncio

import pytest

from crier.telegram.transport import Response
from tests.support.posting import PATH, posting
from tests.support.scripted import (
    Request,
    Writer,
    answer,
)

pytestmark = pytest.mark.both_loops


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 6\r\nX-Other: y\r\n\r\nabcdef",
    ],
)
async def test_any_shape_of_a_whole_answer_is_read(raw: bytes) -> None:
    async def in_pieces(request: Request, writer: Writer) -> None:
        for start in range(0, len(raw), 7):
            writer.write(raw[start : start + 7])
            await asyncio.sleep(0)

    async with posting(in_pieces) as (server, transport):
        for _ in range(2):
            assert await transport.post(PATH, b"x") == Response(200, b"abcdef", None)
        assert server.connections == 1


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def until_eof(request: Request, writer: Writer) -> None:
        writer.write(answer(b"<html>", "502 Bad Gateway", length=False))
        writer.close()

    async with posting(until_eof) as (_, transport):
        assert await transport.post(PATH, b"x") == Response(502, b"<html>", None)


async def test_bytes_that_nobody_asked_for_spoil_the_connection() -> None:
    async def twice(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body) + answer(b"injected"))

    async with posting(twice) as (server, transport):
        for number in range(3):
            sent = b"%d" % number
            assert (await transport.post(PATH, sent)).body == sent
        assert server.connections == 3


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 30, None)]
)
async def test_retry_after_is_read_where_it_is_a_number(header: str, seconds: int | None) -> None:
    text = b"\r\nRetry-After: 99\r\n"  # a body says nothing of when

    async def limited(request: Request, writer: Writer) -> None:
        writer.write(answer(text, "429 Too Many Requests", (f"retry-AFTER: {header}",)))

    async with posting(limited) as (_, transport):
        assert await transport.post(PATH, b"x") == Response(429, text, seconds)
