"""The transport against servers that misbehave: what is known of a request is always right."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from crier.errors import SettingsError
from crier.telegram.connection import Connection
from crier.telegram.errors import UNWRITTEN, NotSent
from crier.telegram.transport import HttpTransport, Response
from tests.support.certificate import make_certificate
from tests.support.posting import PATH, echo, posting
from tests.support.scripted import (
    Request,
    Writer,
    answer,
    serving,
)
from tests.support.waiting import until_async

pytestmark = pytest.mark.both_loops


async def test_requests_in_turn_share_one_connection() -> None:
    async with posting(echo) as (server, transport):
        for number in range(3):
            sent = b"%d" % number
            assert await transport.post(PATH, sent) == Response(200, sent, None)
        assert server.connections == 1
        assert server.requests[0].path == PATH.decode()
        assert server.requests[0].headers["content-type"] == "application/json"


async def test_never_more_connections_than_allowed_and_everybody_gets_a_turn() -> None:
    async def slow_echo(request: Request, writer: Writer) -> None:
        await asyncio.sleep(0.001)  # the others come meanwhile
        writer.write(answer(request.body))

    async with posting(slow_echo, max_connections=3) as (server, transport):
        bodies = [b"%d" % number for number in range(50)]
        answers = await asyncio.gather(*(transport.post(PATH, sent) for sent in bodies))
        assert [response.body for response in answers] == bodies
        assert server.connections == 3


async def test_once_half_of_the_places_are_in_use_the_rest_is_shared_out() -> None:
    ended = asyncio.Event()

    async def held(request: Request, writer: Writer) -> None:
        await ended.wait()
        writer.write(answer(request.body))

    async with posting(held, max_connections=8) as (server, transport):
        assert transport.fair_share(4) == 8
        posts = [asyncio.create_task(transport.post(PATH, b"x")) for _ in range(4)]
        await until_async(lambda: len(server.requests) == 4)
        assert [transport.fair_share(users) for users in (0, 1, 2, 4, 100)] == [4, 4, 2, 1, 1]
        ended.set()
        await asyncio.gather(*posts)
        assert transport.fair_share(4) == 8


async def test_a_refused_connection_is_not_sent_and_names_no_token() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        transport = HttpTransport(f"http://127.0.0.1:{port}")
        with pytest.raises(NotSent, match=r"cannot connect to 127\.0\.0\.1") as caught:
            await transport.post(PATH, b"")
        assert "AAAA" not in str(caught.value)
        assert transport.connections == 0
        await transport.close()


async def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    transport = HttpTransport("http://no-such-host.invalid")
    with pytest.raises(NotSent):
        await transport.post(PATH, b"")
    await transport.close()


async def test_a_cancelled_request_closes_its_connection_and_gives_its_place_back() -> None:
    async def hangs_once(request: Request, writer: Writer) -> None:
        if request.body == b"cancelled":
            await asyncio.Event().wait()
        writer.write(answer(request.body))

    async with posting(hangs_once, max_connections=1) as (server, transport):
        task = asyncio.create_task(transport.post(PATH, b"cancelled"))
        waiting = asyncio.create_task(transport.post(PATH, b"waits and is cancelled"))
        await until_async(lambda: len(server.requests) == 1)
        waiting.cancel()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as written:
            await task
        with pytest.raises(asyncio.CancelledError) as unwritten:
            await waiting
        assert (written.value.args, unwritten.value.args) == ((), (UNWRITTEN,))
        assert (await transport.post(PATH, b"next")).body == b"next"
        assert server.connections == 2


async def test_a_request_may_be_cancelled_at_any_step_of_its_connecting() -> None:
    async with posting(echo, max_connections=1) as (_, transport):
        for steps in range(60):
            task = asyncio.create_task(transport.post(PATH, b"x"))
            for _ in range(steps % 12):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            await until_async(lambda: transport.connections <= len(transport._idle))
            for connection in transport._idle[:]:
                connection.give_up("the next one is to connect anew")
            await until_async(lambda: transport.connections == 0)
        assert (await transport.post(PATH, b"last", timeout_s=1)).body == b"last"


async def test_a_connection_that_the_server_closed_while_idle_is_not_used() -> None:
    async with posting(echo) as (server, transport):
        for number in range(20):
            assert (await transport.post(PATH, b"x")).status == 200
            server.writers[-1].close()
            if number % 2:  # once with the close read by our loop, once before it was
                await until_async(lambda: transport.connections == 0)
            else:
                await server.writers[-1].wait_closed()
        assert server.connections == 20


async def test_an_idle_connection_is_closed_after_its_time() -> None:
    async with posting(echo, idle_s=0.05) as (server, transport):
        await transport.post(PATH, b"x")
        await until_async(lambda: server.open == 0)
        assert transport.connections == 0


async def test_connection_close_is_obeyed() -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(b"bye", headers=("Connection: close",)))

    async with posting(closing) as (server, transport):
        for _ in range(3):
            assert (await transport.post(PATH, b"x")).body == b"bye"
        assert server.connections == 3


async def test_a_place_that_a_closed_connection_leaves_goes_to_the_next_in_line() -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body, headers=("Connection: close",)))

    async with posting(closing, max_connections=1) as (server, transport):
        bodies = [b"%d" % number for number in range(6)]
        answers = await asyncio.gather(*(transport.post(PATH, sent) for sent in bodies))
        assert [response.body for response in answers] == bodies
        assert [request.body for request in server.requests] == bodies


async def test_a_place_given_to_a_cancelled_request_is_passed_on() -> None:
    async with posting(echo, max_connections=1) as (server, transport):

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


async def test_a_free_place_given_to_a_cancelled_request_is_passed_on() -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body, headers=("Connection: close",)))

    async with posting(closing, max_connections=1) as (_, transport):
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


async def test_a_large_upload_comes_through() -> None:
    async with posting(echo) as (_, transport):
        upload = b"\x00\xff" * 2_000_000
        assert (await transport.post(PATH, upload, b"multipart/form-data")).body == upload


async def test_a_refusal_that_comes_before_the_upload_is_written_is_read() -> None:
    connections: list[Writer] = []
    going_on = asyncio.Event()

    async def refuse_early(reader: asyncio.StreamReader, writer: Writer) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", "413 Request Entity Too Large"))
        await going_on.wait()
        writer.close()

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


async def test_tls_is_spoken_where_the_certificate_is_trusted_and_only_there(
    tmp_path: Path,
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)

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


async def test_what_is_no_http_url_is_a_setting_to_correct() -> None:
    for url in ("api.telegram.org", "ftp://api.telegram.org", "https://"):
        with pytest.raises(SettingsError, match="the Bot API URL"):
            HttpTransport(url)


async def test_a_base_url_may_have_a_path_of_its_own() -> None:
    async with serving(echo) as server:
        transport = HttpTransport(server.url + "/proxy/")
        await transport.post(PATH, b"x")
        assert server.requests[0].path == "/proxy" + PATH.decode()
        await transport.close()
