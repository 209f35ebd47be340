"""Exports that nobody reads, behind the real server: others are served, and memory stays small."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.ads import add_bot
from tests.support.api import LiveApi, Person
from tests.support.postgres import owners
from tests.support.waiting import until, until_equal

PATH = "/api/analytics/export?dataset=messages&format=csv"
ROWS, CHARS = 60_000, 200
READERS = 17
LEFT = '"event.action": "client_left"'
MORE_MB = 150
"""What they may take altogether: a twentieth of what the exports hold."""


@pytest.fixture
def full(own_live_api: LiveApi) -> LiveApi:
    bot = add_bot(own_live_api, own_live_api.oscar)
    with own_live_api.session() as session:
        session.execute(
            sa.text(
                "INSERT INTO messages (bot_id, chat_id, status, direction, content)"
                " SELECT :b, n, 'received', 'in', repeat('x', :c) FROM generate_series(1, :n) n"
            ),
            {"b": bot, "c": CHARS, "n": ROWS},
        )
    return own_live_api


@contextlib.contextmanager
def unread(live: LiveApi, person: Person) -> Iterator[socket.socket]:
    """A client that asks for an export and never reads."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", live.port))
        token = person.headers["Authorization"]
        connection.sendall(
            f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
        )
        yield connection


def worker_of(live: LiveApi) -> int:
    pid = live.pid()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max(map(int, children), key=rss_mb)


def rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def busy(live: LiveApi) -> int:
    """How many connections of the API are in a transaction."""
    with live.session() as session:
        statement = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name LIKE 'crier api%' AND state <> 'idle'"
            " AND pid <> pg_backend_pid()"
        )
        return int(session.scalar(sa.text(statement)) or 0)


def test_many_that_nobody_reads_hold_neither_others_nor_memory(full: LiveApi) -> None:
    people = [full.person(f"reader{n}", "viewer") for n in range(READERS)]
    assert full.status("/api/users", full.alice) == 200
    worker = worker_of(full)
    before = rss_mb(worker)
    with contextlib.ExitStack() as stack:
        for person in people:
            for _ in "ab":
                stack.enter_context(unread(full, person))
        for _ in range(20):
            assert full.status("/api/users", full.alice) == 200
        assert full.log.read_text().count(LEFT) < 2 * READERS, "others waited for their end"
        until(lambda: busy(full) == 0, 30, "nothing is held for them")
        assert full.status(PATH, people[0]) == 429
        assert rss_mb(worker) - before < MORE_MB
        until(lambda: full.log.read_text().count(LEFT) >= 2 * READERS, 90, "they are cut off")
        assert full.status(PATH.replace("messages", "bots"), people[0]) == 200


def test_a_reader_that_is_slow_gets_everything(full: LiveApi) -> None:
    connection = HTTPConnection("127.0.0.1", full.port, timeout=60)
    connection.request("GET", PATH, headers=full.alice.headers)
    answer = connection.getresponse()
    data = b""
    while chunk := answer.read(512 * 1024):
        data += chunk
        time.sleep(0.05)  # the reader that is slow
    connection.close()
    assert data.count(b"\n") == ROWS + 1


def test_an_export_that_fails_does_not_pass_for_whole(full: LiveApi) -> None:
    """Its connection breaks: a CSV file has no end by which one would see it."""
    connection = HTTPConnection("127.0.0.1", full.port, timeout=60)
    connection.request("GET", PATH, headers=full.alice.headers)
    answer = connection.getresponse()
    answer.read(65536)
    with psycopg.connect(owners(full.settings.database_url)) as connection_of_owner:
        connection_of_owner.execute("ALTER TABLE messages RENAME TO gone")
    with pytest.raises((IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()
    assert "stream_failed" in full.log.read_text()


def test_a_client_that_leaves_ends_its_export(full: LiveApi) -> None:
    for times in (1, 2, 3):
        with unread(full, full.alice) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        until_equal(lambda: full.log.read_text().count(LEFT), times, 20)
    assert full.status("/healthz") == 200
    os.kill(full.pid(), signal.SIGTERM)
