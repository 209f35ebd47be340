"""A Redis that refuses us is told from one that is away, and by what it refuses."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from crier.errors import CrierError
from crier.services.system.status import ComponentProbe
from crier.settings import Settings
from crier.stack.valkey import Valkey
from crier.storage import cache, reach
from tests.support import servers
from tests.support.ports import free_port

PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """Port of a Valkey with a password, and a user who may do next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        users = Path(folder) / "users"
        users.write_text(
            f"user default on >{PASSWORD} ~* &* +@all\nuser guest on >guest-pass ~* +ping\n"
        )
        command = Valkey(Path(folder) / "valkey.sock").command()
        command[command.index("--port") + 1] = str(port)
        url = f"redis://:{PASSWORD}@127.0.0.1:{port}"

        def answers() -> bool:
            try:
                with redis.Redis.from_url(url) as client:
                    return bool(client.ping())
            except redis.ConnectionError:
                return False

        with servers.running([*command, "--aclfile", str(users)], Path(folder) / "log", answers):
            yield port


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:wrong-secret@127.0.0.1:{}", "refuses the user name or password"),
        ("redis://127.0.0.1:{}", "refuses the user name or password"),
        ("redis://nobody:wrong-secret@127.0.0.1:{}", "refuses the user name or password"),
        ("redis://guest:guest-pass@127.0.0.1:{}", "may not run scripts"),
        ("redis://:correct-horse@127.0.0.1:{}/999", "no database of that number"),
        ("rediss://:correct-horse@127.0.0.1:{}", "rediss://"),
        ("redis://:correct-horse@127.0.0.1:{}?surprise=1", "not known"),
    ],
)
def test_what_redis_refuses_is_said_without_a_secret(server: int, url: str, words: str) -> None:
    with pytest.raises(cache.RefusedError, match=words) as caught:
        cache.check(url.format(server), 5)
    for secret in ("wrong-secret", "guest-pass", PASSWORD):
        assert secret not in str(caught.value)


def test_the_right_password_is_taken(server: int) -> None:
    cache.check(f"redis://:{PASSWORD}@127.0.0.1:{server}/1", 5)


def test_what_does_not_answer_is_away() -> None:
    with pytest.raises(cache.AwayError):
        cache.check(f"redis://127.0.0.1:{free_port()}", 5)


def test_what_speaks_another_language_is_no_redis() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    connection.recv(4096)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(cache.RefusedError, match="no Redis"):
            cache.check(f"redis://127.0.0.1:{listener.getsockname()[1]}", 5)
        listener.shutdown(socket.SHUT_RDWR)


def test_a_start_is_refused_and_the_status_page_says_why(server: int) -> None:
    settings = Settings.from_environment({"CRIER_REDIS_URL": f"redis://:bad@127.0.0.1:{server}"})
    with pytest.raises(CrierError, match=r"password\): correct CRIER_REDIS_URL"):
        reach.require_redis(settings, print)
    component = ComponentProbe(settings).redis()
    assert component.status == "down"
    assert component.detail.startswith("refuses the user name or password")


def test_a_start_goes_on_where_redis_is_only_away() -> None:
    away = {"CRIER_REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    said: list[str] = []
    reach.require_redis(Settings.from_environment(away), said.append)
    assert said[0].startswith("cannot reach Redis")
