"""Headers and peers' addresses of every shape: whatever is in them is no fault of ours.

As bodies are (`test_schemathesis.py`): in process with what WSGI can hold, and as bytes on the wire
of the real server, which has a parser of its own in front.
"""

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from tests.support.ads import add_bot
from tests.support.api import Api, LiveApi, make_settings

HEADERS: Final = (
    *("Authorization", "Cookie", "X-CSRF-TOKEN", "X-Forwarded-For", "X-Forwarded-Proto", "Host"),
    *("X-Request-ID", "Idempotency-Key", "Content-Type", "Content-Encoding", "Accept", "Range"),
    *("If-None-Match", "If-Modified-Since", "If-Range", "User-Agent", "Referer", "Origin"),
    *("Purpose", "Sec-Purpose", "X-Moz", "X-Telegram-Bot-Api-Secret-Token", "Accept-Language"),
    *("Accept-Encoding", "Forwarded", "X-Forwarded-Host", "X-HTTP-Method-Override", "Upgrade"),
    *("Connection", "Expect", "Date", "Via", "Content-Length", "Transfer-Encoding"),
)
FOUND: Final = (
    *(", ,", ",", ",,", "Bearer", "Bearer ", "Bearer ,", "Bearer a b", "bearer\ta", "Basic ="),
    *("Bearer crier_", "Bearer crier_\x80", "Bearer .", "Bearer ..", "Bearer a.b.c", "Digest x=y"),
    *("Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6W119.e30.x"),
    *("fe80::1%eth0", "[fe80::1%25eth0]:1", "::ffff:1.2.3.4", "1.2.3.4:99999", "[", "]", "[]:1"),
    *("%", "unknown", "1.2.3.4,", ",1.2.3.4", "10.0.0.1," * 2000, "::1%\x80", "0", "-1", "99" * 99),
    *("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=a-b", "bytes=0-0,1-1", "W/", '"', 'W/"x', "*"),
    *("application/json; charset", "application/json; charset=\x80", "multipart/form-data"),
    *("multipart/form-data; boundary=", "multipart/form-data; boundary=\x80", "a/b; c*=x'y", ";"),
    *("crier_access=", "crier_access=;crier_csrf", "=", ";;=", 'crier_access="\\', "a=b;" * 3000),
    *("text/html;q=x", "*/*;q=1e999", "Thu, 99 Foo 0000 99:99:99 GMT", "\x80\xff", "é", "\ud7ff"),
    *("1 Jan 99999999999 0:0", "0" * 5000),
)
PATHS: Final = (
    *(("GET", "/api/auth/me"), ("GET", "/api/bots"), ("POST", "/api/auth/login")),
    *(("POST", "/api/auth/register"), ("POST", "/api/auth/refresh"), ("POST", "/api/auth/logout")),
    *(("POST", "/api/ads/create"), ("POST", "/api/ads/media"), ("POST", "/api/auth/keys")),
    *(("POST", "/api/bots/1/chats/import"), ("POST", "/api/telegram/key"), ("GET", "/r/slug")),
    *(("GET", "/api/analytics/export?dataset=bots"), ("GET", "/api/openapi.json"), ("GET", "/")),
    *(("GET", "/healthz"), ("GET", "/metrics"), ("DELETE", "/api/bots/1"), ("PUT", "/api/nope")),
)
BODY: Final = b'{"username": "alice", "password": "wrong one"}'
latin = st.text(st.characters(max_codepoint=255, blacklist_characters="\r\n\0"), max_size=60)
values = st.one_of(st.sampled_from(FOUND), latin).map(lambda v: v.encode("latin-1", "ignore"))
headers = st.dictionaries(st.sampled_from(HEADERS), values, min_size=1, max_size=4)
peers = st.one_of(
    st.sampled_from(("127.0.0.1", "fe80::1%eth0", "::ffff:127.0.0.1", "", "@", "unix:", "1.2.3")),
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: f"{address}%2"),
    latin,
)


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """Limits are off, for hundreds of requests; every peer is a trusted proxy."""
    more = {"CRIER_TRUSTED_PROXIES": "0.0.0.0/0,::/0"}
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    made.person("alice", "admin")
    yield made
    made.close()


