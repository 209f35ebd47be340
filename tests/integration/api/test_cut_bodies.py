"""A request that breaks off changes nothing; one that is refused early is told like any other."""

import contextlib
import json
import socket
import struct
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.ads import add_bot
from tests.support.api import LiveApi
from tests.support.waiting import until

LIST = b"chat_id\n6000000499\n6000000500\n"
CUT = LIST[:-5]
"""Ends in the middle of the last id."""


def head(live: LiveApi, path: str, kind: str, *lines: str) -> bytes:
    given = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Content-Type: {kind}",
        f"Authorization: {live.alice.headers['Authorization']}",
        *lines,
    )
    return "\r\n".join(given).encode() + b"\r\n\r\n"


def sized(body: bytes, whole: bytes) -> tuple[str, bytes]:
    return f"Content-Length: {len(whole)}", body


def chunked(body: bytes, whole: bytes) -> tuple[str, bytes]:
    """The body in two chunks, the second of which ends too soon."""
    rest = whole[10:]
    return "Transfer-Encoding: chunked", (
        b"a\r\n" + body[:10] + f"\r\n{len(rest):x}\r\n".encode() + body[10:]
    )


def between(body: bytes, _: bytes) -> tuple[str, bytes]:
    """A whole chunk, and nothing after it."""
    return "Transfer-Encoding: chunked", f"{len(body):x}\r\n".encode() + body + b"\r\n"


def broken(body: bytes, _: bytes) -> tuple[str, bytes]:
    """A whole chunk, and then what is no chunk."""
    return "Transfer-Encoding: chunked", f"{len(body):x}\r\n".encode() + body + b"\r\nzz\r\nx\r\n"


def close(connection: socket.socket) -> None:
    connection.close()


def half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer_to(connection: socket.socket) -> bytes:
    with contextlib.suppress(OSError):
        return connection.recv(65536)
    return b""


def logged(live: LiveApi) -> int:
    return live.log.read_text().count('"event.action": "request_refused"')


@pytest.mark.parametrize("how", [close, half_close, reset])
@pytest.mark.parametrize("written", [sized, chunked, between, broken])
@pytest.mark.parametrize("what", ["import", "json", "upload"])
def test_a_request_that_breaks_off_is_400_and_changes_nothing(
    live_api: LiveApi,
    what: str,
    written: Callable[[bytes, bytes], tuple[str, bytes]],
    how: Callable[[socket.socket], None],
) -> None:
    path, kind, whole, table = {
        "import": (f"/api/bots/{bot_of(live_api)}/chats/import", "text/csv", LIST, "subscribers"),
        "json": ("/api/ads/create", "application/json", b'{"content": "half an ad"}', "ads"),
        "upload": ("/api/ads/media", *UPLOAD, "media_files"),
    }[what]
    # Half a body that would do by itself where nobody counted: JSON stands whole, with blanks due.
    body = CUT if what == "import" else whole
    due = whole if what == "import" else whole + b" " * 20
    line, sent = written(body, due)
    before, said = rows(live_api, table), logged(live_api)
    with live_api.connect(5) as connection:
        connection.sendall(head(live_api, path, kind, line) + sent)
        how(connection)
        answer = answer_to(connection)
    until(lambda: logged(live_api) > said, 10, "it is refused")
    assert not answer or answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer or how is not half_close
    assert rows(live_api, table) == before


UPLOAD = (
    "multipart/form-data; boundary=b",
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.gif"\r\n'
    b"Content-Type: image/gif\r\n\r\nGIF89a\x01\x00\x01\x00\x00\x00\x00;\r\n--b--\r\n",
)


def test_a_part_without_its_end_is_refused(live_api: LiveApi) -> None:
    """The body is whole, and what is in it is not."""
    kind, whole = UPLOAD
    before = rows(live_api, "media_files")
    status, _, _ = ask(live_api, "/api/ads/media", whole[:-7], {"Content-Type": kind})
    assert status in (400, 422)
    assert rows(live_api, "media_files") == before


def test_a_whole_body_in_chunks_is_taken(live_api: LiveApi) -> None:
    path = f"/api/bots/{bot_of(live_api)}/chats/import"
    before = rows(live_api, "subscribers")
    with live_api.connect(5) as connection:
        begin = head(live_api, path, "text/csv", "Transfer-Encoding: chunked", "Connection: close")
        chunks = [f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (LIST[:3], LIST[3:])]
        connection.sendall(begin + b"".join(chunks) + b"0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")
    assert rows(live_api, "subscribers") == before + 2


@pytest.mark.parametrize("given", ["mine-413", "", "no good id"])
def test_a_413_has_an_id_and_the_headers_of_every_answer(live_api: LiveApi, given: str) -> None:
    headers = {"Content-Length": str(2**30), "Content-Type": "application/json"}
    if given:
        headers["X-Request-ID"] = given
    status, answered, body = ask(live_api, "/api/auth/login", b"", headers)
    assert status == 413
    found = json.loads(body)["request_id"]
    assert answered["x-request-id"] == found
    assert found == given if given == "mine-413" else (found and found != given)
    assert answered["x-content-type-options"] == "nosniff"
    assert answered["content-security-policy"]
    assert answered["cache-control"] == "no-store"


def ask(
    live: LiveApi, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", live.port, timeout=20)
    try:
        connection.request("POST", path, body, {**live.alice.headers, **headers})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, named, answer.read()
    finally:
        connection.close()


def bot_of(live: LiveApi) -> int:
    with live.session() as session:
        found: Any = session.scalar(sa.text("SELECT min(id) FROM bots"))
    return int(found) if found else add_bot(live, live.alice)


def rows(live: LiveApi, table: str) -> int:
    table = {"ads": "advertisements"}.get(table, table)
    with live.session() as session:
        return int(session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)
