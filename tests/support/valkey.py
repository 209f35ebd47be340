"""A real Valkey for tests, one a session, emptied for every test that asks for it."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from crier.stack import ownership
from crier.stack.valkey import Valkey
from tests.support import servers


@contextmanager
def running_valkey() -> Iterator[str]:
    """URL of a fresh server on a socket of its own."""
    folder = Path(tempfile.mkdtemp(prefix="crier-valkey-"))
    owner = ownership.account(ownership.APPLICATION)
    socket = ownership.make_private_folder(folder / "valkey", owner) / "valkey.sock"
    ownership.let_pass(socket.parent, owner)
    url = f"unix://{socket}"
    try:
        with servers.running(
            Valkey(socket).command(),
            folder / "log",
            lambda: _answers(url),
            account=ownership.APPLICATION,
        ):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flush(url: str) -> None:
    """Forget everything that an earlier test left."""
    with redis.Redis.from_url(url) as client:
        client.flushall()


def kill(url: str) -> None:
    """`kill -9` of the server."""
    with redis.Redis.from_url(url) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
