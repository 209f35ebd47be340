"""The transport where no whole answer comes: what is known of a request is always right."""

import asyncio
import time

import pytest

from crier.telegram.errors import Doubtful, NotSent
from tests.support.posting import PATH, posting
from tests.support.scripted import (
    Request,
    Script,
    Writer,
    answer,
)
from tests.support.waiting import until_async

pytestmark = pytest.mark.both_loops


async def cut(request: Request, writer: Writer) -> None:
    writer.transport.abort()


async def cut_inside_the_head(request: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")
    await writer.drain()
    writer.close()


async def cut_inside_the_body(request: Request, writer: Writer) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok":true')
    await writer.drain()
    writer.close()


async def cut_inside_a_chunk(request: Request, writer: Writer) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"ok":true')
    await writer.drain()
    writer.close()


async def no_http(request: Request, writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


async def endless(request: Request, writer: Writer) -> None:
    writer.write(answer(b"x" * 300_000))


@pytest.mark.parametrize(
    "script",
    [cut, cut_inside_the_head, cut_inside_the_body, cut_inside_a_chunk, no_http, endless],
)
async def test_a_written_request_without_a_whole_answer_is_doubtful_and_written_once(
    script: Script,
) -> None:
    async with posting(script, max_answer_bytes=100_000) as (server, transport):
        with pytest.raises(Doubtful) as caught:
            await transport.post(PATH, b"x")
        assert "AAAA" not in str(caught.value)
        assert len(server.requests) == 1
        await until_async(lambda: transport.connections == 0)


async def answers_the_first_alone(request: Request, writer: Writer) -> None:
    if request.body == b"first":
        writer.write(answer(b""))


async def test_no_answer_in_time_is_doubtful_and_its_connection_is_closed() -> None:
    async with posting(answers_the_first_alone) as (_, transport):
        with pytest.raises(Doubtful, match="in time"):
            await transport.post(PATH, b"x", timeout_s=0.05)
        await until_async(lambda: transport.connections == 0)


async def test_a_process_that_stood_still_reads_what_came_before_it_calls_an_answer_late() -> None:
    arrived = asyncio.Event()

    async def script(request: Request, writer: Writer) -> None:
        await arrived.wait()
        writer.write(answer(request.body))

    async with posting(script) as (server, transport):
        asked = asyncio.create_task(transport.post(PATH, b"x", timeout_s=0.2))
        await until_async(lambda: bool(server.requests))
        arrived.set()
        time.sleep(0.8)  # noqa: ASYNC251  the whole loop is to stand still
        assert (await asked).body == b"x"


async def test_a_shorter_timeout_after_a_longer_one_is_kept() -> None:
    async with posting(answers_the_first_alone) as (server, transport):
        await transport.post(PATH, b"first", timeout_s=60)
        async with asyncio.timeout(2):
            with pytest.raises(Doubtful, match="in time"):
                await transport.post(PATH, b"second", timeout_s=0.05)
        assert server.connections == 1


@pytest.mark.parametrize("timeout_s", [0.0, 0.0002, 0.0004, 0.0006, 0.0011])
async def test_a_timeout_of_less_than_a_millisecond_is_kept(timeout_s: float) -> None:
    """uvloop runs such timers at once, as no timers."""

    async with posting(answers_the_first_alone) as (_, transport):
        await transport.post(PATH, b"first", timeout_s=60)
        async with asyncio.timeout(20):
            with pytest.raises((Doubtful, NotSent)):
                await transport.post(PATH, b"second", timeout_s=timeout_s)


async def test_a_request_that_waits_for_a_place_until_its_timeout_is_not_sent() -> None:
    release = asyncio.Event()

    async def held(request: Request, writer: Writer) -> None:
        await release.wait()
        writer.write(answer(request.body))

    async with posting(held, max_connections=1) as (server, transport):
        first = asyncio.create_task(transport.post(PATH, b"first"))
        await until_async(lambda: len(server.requests) == 1)
        with pytest.raises(NotSent, match="came free"):
            await transport.post(PATH, b"second", timeout_s=0.05)
        release.set()
        assert (await first).body == b"first"
        assert len(server.requests) == 1


async def test_closing_ends_what_is_in_flight_as_doubtful_and_what_waits_as_not_sent() -> None:
    async def hangs(request: Request, writer: Writer) -> None:
        await asyncio.Event().wait()

    async with posting(hangs, max_connections=1) as (server, transport):
        flying = asyncio.create_task(transport.post(PATH, b"x"))
        waiting = asyncio.create_task(transport.post(PATH, b"y"))
        await until_async(lambda: len(server.requests) == 1)
        await transport.close()
        with pytest.raises(Doubtful):
            await flying
        with pytest.raises(NotSent):
            await waiting
        with pytest.raises(NotSent):
            await transport.post(PATH, b"z")
