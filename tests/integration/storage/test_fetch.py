"""Requests for users reach public addresses only, whatever name, redirect or resolver."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crier.storage import fetch
from crier.storage.fetch import FetchError

LOOPBACK = ("127.0.0.0/8",)


class Answers(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 (emptied for each server)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 65536)
        elif self.path == "/silent":
            threading.Event().wait(5)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(f"{self.headers['Host']} {self.path}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Answers.asked.clear()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def get(url: str, **options: Any) -> fetch.Fetched:
    return asyncio.run(fetch.fetch(url, **options))


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name resolve to these, one after another, and note the names."""
    asked: list[str] = []

    async def getaddrinfo(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        address = addresses[min(len(asked), len(addresses) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


def test_an_allowed_address_is_asked(port: int) -> None:
    answer = get(f"http://127.0.0.1:{port}/a?b=c", allow=LOOPBACK)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    assert answer.body == f"127.0.0.1:{port} /a?b=c".encode()


def test_a_body_can_be_posted(port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    answer = get(url, allow=LOOPBACK, method="POST", body=b"{}", content_type="application/json")
    assert (answer.status, answer.body) == (201, b"{}")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1%25lo]/",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://user@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@8.8.8.8/",  # two hosts, as two libraries read it
        "http://127.0.0.①:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://nobody.invalid/",
    ],
)
def test_what_is_not_public_is_never_connected_to(port: int, url: str) -> None:
    with pytest.raises(FetchError) as caught:
        get(url.format(port=port))
    assert Answers.asked == []
    assert str(port) not in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"])
def test_a_public_name_of_a_private_address_is_refused(
    port: int, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolve_to(monkeypatch, address)
    with pytest.raises(FetchError, match="public internet"):
        get(f"http://innocent.example.com:{port}/")
    assert Answers.asked == []


@pytest.mark.parametrize("name", ["rebind", "straße", "пример"])
def test_the_address_that_was_checked_is_the_one_connected_to(
    port: int, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names = resolve_to(monkeypatch, "127.0.0.1", "10.0.0.1")
    ascii_name = f"{name}.example.com".encode("idna").decode()
    answer = get(f"http://{name}.example.com:{port}/x", allow=LOOPBACK)
    assert answer.body == f"{ascii_name}:{port} /x".encode()
    assert names == [ascii_name]  # asked once: nobody resolves it a second time


def test_every_redirect_is_checked_again(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    allow = ("127.0.0.1/32",)
    assert get(f"{base}/to/{base}/end", allow=allow).body.endswith(b"/end")
    with pytest.raises(FetchError, match="public internet"):
        get(f"{base}/to/http://127.0.0.2:{port}/secret", allow=allow)
    with pytest.raises(FetchError, match="http"):
        get(f"{base}/to/file:///etc/passwd", allow=allow)
    assert "/secret" not in Answers.asked


def test_redirects_size_and_time_are_limited(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    with pytest.raises(FetchError, match="more than 3 times"):
        get(f"{base}/to/to/to/to/to/to/x", allow=LOOPBACK)
    with pytest.raises(FetchError, match="over 100,000 bytes"):
        get(f"{base}/endless", allow=LOOPBACK, max_bytes=100_000)
    with pytest.raises(FetchError, match=r"within 0\.3 s"):
        get(f"{base}/silent", allow=LOOPBACK, timeout_s=0.3)


def test_a_host_on_the_allow_list_may_be_inside(port: int) -> None:
    answer = get(f"http://localhost:{port}/in", allow=("localhost",))
    assert answer.body.endswith(b"/in")
