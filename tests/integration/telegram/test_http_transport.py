"""The transport against servers that misbehave: what is known of a request is always right."""

import asyncio
import socket
import ssl
import time
from pathlib import Path

import pytest

from crier.errors import SettingsError
from crier.telegram.connection import Connection
from crier.telegram.errors import UNWRITTEN, Doubtful, NotSent
from crier.telegram.transport import HttpTransport, Response
from tests.support.certificate import make_certificate
from tests.support.posting import PATH, echo, run
from tests.support.scripted import (
    Request,
    Script,
    Server,
    Writer,
    answer,
    serving,
    until,
)


def test_requests_in_turn_share_one_connection(runner: asyncio.Runner) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        for number in range(3):
            sent = b"%d" % number
            assert await transport.post(PATH, sent) == Response(200, sent, None)
        assert server.connections == 1
        assert server.requests[0].path == PATH.decode()
        assert server.requests[0].headers["content-type"] == "application/json"

    run(runner, echo, body)


def test_never_more_connections_than_allowed_and_everybody_gets_a_turn(
    runner: asyncio.Runner,
) -> None:
    async def slow_echo(request: Request, writer: Writer) -> None:
        await asyncio.sleep(0.001)
        writer.write(answer(request.body))

    async def body(server: Server, transport: HttpTransport) -> None:
        bodies = [b"%d" % number for number in range(50)]
        answers = await asyncio.gather(*(transport.post(PATH, sent) for sent in bodies))
        assert [response.body for response in answers] == bodies
        assert server.connections == 3

    run(runner, slow_echo, body, max_connections=3)


def test_once_half_of_the_places_are_in_use_the_rest_is_shared_out(
    runner: asyncio.Runner,
) -> None:
    ended = asyncio.Event()

    async def held(request: Request, writer: Writer) -> None:
        await ended.wait()
        writer.write(answer(request.body))

    async def body(server: Server, transport: HttpTransport) -> None:
        assert transport.fair_share(4) == 8
        posts = [asyncio.create_task(transport.post(PATH, b"x")) for _ in range(4)]
        await until(lambda: len(server.requests) == 4)
        assert [transport.fair_share(users) for users in (0, 1, 2, 4, 100)] == [4, 4, 2, 1, 1]
        ended.set()
        await asyncio.gather(*posts)
        assert transport.fair_share(4) == 8

    run(runner, held, body, max_connections=8)


def test_a_refused_connection_is_not_sent_and_names_no_token(runner: asyncio.Runner) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        async def main() -> None:
            transport = HttpTransport(f"http://127.0.0.1:{port}")
            with pytest.raises(NotSent, match=r"cannot connect to 127\.0\.0\.1") as caught:
                await transport.post(PATH, b"")
            assert "AAAA" not in str(caught.value)
            assert transport.connections == 0
            await transport.close()

        runner.run(main())


def test_a_name_that_does_not_resolve_is_not_sent(runner: asyncio.Runner) -> None:
    async def main() -> None:
        transport = HttpTransport("http://no-such-host.invalid")
        with pytest.raises(NotSent):
            await transport.post(PATH, b"")
        await transport.close()

    runner.run(main())


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
def test_a_written_request_without_a_whole_answer_is_doubtful_and_written_once(
    runner: asyncio.Runner, script: Script
) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        with pytest.raises(Doubtful) as caught:
            await transport.post(PATH, b"x")
        assert "AAAA" not in str(caught.value)
        assert len(server.requests) == 1
        await until(lambda: transport.connections == 0)

    run(runner, script, body, max_answer_bytes=100_000)


def test_no_answer_in_time_is_doubtful_and_its_connection_is_closed(
    runner: asyncio.Runner,
) -> None:
    async def never(request: Request, writer: Writer) -> None:
        await asyncio.sleep(0.3)
        writer.write(answer(b"too late"))

    async def body(server: Server, transport: HttpTransport) -> None:
        with pytest.raises(Doubtful, match="in time"):
            await transport.post(PATH, b"x", timeout_s=0.05)
        await until(lambda: transport.connections == 0)

    run(runner, never, body)


def test_a_process_that_stood_still_reads_what_came_before_it_calls_an_answer_late(
    runner: asyncio.Runner,
) -> None:
    arrived = asyncio.Event()

    async def script(request: Request, writer: Writer) -> None:
        await arrived.wait()
        writer.write(answer(request.body))

    async def body(server: Server, transport: HttpTransport) -> None:
        asked = asyncio.create_task(transport.post(PATH, b"x", timeout_s=0.2))
        await until(lambda: bool(server.requests))
        arrived.set()
        time.sleep(0.8)  # noqa: ASYNC251  the whole loop is to stand still
        assert (await asked).body == b"x"

    run(runner, script, body)


