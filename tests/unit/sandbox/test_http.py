"""The server's connection, without a network."""

import asyncio
from collections.abc import Callable
from typing import cast

from crier.sandbox.http import Connection, Connections, Request, Response


class Transport:
    """What a connection writes, and how it ends."""

    def __init__(self) -> None:
        self.written = b""
        self.ended = ""

    def get_extra_info(self, _: str) -> tuple[str, int]:
        return ("192.0.2.1", 5)

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.written += data

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        assert not self.ended


async def serve(
    handler: Callable[[Request], Response], data: bytes
) -> tuple[Transport, list[BaseException]]:
    reported: list[BaseException] = []
    transport = Transport()
    connections = Connections(asyncio.get_running_loop(), reported.append)
    connection = Connection(handler, connections)
    connection.connection_made(cast(asyncio.BaseTransport, transport))
    connection.data_received(data)
    return transport, reported


async def test_a_bug_in_a_handler_is_reported_and_answered_500() -> None:
    def broken(_: Request) -> Response:
        raise ZeroDivisionError

    transport, reported = await serve(broken, b"GET / HTTP/1.1\r\n\r\n")
    assert transport.written.startswith(b"HTTP/1.1 500 ")
    assert transport.ended == "closed"
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_a_clients_nonsense_is_400_and_no_bug() -> None:
    transport, reported = await serve(lambda _: Response(), b"nonsense\r\n\r\n")
    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert reported == []


async def test_nothing_is_served_behind_connection_close() -> None:
    served: list[bytes] = []

    def handler(request: Request) -> Response:
        served.append(request.target)
        return Response()

    requests = b"GET /1 HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
    transport, reported = await serve(handler, requests)
    assert served == [b"/1"]
    assert transport.ended == "closed"
    assert reported == []
