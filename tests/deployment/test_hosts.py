"""Six hosts with addresses of their own: nginx, the API, two workers and a third one that joins,
PostgreSQL and Valkey. One worker's host is cut off in mid-broadcast."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from crier.stack.valkey import Valkey
from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.engine import KEYS, AdRows
from tests.support.hosts import Host, running_hosts
from tests.support.nginx import Nginx, running_nginx
from tests.support.postgres import Cluster, owners, running_cluster
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

PASSWORD = "seven wet otters"
BOTS, PEOPLE, RATE = 6, 150, 10
CRIER = [sys.executable, "-m", "crier"]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the accounts of ours may pass."""
    path = Path(tempfile.mkdtemp(prefix="crier-hosts-"))
    path.chmod(0o755)
    (path / "nginx").mkdir()
    yield path
    shutil.rmtree(path)


def test_a_host_is_cut_off_and_another_joins_and_nothing_is_lost_or_sent_twice(
    folder: Path, sandbox: Sandbox
) -> None:
    names = ("edge", "api", "one", "two", "three", "data")
    with (
        running_hosts(*names) as (here, hosts),
        running_telegram(here, folder, sandbox) as telegram,
        running_database(hosts[-1], folder) as cluster,
        cluster.database() as url,
    ):
        edge, api, one, two, three, data = hosts
        address = f"@{data.address}/"
        there = url.partition("?")[0].replace("@/", address)
        settings = {
            "PATH": os.environ["PATH"],
            "CRIER_DATABASE_URL": there,
            "CRIER_REDIS_URL": f"redis://{data.address}:6379/0",
            "CRIER_TELEGRAM_API_URL": f"https://{here}:8443",
            "SSL_CERT_FILE": str(telegram),
            "CRIER_TOKEN_KEYS": KEYS[0],
            "CRIER_JWT_KEYS": secrets.token_urlsafe(32),
            "CRIER_HTTP_BIND": f"{api.address}:8080",
            "CRIER_TRUSTED_PROXIES": edge.address,
            "CRIER_ADMIN_PASSWORD": PASSWORD,
            "CRIER_SEND_RATE": str(RATE),
            "CRIER_API_LIMITS": "off",
        }
        first = {**settings, "CRIER_DATABASE_MIGRATION_URL": owners(there)}
        migrate = api.command([*CRIER, "migrate", "--with-admin"])
        done = subprocess.run(migrate, env=first, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with Programs(settings, folder) as programs:
            programs.start(api, "api")
            front = running_nginx(folder / "nginx", f"{api.address}:8080", limited=False, host=edge)
            nginx = programs.enter_context(front)
            world = AdRows(there, sandbox)
            programs.callback(world.close)
            check(world, nginx, programs, (one, two, three))


def check(world: AdRows, nginx: Nginx, programs: "Programs", hosts: Sequence[Host]) -> None:
    """Broadcast, with one of two hosts cut off in the middle and a third one instead."""
    at = {programs.start(host, "worker"): host for host in hosts[:2]}
    until(lambda: workers(world) == set(at), 60, "both workers")
    bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
    until(lambda: running(world), 60, "the bots to run")
    admin = signed_in(nginx)
    ad = nginx.request("POST", "/api/ads/create", {"content": "Buy!"}, **admin).json["id"]
    launched = nginx.request("POST", f"/api/ads/{ad}/broadcast", {}, **admin).json
    assert launched["audience"] == BOTS * PEOPLE
    ends(nginx, admin, ad, lambda now: now["sent"] > 50, "the first sends")
    lost = busiest(world)
    at[lost].cut()
    joined = programs.start(hosts[2], "worker")
    ends(nginx, admin, ad, lambda now: now["status"] == "completed", "the end")
    until(lambda: running(world) and lost not in workers(world), 60, "the others to run all bots")
    broadcast_id = world.value("SELECT id FROM broadcasts")
    counts, outcomes = world.counts(broadcast_id), world.outcomes(broadcast_id)
    at[lost].heal()
    assert programs.end_of(lost) != 0, "others have its work: it ends, to be started anew"
    back = programs.start(at.pop(lost), "worker")
    until(lambda: workers(world) == {*at, joined, back}, 60, "the host to be back")
    got = {
        (bot, line.chat_id): line.accepted for bot in bots for line in world.sandbox.received(bot)
    }
    print(f"of {BOTS * PEOPLE} people {counts['unknown']} are in doubt")
    assert counts["sent"] + counts["unknown"] == BOTS * PEOPLE == len(outcomes)
    assert counts["unknown"] <= BOTS * (RATE + 8), "more than what was on its way"
    assert all(got[who] == 1 for who, outcome in outcomes.items() if outcome == "sent")
    assert max(got.values()) == 1, "somebody got the ad twice"
    for bot in bots:
        world.sandbox.write_many(bot, 5, "hello {n}")
    heard = "SELECT count(*) FROM messages WHERE direction = 'in'"
    until(lambda: world.value(heard) == BOTS * 5, 60, "everybody to be heard")


def workers(world: AdRows) -> set[int]:
    """Process ids of the workers that the database knows."""
    return {row["pid"] for row in world.run("SELECT pid FROM workers")}


def running(world: AdRows) -> bool:
    """Whether every bot runs in a worker that the database knows."""
    return bool(
        world.value(
            """SELECT bool_and(status = 'running' AND EXISTS (
                   SELECT FROM workers w WHERE w.host || ':' || w.pid = bots.worker)) FROM bots"""
        )
    )


def busiest(world: AdRows) -> int:
    """Process id of the worker that has most bots."""
    name = world.value("SELECT mode() WITHIN GROUP (ORDER BY worker) FROM bots")
    return int(name.rpartition(":")[2])


def signed_in(nginx: Nginx) -> dict[str, str]:
    """The header of an access token; waits for the API to be there."""
    until(lambda: nginx.request("GET", "/api/config").status == 200, 60, "the API")
    return nginx.sign_in(PASSWORD)


def ends(
    nginx: Nginx, admin: dict[str, str], ad: int, is_so: Callable[[Any], bool], what: str
) -> None:
    """Wait until the statistics say so; each request is answered meanwhile."""

    def look() -> bool:
        answer = nginx.request("GET", f"/api/ads/{ad}/statistics", **admin)
        assert answer.status == 200, answer.body
        return is_so(answer.json)

    until(look, 100, what)


class Programs(ExitStack):
    """Crier's programs on hosts, all ended at last."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        super().__init__()
        self._settings, self._folder = settings, folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, host: Host, program: str) -> int:
        """Start one, with a data folder of its own; its process id."""
        data = self._folder / host.name
        data.mkdir(mode=0o700, exist_ok=True)
        with (data / "log").open("ab") as log:
            process = subprocess.Popen(
                host.command([*CRIER, program]),
                env={**self._settings, "CRIER_DATA_DIR": str(data)},
                stdout=log,
                stderr=log,
            )
        self.callback(ended, process)
        self._processes[process.pid] = process
        return process.pid

    def end_of(self, pid: int) -> int:
        """Wait until a program has ended by itself, and return its exit code."""
        return self._processes[pid].wait(timeout=60)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running_telegram(here: str, folder: Path, sandbox: Sandbox) -> Iterator[Path]:
    """The simulated Telegram behind TLS, as the real one is; the certificate to trust."""
    (folder / "telegram").mkdir()
    made = make_certificate(folder / "telegram", here)
    made.chain.chmod(0o644)
    text = (Path(__file__).parents[1] / "containers/telegram.conf").read_text()
    for old, new in {
        "listen 443": f"listen {here}:8443",
        "sandbox:8081": f"127.0.0.1:{sandbox.port}",
        "/tmp/nginx": f"{folder}/telegram/nginx",
        " /etc/": f" {folder}/",
    }.items():
        text = text.replace(old, new)
    configuration = folder / "telegram" / "nginx.conf"
    configuration.write_text(f"user root; daemon off;\n{text}")
    nginx = ["nginx", "-c", str(configuration), "-e", str(folder / "telegram" / "error.log")]
    with servers.running(nginx, folder / "telegram.log", lambda: listens(here, 8443)):
        yield made.chain


def listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running_database(host: Host, folder: Path) -> Iterator[Cluster]:
    """PostgreSQL and Valkey on a host, which let in whoever is in its network."""
    access = folder / "pg_hba.conf"
    access.write_text("local all all trust\nhost all all samenet trust\n")
    access.chmod(0o644)
    open_to = {"listen_addresses": host.address, "hba_file": str(access)}
    cache = Valkey(folder / "valkey.sock").command()
    cache += ["--port", "6379", "--bind", host.address, "--protected-mode", "no"]
    with (
        running_cluster(open_to, host=host) as cluster,
        servers.running(host.command(cache), folder / "valkey.log", lambda: answers(host)),
    ):
        cluster.make_template()
        yield cluster


def answers(host: Host) -> bool:
    try:
        with redis.Redis(host.address) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