def test_a_shorter_timeout_after_a_longer_one_is_kept(runner: asyncio.Runner) -> None:
    async def slow_second(request: Request, writer: Writer) -> None:
        if request.body == b"first":
            writer.write(answer(b""))
        else:
            await asyncio.sleep(5)

    async def body(server: Server, transport: HttpTransport) -> None:
        await transport.post(PATH, b"first", timeout_s=60)
        async with asyncio.timeout(2):
            with pytest.raises(Doubtful, match="in time"):
                await transport.post(PATH, b"second", timeout_s=0.05)
        assert server.connections == 1

    run(runner, slow_second, body)


@pytest.mark.parametrize("timeout_s", [0.0, 0.0002, 0.0004, 0.0006, 0.0011])
def test_a_timeout_of_less_than_a_millisecond_is_kept(
    runner: asyncio.Runner, timeout_s: float
) -> None:
    """uvloop runs such timers at once, as no timers."""

    async def slow_second(request: Request, writer: Writer) -> None:
        if request.body == b"first":
            writer.write(answer(b""))
        else:
            await asyncio.sleep(5)

    async def body(server: Server, transport: HttpTransport) -> None:
        await transport.post(PATH, b"first", timeout_s=60)
        async with asyncio.timeout(20):
            with pytest.raises((Doubtful, NotSent)):
                await transport.post(PATH, b"second", timeout_s=timeout_s)

    run(runner, slow_second, body)


def test_a_request_that_waits_for_a_place_until_its_timeout_is_not_sent(
    runner: asyncio.Runner,
) -> None:
    release = asyncio.Event()

    async def held(request: Request, writer: Writer) -> None:
        await release.wait()
        writer.write(answer(request.body))

    async def body(server: Server, transport: HttpTransport) -> None:
        first = asyncio.create_task(transport.post(PATH, b"first"))
        await until(lambda: len(server.requests) == 1)
        with pytest.raises(NotSent, match="came free"):
            await transport.post(PATH, b"second", timeout_s=0.05)
        release.set()
        assert (await first).body == b"first"
        assert len(server.requests) == 1

    run(runner, held, body, max_connections=1)


def test_a_cancelled_request_closes_its_connection_and_gives_its_place_back(
    runner: asyncio.Runner,
) -> None:
    async def hangs_once(request: Request, writer: Writer) -> None:
        if request.body == b"cancelled":
            await asyncio.sleep(60)
        writer.write(answer(request.body))

    async def body(server: Server, transport: HttpTransport) -> None:
        task = asyncio.create_task(transport.post(PATH, b"cancelled"))
        waiting = asyncio.create_task(transport.post(PATH, b"waits and is cancelled"))
        await until(lambda: len(server.requests) == 1)
        waiting.cancel()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as written:
            await task
        with pytest.raises(asyncio.CancelledError) as unwritten:
            await waiting
        assert (written.value.args, unwritten.value.args) == ((), (UNWRITTEN,))
        assert (await transport.post(PATH, b"next")).body == b"next"
        assert server.connections == 2

    run(runner, hangs_once, body, max_connections=1)


def test_a_request_may_be_cancelled_at_any_step_of_its_connecting(
    runner: asyncio.Runner,
) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        for steps in range(60):
            task = asyncio.create_task(transport.post(PATH, b"x"))
            for _ in range(steps % 12):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            await until(lambda: transport.connections <= len(transport._idle))
            for connection in transport._idle[:]:
                connection.give_up("the next one is to connect anew")
            await until(lambda: transport.connections == 0)
        assert (await transport.post(PATH, b"last", timeout_s=1)).body == b"last"

    run(runner, echo, body, max_connections=1)


def test_a_connection_that_the_server_closed_while_idle_is_not_used(
    runner: asyncio.Runner,
) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        for number in range(20):
            assert (await transport.post(PATH, b"x")).status == 200
            server.writers[-1].close()
            if number % 2:  # once with the close read by our loop, once before it was
                await until(lambda: transport.connections == 0)
            else:
                await server.writers[-1].wait_closed()
        assert server.connections == 20

    run(runner, echo, body)


def test_an_idle_connection_is_closed_after_its_time(runner: asyncio.Runner) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        await transport.post(PATH, b"x")
        await until(lambda: server.open == 0)
        assert transport.connections == 0

    run(runner, echo, body, idle_s=0.05)


def test_connection_close_is_obeyed(runner: asyncio.Runner) -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(b"bye", headers=("Connection: close",)))

    async def body(server: Server, transport: HttpTransport) -> None:
        for _ in range(3):
            assert (await transport.post(PATH, b"x")).body == b"bye"
        assert server.connections == 3

    run(runner, closing, body)


def test_a_place_that_a_closed_connection_leaves_goes_to_the_next_in_line(
    runner: asyncio.Runner,
) -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body, headers=("Connection: close",)))

    async def body(server: Server, transport: HttpTransport) -> None:
        bodies = [b"%d" % number for number in range(6)]
        answers = await asyncio.gather(*(transport.post(PATH, sent) for sent in bodies))
        assert [response.body for response in answers] == bodies
        assert [request.body for request in server.requests] == bodies

    run(runner, closing, body, max_connections=1)


