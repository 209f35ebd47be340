"""Where one family of addresses leads nowhere the other is used, on both event loops."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from crier.net.dialing import Dialer, DialError
from crier.telegram.errors import NotSent
from crier.telegram.transport import HttpTransport
from tests.support.listener import Listener, listening
from tests.support.silence import silence

pytestmark = pytest.mark.both_loops

HOST = "both.test"


@pytest.fixture
def program() -> Iterator[Listener]:
    with listening(lambda post: (200, post.body)) as server:
        yield server


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `HOST` resolves to, in this order."""
    known: list[str] = []
    genuine = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        if host != HOST:
            return genuine(host, port, **more)
        return [info for address in known for info in genuine(address, port, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def port_of(program: Listener) -> int:
    return int(program.url.rpartition(":")[2])


async def ask(port: int, timeout_s: float = 5.0) -> bytes:
    transport = HttpTransport(f"http://{HOST}:{port}")
    try:
        return (await transport.post(b"/", b"hello", timeout_s=timeout_s)).body
    finally:
        await transport.close()


@pytest.mark.parametrize("dead", ["::1", "100::1", "fe80::1"])
async def test_a_dead_ipv6_address_gives_way_to_ipv4(
    program: Listener, addresses: list[str], dead: str
) -> None:
    """Refused, without a route, and not even to be tried."""
    addresses += [dead, "127.0.0.1"]
    assert await ask(port_of(program)) == b"hello"


async def test_an_ipv6_address_that_says_nothing_gives_way_to_ipv4(
    program: Listener, addresses: list[str]
) -> None:
    addresses += ["::1", "127.0.0.1"]
    with silence(port_of(program)):
        assert await ask(port_of(program)) == b"hello"


async def test_of_many_silent_ipv6_addresses_each_waits_no_longer_for_ipv4(
    program: Listener, addresses: list[str]
) -> None:
    addresses += ["::1"] * 12 + ["127.0.0.1"]
    with silence(port_of(program)):
        assert await ask(port_of(program), timeout_s=2.0) == b"hello"


async def test_the_family_that_answered_goes_first_next_time(
    program: Listener, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses += ["::1", "127.0.0.1"]
    dialer = Dialer(HOST, port_of(program))
    tried = _note_connects(monkeypatch, asyncio.get_running_loop())
    for _ in range(3):
        tried.append([])
        (await dialer.open(asyncio.get_running_loop().time() + 5)).close()
    assert tried == [["::1", "127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]]


def _note_connects(monkeypatch: pytest.MonkeyPatch, loop: Any) -> list[list[str]]:
    tried: list[list[str]] = []
    genuine = type(loop).sock_connect

    async def sock_connect(self: Any, sock: socket.socket, address: Any) -> None:
        tried[-1].append(address[0])
        await genuine(self, sock, address)

    monkeypatch.setattr(type(loop), "sock_connect", sock_connect)
    return tried


async def test_an_error_says_what_was_tried(addresses: list[str]) -> None:
    addresses += ["::1", "127.0.0.1"]
    with pytest.raises(NotSent, match=r"both\.test:9: Connection refused \(tried ::1 and 127\.0"):
        await ask(9)


async def test_silence_everywhere_says_what_was_tried(addresses: list[str]) -> None:
    addresses += ["::1"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        silence(port),
        pytest.raises(NotSent, match=r"both\.test:\d+: no connection in time \(tried ::1\)"),
    ):
        await ask(port, timeout_s=0.5)


async def test_a_name_without_an_address_says_so() -> None:
    transport = HttpTransport("http://nobody.invalid:1")
    with pytest.raises(NotSent, match=r"nobody\.invalid:1: its name has no address"):
        await transport.post(b"/", b"", timeout_s=5.0)
    await transport.close()


async def test_an_attempt_that_is_given_up_leaves_no_socket(
    program: Listener, addresses: list[str]
) -> None:
    addresses += ["::1", "127.0.0.1"]
    with silence(port_of(program)):  # a socket that is left open is a warning, and so an error
        dialer = Dialer(HOST, port_of(program))
        loop = asyncio.get_running_loop()
        with pytest.raises(DialError, match="in time"):
            await dialer.open(loop.time() + 0.05)
        task = asyncio.create_task(dialer.open(loop.time() + 5))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_connection_does_not_wait_to_fill_its_packets(program: Listener) -> None:
    transport = HttpTransport(program.url)
    await transport.post(b"/", b"x")
    (connection,) = transport._idle
    opened = connection._transport.get_extra_info("socket")
    assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    await transport.close()
