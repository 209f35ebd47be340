"""Slow and hostile clients of the real server leave other users served."""

import contextlib
import os
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import LiveApi
from tests.support.waiting import until

MANY = 10_000


def served(live: LiveApi) -> bool:
    """Whether a signed-in user gets an answer from the database."""
    return live.status("/api/users", live.alice) == 200


def held(connections: list[socket.socket]) -> int:
    """How many of the connections the server has not closed."""
    still = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            still += connection.recv(1) != b""
        except BlockingIOError:
            still += 1
        except ConnectionError:
            pass
    return still


@contextlib.contextmanager
def connections(live: LiveApi, count: int, begin: bytes) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(count):
            opened.append(stack.enter_context(live.connect()))
            opened[-1].sendall(begin)
        yield opened


def ask(live: LiveApi, request: bytes, timeout_s: float = 30) -> bytes:
    """The whole answer to some bytes."""
    with live.connect(timeout_s) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def post(body: bytes, *headers: str, path: str = "/api/auth/login") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json"]
    lines += ["Connection: close", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_ten_thousand_connections_that_say_nothing_or_send_headers_slowly(
    live_api: LiveApi,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < MANY + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MANY + 1000), hard))
    half = MANY // 2
    slow = b"GET / HTTP/1.1\r\nX: "
    with connections(live_api, half, b""), connections(live_api, half, slow) as opened:
        assert served(live_api)
        assert held(opened[-100:]) == 100, "the answer came while they were held"


def test_hundreds_of_bodies_that_never_end(live_api: LiveApi) -> None:
    begin = post(b"{" + b" " * 999)[:-999]
    with connections(live_api, 500, begin) as opened:
        assert served(live_api)
        assert held(opened[-100:]) == 100, "the answer came while they were held"


def test_a_header_that_never_ends_is_cut_off(live_api: LiveApi) -> None:
    with live_api.connect(timeout_s=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-A: ")
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(65536):  # raises TimeoutError where the server does not end it
                pass


def test_a_body_of_100_mb_is_413_before_it_was_sent(live_api: LiveApi) -> None:
    head = post(b"", path="/api/auth/login").replace(b"Length: 0", b"Length: 104857600")
    answer = ask(live_api, head + b"x" * 100_000)
    assert status_of(answer) == 413
    assert b"application/problem+json" in answer
    assert served(live_api)


def test_a_chunked_body_that_grows_too_large_is_cut_off(live_api: LiveApi) -> None:
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += b"Content-Type: application/json\r\nConnection: close\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert status_of(ask(live_api, head + chunk * 40)) == 413
    assert served(live_api)


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (post(b"[" * 200_000), 400),
        (post(b'{"a":' * 50_000), 400),
        (post(b'{"username": "\xff\xfe"}'), 400),
        (post(b'{"username": "\\ud800"}'), 400),
        (post(b"1" * 10_000), 400),
        (post(b'{"username": 1e999999}'), 400),
        (post(b'{"username": NaN}'), 400),
        (post(b"{}", "Content-Encoding: gzip"), 415),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000 + b"\r\n", 431),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 0),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0),
    ],
    ids=[
        *("deep list", "deep object", "no UTF-8", "lone surrogate", "huge number", "infinite"),
        *(
            "not a number",
            "compressed",
            "huge header",
            "many headers",
            "huge path",
            "TLS",
            "HTTP/2",
        ),
    ],
)
def test_nonsense_is_refused_by_name_and_others_are_served(
    live_api: LiveApi, request_bytes: bytes, expected: int
) -> None:
    answer = ask(live_api, request_bytes, timeout_s=3)
    assert status_of(answer) in (expected, 400 if expected in (0, 431) else expected)
    assert b"Traceback" not in answer
    assert served(live_api)


def test_the_server_answers_as_the_application_does(live_api: LiveApi) -> None:
    assert status_of(ask(live_api, post(b"{}", path="/api/nope"))) == 404
    assert status_of(ask(live_api, post(b"{}", path="/api/audit"))) == 405
    head = ask(live_api, b"HEAD /api/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (status_of(head), head.partition(b"\r\n\r\n")[2]) == (200, b"")
    token = live_api.alice.headers["Authorization"]
    lines = (
        "GET /api/analytics/export?dataset=bots&format=csv HTTP/1.1",
        "Host: x",
        "Connection: close",
        f"Authorization: {token}",
    )
    streamed = ask(live_api, "\r\n".join(lines).encode() + b"\r\n\r\n")
    assert (status_of(streamed), b"bot_name" in streamed) == (200, True)


def test_a_request_cannot_be_smuggled_behind_another(live_api: LiveApi) -> None:
    """Both lengths given: the chunked one counts (RFC 9112), or the request is refused."""
    both = (
        b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"0\r\n\r\nGET /api/docs HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    answer = ask(live_api, both, timeout_s=3)
    assert b"swagger" not in answer


def test_no_answer_tells_what_serves_it(live_api: LiveApi) -> None:
    for path in ("/", "/healthz", "/api/users", "/api/nope"):
        answer = ask(
            live_api, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        head = answer.partition(b"\r\n\r\n")[0].lower()
        for name in (b"granian", b"werkzeug", b"python", b"flask"):
            assert name not in head


def test_headers_with_underscores_do_not_pass_for_others(live_api: LiveApi) -> None:
    token = live_api.alice.headers["Authorization"]
    head = "GET /api/auth/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx_a: b\r\n"
    answer = ask(live_api, f"{head}Authorization: {token}\r\n\r\n".encode())
    assert status_of(answer) == 200


def test_it_stops_on_sigterm_and_answers_what_is_under_way(own_live_api: LiveApi) -> None:
    with own_live_api.connect() as slow:
        slow.sendall(post(b"{" + b" " * 99)[:-50])
        pid = own_live_api.pid()
        os.kill(pid, signal.SIGTERM)
        finisher = threading.Timer(0.5, lambda: slow.sendall(b" " * 50))
        finisher.start()
        assert status_of(slow.recv(65536)) == 400
        finisher.join()


def test_its_worker_does_not_outlive_a_kill_9(own_live_api: LiveApi) -> None:
    pid = own_live_api.pid()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not any(alive(int(child)) for child in children))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
