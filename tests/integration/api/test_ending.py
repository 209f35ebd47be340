"""An API that ends answers whatever has reached it, and a proxy can tell what has not."""

import signal
import socket
import sys
import threading
from pathlib import Path

from tests.support import servers
from tests.support.api import make_environment
from tests.support.hosts import running_hosts
from tests.support.waiting import until

VISITORS = 6
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: crier\r\nConnection: close\r\n\r\n"


class Visitors:
    """Ask all the time, each request on a connection of its own, as nginx does."""

    def __init__(self, address: str) -> None:
        self._address = (address, 8080)
        self.answered = 0
        self.unanswered: list[str] = []
        self._threads = [threading.Thread(target=self._visit) for _ in range(VISITORS)]

    def begin(self) -> bool:
        """Begin as soon as somebody listens there; return whether that is so."""
        try:
            socket.create_connection(self._address, timeout=1).close()
        except OSError:
            return False
        for thread in self._threads:
            thread.start()
        return True

    def _visit(self) -> None:
        while True:
            try:
                connection = socket.create_connection(self._address, timeout=30)
            except OSError:
                return  # here a proxy asks another API
            with connection:
                connection.settimeout(30)
                try:
                    connection.sendall(REQUEST)
                    answer = connection.recv(4096)
                except OSError as error:
                    answer = repr(error).encode()
            if b" 200 " in answer:
                self.answered += 1
            else:
                self.unanswered.append(answer.decode())

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


def test_whoever_has_connected_is_answered_and_others_are_refused(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    """On a host with an address of its own; a request is sent after the API was told to end."""
    with running_hosts("api") as (_, [host]):
        environment = make_environment(
            database_url, valkey_url, tmp_path / "data", CRIER_HTTP_BIND=f"{host.address}:8080"
        )
        pairs = [f"{name}={value}" for name, value in environment.items()]
        command = host.command(["env", *pairs, sys.executable, "-m", "crier", "api"])
        visitors = Visitors(host.address)
        with servers.running(command, tmp_path / "log", visitors.begin) as api:
            until(lambda: visitors.answered > 100, 90, "a hundred answers")
            early = socket.create_connection((host.address, 8080), timeout=30)
            api.send_signal(signal.SIGTERM)
            visitors.wait()
            early.sendall(REQUEST)
            assert b" 200 " in early.recv(4096)
            early.close()
            assert api.wait(20) == 0
    assert not visitors.unanswered
