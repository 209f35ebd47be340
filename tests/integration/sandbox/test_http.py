"""The server as such: keep-alive, pipelining, bad requests, big bodies."""

import gzip
import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox


class Wire:
    """A plain socket to the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._socket = socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)
        self._file = self._socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = int(self._file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, self._file.read(int(headers.get("content-length", "0")))

    def is_closed(self) -> bool:
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    opened = Wire(sandbox)
    yield opened
    opened.close()


def get_me(sandbox: Sandbox) -> bytes:
    return f"GET /bot{sandbox.create_bot().token}/getMe HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_a_connection_serves_requests_one_after_the_other(sandbox: Sandbox, wire: Wire) -> None:
    request = get_me(sandbox)
    for _ in range(3):
        wire.send(request)
        status, headers, _ = wire.answer()
        assert (status, headers["connection"]) == (200, "keep-alive")


def test_requests_sent_ahead_are_answered_in_order(sandbox: Sandbox, wire: Wire) -> None:
    bot = sandbox.create_bot()
    slow = f"GET /bot{bot.token}/getUpdates?timeout=1&offset=9 HTTP/1.1\r\nHost: x\r\n\r\n"
    fast = f"GET /bot{bot.token}/getMe HTTP/1.1\r\nHost: x\r\n\r\n"
    wire.send((slow + fast + fast).encode())
    bodies = [json.loads(wire.answer()[2])["result"] for _ in range(3)]
    assert bodies[0] == []
    assert bodies[1]["id"] == bodies[2]["id"] == bot.id


def test_http_1_0_and_connection_close_are_closed(sandbox: Sandbox, wire: Wire) -> None:
    wire.send(get_me(sandbox).replace(b"Host: x", b"Connection: close"))
    assert wire.answer()[0] == 200
    assert wire.is_closed()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"PUT /bot1:a/getMe HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 300_000 + b"\r\n\r\n", 431),
        (b"POST /bot1:a/x HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 415),
    ],
)
def test_failures_of_http_have_no_body_and_close(
    wire: Wire, request_bytes: bytes, status: int
) -> None:
    wire.send(request_bytes)
    assert (wire.answer()[0], wire.is_closed()) == (status, True)


def test_too_much_argument_text_is_413_without_a_body(sandbox: Sandbox, wire: Wire) -> None:
    body = json.dumps({"text": "a" * 1_100_000}).encode()
    head = f"POST /bot{sandbox.create_bot().token}/sendMessage HTTP/1.1\r\nHost: x\r\n"
    wire.send(
        f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    wire.send(body)
    status, _, answer = wire.answer()
    assert (status, answer) == (413, b"")


def test_compressed_and_chunked_bodies_are_read(sandbox: Sandbox, wire: Wire) -> None:
    bot = sandbox.create_bot()
    person = sandbox.add_people(bot.id, 1)[0]
    body = gzip.compress(json.dumps({"chat_id": person, "text": "hello"}).encode())
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in (body[:10], body[10:])) + b"0\r\n\r\n"
    head = (
        f"POST /bot{bot.token}/sendMessage HTTP/1.1\r\nContent-Type: application/json\r\n"
        "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    wire.send(head.encode() + chunks)
    assert json.loads(wire.answer()[2])["result"]["text"] == "hello"


def test_answers_are_ascii(sandbox: Sandbox, wire: Wire) -> None:
    bot = sandbox.create_bot(first_name="Zoë 😀")
    wire.send(f"GET /bot{bot.token}/getMe HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    body = wire.answer()[2]
    assert body.isascii()
    assert json.loads(body)["result"]["first_name"] == "Zoë 😀"


def test_the_colon_of_a_token_may_be_encoded(sandbox: Sandbox, wire: Wire) -> None:
    wire.send(get_me(sandbox).replace(b":", b"%3A", 1))
    assert wire.answer()[0] == 200
