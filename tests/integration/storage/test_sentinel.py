"""Redis behind sentinels, with passwords and TLS: found, and found again when it is killed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from limits import parse

from crier.api.http.limits import Limits
from crier.observability.samples import Samples
from crier.setting_values import Sentinels
from crier.settings import Settings
from crier.storage import cache, reach
from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.ports import free_port
from tests.support.waiting import until

PASSWORD, WATCHING = "correct-horse", "battery-staple"
Process = subprocess.Popen[bytes]


@dataclass
class Watched:
    """Two of Debian's Redis, one a copy of the other, and three sentinels; all by TLS alone."""

    url: str
    master: Process


class Servers:
    """Starts Redis and sentinels in a folder, until `stack` is closed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        found = shutil.which("redis-server")
        assert found, "install redis-server (Debian: apt-get install redis-server)"
        self._program = found
        made = make_certificate(folder, "localhost")
        self.chain = made.chain
        self._tls = (
            f"tls-cert-file {made.chain}\ntls-key-file {made.key}\ntls-auth-clients no\n"
            f"tls-ca-cert-file {made.chain}\ntls-replication yes\n"
        )

    def start(self, password: str, text: str, *options: str) -> tuple[Process, int]:
        """Start one, and return it with its port."""
        port = free_port()
        place = self._folder / str(port)
        place.mkdir()
        (place / "conf").write_text(
            f'bind 127.0.0.1\nport 0\ntls-port {port}\ndir {place}\nsave ""\n{self._tls}'
            f"requirepass {password}\n{text}"
        )

        def answers() -> bool:
            try:
                with self.client(port, password) as client:
                    return bool(client.ping())
            except redis.ConnectionError:
                return False

        command = [self._program, str(place / "conf"), *options]
        running = servers.running(command, place / "log", answers)
        return self._stack.enter_context(running), port

    def client(self, port: int, password: str) -> redis.Redis:
        return redis.Redis(
            "localhost", port, password=password, ssl=True, ssl_ca_certs=str(self.chain)
        )


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        started = Servers(Path(folder), stack)
        alike = f"masterauth {PASSWORD}\nreplica-announce-ip localhost\n"
        master, port = started.start(PASSWORD, alike)
        started.start(PASSWORD, f"{alike}replicaof localhost {port}\n")
        told = (
            "sentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n"
            f"sentinel monitor ads localhost {port} 2\nsentinel auth-pass ads {PASSWORD}\n"
            "sentinel down-after-milliseconds ads 1000\nsentinel failover-timeout ads 5000\n"
            f"sentinel announce-ip localhost\nsentinel sentinel-pass {WATCHING}\n"
        )
        ports = [started.start(WATCHING, told, "--sentinel")[1] for _ in range(3)]
        with started.client(ports[0], WATCHING) as first:
            until(lambda: knows_all(first), 30, "the sentinels to know one another and the copy")
        hosts = ",".join(f"localhost:{one}" for one in ports)
        options = f"ssl_ca_certs={started.chain}&sentinel_password={WATCHING}"
        yield Watched(f"rediss+sentinel://:{PASSWORD}@{hosts}/ads/0?{options}", master)


def knows_all(sentinel: Any) -> bool:
    state = sentinel.sentinel_master("ads")
    return (state["num-slaves"], state["num-other-sentinels"]) == (1, 2)


def test_the_server_is_found_and_after_its_death_another_one(watched: Watched) -> None:
    """The limits go on in Redis, with no word from anybody."""
    settings = Settings.from_environment({"CRIER_REDIS_URL": watched.url})
    said: list[str] = []
    reach.require_redis(settings, said.append)
    assert not said
    limits = Limits(settings.redis_url, enabled=True, samples=Samples())
    rate = parse("3 per hour")
    assert limits.count(rate, "before")[0]
    assert not limits.degraded
    client = cache.connect(settings.redis_url, 5, decode_responses=True)
    client.set("kept", "yes")
    client.wait(1, 5000)
    os.kill(watched.master.pid, signal.SIGKILL)
    watched.master.wait()
    until(lambda: is_reached(watched.url), 60, "another server to be the master")
    assert client.get("kept") == "yes"
    until(lambda: limits.count(rate, f"after-{time.monotonic()}") and not limits.degraded, 30)
    client.close()


def is_reached(url: str) -> bool:
    try:
        cache.check(url, 5)
    except (cache.AwayError, cache.RefusedError):  # a copy that is no master yet takes no changes
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379,two:26379",
        "redis+sentinel:///ads",
        "redis+sentinel://one:port/ads",
        "http+sentinel://one/ads",
    ],
)
def test_what_names_no_sentinels_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must name sentinels"):
        Sentinels.read(url)


def test_where_no_port_is_named_it_is_that_of_sentinels() -> None:
    found = Sentinels.read("redis+sentinel://user:p%40ss@one,two:5000/ads")
    assert found.addresses == (("one", 26379), ("two", 5000))
    assert (found.name, found.server) == ("ads", "redis://user:p%40ss@one/")