def test_a_place_given_to_a_cancelled_request_is_passed_on(runner: asyncio.Runner) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        async def first() -> None:
            await transport.post(PATH, b"first")
            second.cancel()  # in the moment in which the connection was handed to it

        going = asyncio.create_task(first())
        second = asyncio.create_task(transport.post(PATH, b"second"))
        third = asyncio.create_task(transport.post(PATH, b"third"))
        await going
        assert (await third).body == b"third"
        assert second.cancelled()
        assert [request.body for request in server.requests] == [b"first", b"third"]

    run(runner, echo, body, max_connections=1)


def test_a_free_place_given_to_a_cancelled_request_is_passed_on(runner: asyncio.Runner) -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body, headers=("Connection: close",)))

    async def body(server: Server, transport: HttpTransport) -> None:
        hand_over = transport._hand_over

        def cancelled_at_once(connection: Connection | None) -> bool:
            handed = hand_over(connection)
            if handed and not second.cancelled():
                second.cancel()
            return handed

        first = asyncio.create_task(transport.post(PATH, b"first"))
        second = asyncio.create_task(transport.post(PATH, b"second"))
        transport._hand_over = cancelled_at_once  # type: ignore[method-assign]
        await asyncio.wait([first, second])
        transport._hand_over = hand_over  # type: ignore[method-assign]
        assert second.cancelled()
        assert (await transport.post(PATH, b"last", timeout_s=1)).body == b"last"

    run(runner, closing, body, max_connections=1)


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


def test_closing_ends_what_is_in_flight_as_doubtful_and_what_waits_as_not_sent(
    runner: asyncio.Runner,
) -> None:
    async def hangs(request: Request, writer: Writer) -> None:
        await asyncio.sleep(60)

    async def body(server: Server, transport: HttpTransport) -> None:
        flying = asyncio.create_task(transport.post(PATH, b"x"))
        waiting = asyncio.create_task(transport.post(PATH, b"y"))
        await until(lambda: len(server.requests) == 1)
        await transport.close()
        with pytest.raises(Doubtful):
            await flying
        with pytest.raises(NotSent):
            await waiting
        with pytest.raises(NotSent):
            await transport.post(PATH, b"z")

    run(runner, hangs, body, max_connections=1)


def test_a_large_upload_comes_through(runner: asyncio.Runner) -> None:
    async def body(server: Server, transport: HttpTransport) -> None:
        upload = b"\x00\xff" * 2_000_000
        assert (await transport.post(PATH, upload, b"multipart/form-data")).body == upload

    run(runner, echo, body)


def test_a_refusal_that_comes_before_the_upload_is_written_is_read(
    runner: asyncio.Runner,
) -> None:
    connections: list[Writer] = []
    going_on = asyncio.Event()

    async def refuse_early(reader: asyncio.StreamReader, writer: Writer) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", "413 Request Entity Too Large"))
        await going_on.wait()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(refuse_early, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = HttpTransport(f"http://127.0.0.1:{port}")
        upload = b"\xff" * 30_000_000
        for _ in range(2):
            assert (await transport.post(PATH, upload)).status == 413
        assert len(connections) == 2
        going_on.set()
        await transport.close()
        server.close()
        await asyncio.gather(*(one.wait_closed() for one in connections), return_exceptions=True)

    runner.run(main())


def test_tls_is_spoken_where_the_certificate_is_trusted_and_only_there(
    runner: asyncio.Runner, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)

    async def main() -> None:
        async with serving(echo, context) as server:
            trusted = ssl.create_default_context(cafile=str(certificate.chain))
            transport = HttpTransport(server.url, ssl_context=trusted)
            for _ in range(2):
                assert (await transport.post(PATH, b"secret")).body == b"secret"
            assert server.connections == 1
            await transport.close()
            stranger = HttpTransport(server.url)
            with pytest.raises(NotSent, match="certificate"):
                await stranger.post(PATH, b"secret")
            await stranger.close()
            assert len(server.requests) == 2

    runner.run(main())


def test_what_is_no_http_url_is_a_setting_to_correct() -> None:
    async def main() -> None:
        for url in ("api.telegram.org", "ftp://api.telegram.org", "https://"):
            with pytest.raises(SettingsError, match="the Bot API URL"):
                HttpTransport(url)

    asyncio.run(main())


def test_a_base_url_may_have_a_path_of_its_own(runner: asyncio.Runner) -> None:
    async def main() -> None:
        async with serving(echo) as server:
            transport = HttpTransport(server.url + "/proxy/")
            await transport.post(PATH, b"x")
            assert server.requests[0].path == "/proxy" + PATH.decode()
            await transport.close()

    runner.run(main())