def statuses(api: Api, method: str, path: str, given: dict[str, bytes], peer: str) -> list[int]:
    """The answers to nobody and to somebody who is signed in."""
    texts = {name: value.decode("latin-1").strip() for name, value in given.items()}
    found = []
    for person in (api.nobody, api.alice):
        answer = person.request(
            method,
            path,
            data=BODY if method in ("POST", "PUT") else None,
            headers={"Content-Type": "application/json", **texts},
            environ_overrides={"REMOTE_ADDR": peer},
        )
        found.append(answer.status_code)
        answer.close()
    return found


def fuzz(api: Api, count: int) -> None:
    """So many requests, with headers and from peers of every shape."""

    @hypothesis.settings(
        deadline=None, database=None, suppress_health_check=list(HealthCheck), max_examples=count
    )
    @given(route=st.sampled_from(PATHS), headers=headers, peer=peers)
    @example(("GET", "/api/bots"), {"Authorization": b", ,"}, "127.0.0.1")
    @example(("POST", "/api/auth/login"), {"X-Forwarded-For": b"fe80::1%eth0"}, "127.0.0.1")
    @example(("POST", "/api/auth/login"), {"Accept": b"*/*"}, "fe80::1%2")
    def check(route: tuple[str, str], headers: dict[str, bytes], peer: str) -> None:
        found = statuses(api, *route, headers, peer)
        assert all(status < 500 for status in found), found

    check()


@pytest.mark.timeout(300)
def test_no_header_and_no_peer_is_a_fault_of_ours(api: Api) -> None:
    fuzz(api, 60)


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_no_header_and_no_peer_is_a_fault_of_ours_however_long_one_tries(api: Api) -> None:
    fuzz(api, 3000)


@pytest.mark.timeout(300)
def test_what_is_done_from_anywhere_is_recorded(api: Api) -> None:
    """What reaches the database as an address, here in the audit log, is one or is left out."""

    @hypothesis.settings(
        deadline=None, database=None, max_examples=40, suppress_health_check=list(HealthCheck)
    )
    @given(forwarded=st.one_of(st.sampled_from(FOUND), peers), peer=peers)
    @example("fe80::1%eth0", "127.0.0.1")
    def check(forwarded: str, peer: str) -> None:
        answer = api.alice.post(
            "/api/auth/keys",
            {"name": "k"},
            headers={"X-Forwarded-For": forwarded.encode("latin-1", "ignore").decode("latin-1")},
            environ_overrides={"REMOTE_ADDR": peer},
        )
        assert answer.status_code == 201, answer.text

    check()


def raw(live: LiveApi, method: str, path: str, given: dict[str, bytes], token: str) -> int:
    """The status for bytes on the wire; 0 where the server hung up."""
    lines = [f"{method} {path} HTTP/1.1".encode()]
    known = {"Host": b"x", "Connection": b"close", "Authorization": token.encode(), **given}
    if method in ("POST", "PUT") and "Transfer-Encoding" not in given:
        known = {"Content-Length": str(len(BODY)).encode(), **known}
        known.setdefault("Content-Type", b"application/json")
    lines += [name.encode() + b": " + value for name, value in known.items()]
    with live.connect(3) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + BODY)
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            answer = connection.recv(4096)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def fuzz_wire(live_api: LiveApi, count: int, *, seed: int) -> None:
    """So many requests of bytes."""
    add_bot(live_api, live_api.alice)
    chance = random.Random(seed)
    known: list[Any] = [value.encode("latin-1", "ignore") for value in FOUND]
    token = ""
    for number in range(count):
        if number % 10 == 0:  # it may have been signed out
            token = live_api.sign_in("alice").headers["Authorization"]
        method, path = chance.choice(PATHS)
        names = chance.sample(HEADERS, chance.randint(1, 3))
        given = {name: chance.choice([*known, chance.randbytes(8)]) for name in names}
        given = {
            name: value.replace(b"\n", b"").replace(b"\r", b"") for name, value in given.items()
        }
        status = raw(live_api, method, path, given, token if number % 2 else "")
        assert status < 500, (method, path, given)
    assert live_api.status("/api/users", live_api.sign_in("alice")) == 200
    assert "Traceback" not in live_api.log.read_text()


@pytest.mark.timeout(300)
def test_no_header_on_the_wire_is_a_fault_of_ours(live_api: LiveApi) -> None:
    fuzz_wire(live_api, 150, seed=4)


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_no_header_on_the_wire_is_a_fault_of_ours_however_long_one_tries(live_api: LiveApi) -> None:
    fuzz_wire(live_api, 5000, seed=5)
