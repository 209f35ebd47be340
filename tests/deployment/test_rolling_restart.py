"""`crier restart` under load behind the real nginx: no request fails, no message is lost or sent
twice."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crier.settings import Settings, run_dir
from crier.stack.programs import control_socket
from crier.stack.supervisor_client import SupervisorClient
from tests.support.command import Command, end_all
from tests.support.load import Load
from tests.support.nginx import Nginx, running_nginx
from tests.support.ports import free_port
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

CRIER = [sys.executable, "-m", "crier"]
PASSWORD = "seven wet otters"
BOTS, PEOPLE, VISITORS = 3, 400, 6
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="crier-rolling-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(run_dir(path / "data"), ignore_errors=True)
    shutil.rmtree(path)


def test_everything_is_restarted_under_load_and_nothing_fails(
    folder: Path, sandbox: Sandbox
) -> None:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "CRIER_DATA_DIR": str(folder / "data"),
        "CRIER_HTTP_BIND": f"127.0.0.1:{port}",
        "CRIER_ADMIN_PASSWORD": PASSWORD,
        "CRIER_TELEGRAM_API_URL": sandbox.url,
        "CRIER_TRUSTED_PROXIES": "127.0.0.1",
        "CRIER_API_LIMITS": "off",
        "CRIER_WORKERS": "2",
        "DEMO": "0",
    }
    up = Command([*CRIER, "up"], folder=folder, output=folder / "output", environment=environment)
    (folder / "nginx").mkdir()
    at = f"127.0.0.1:{port}"
    with ending(up, folder), running_nginx(folder / "nginx", at, limited=False) as nginx:
        up.wait_for("stop with", 60)
        before = pids(environment)
        headers = nginx.sign_in(PASSWORD)
        bots = [add_bot(nginx, headers, sandbox) for _ in range(BOTS)]
        everybody = BOTS * PEOPLE
        until(lambda: subscribers(nginx, headers) == everybody, 60, "all people to be subscribed")
        sandbox.reset("counters")
        ad = nginx.request("POST", "/api/ads/create", {"content": "Buy!"}, **headers).json["id"]
        load = Load([partial(nginx.request, **headers)] * VISITORS)
        late = socket.create_connection(("127.0.0.1", port), timeout=60)
        with load.running(), late:
            launched = nginx.request("POST", f"/api/ads/{ad}/broadcast", {}, **headers)
            assert launched.json["audience"] == everybody
            restart_all(environment, late)
            figures = until(lambda: ended(nginx, headers, ad), 120, "the broadcast to end")
        print(f"{sum(load.answers.values())} requests: {dict(load.answers)}")
        assert set(load.answers) == {"good"}, load.answers
        assert not before.items() & pids(environment).items()
        assert (figures["sent"], figures["unknown"]) == (everybody, 0), figures
        for bot in bots:
            assert not sandbox.received_other_than(bot, 1)
        assert ads_of(nginx, headers) == load.made | {ad}
        up.interrupt()


def restart_all(environment: dict[str, str], late: socket.socket) -> None:
    """`crier restart`; who is connected since before the restart is answered by the new API."""
    command = [*CRIER, "restart"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as restarted:
        for line in restarted.stdout or ():
            if line.startswith("api runs anew"):
                late.sendall(b"GET /healthz HTTP/1.0\r\nHost: crier\r\n\r\n")
                assert b" 200 " in late.recv(100), "it was connected before the restart"
    assert restarted.returncode == 0


@contextmanager
def ending(up: Command, folder: Path) -> Iterator[None]:
    """Leave no process behind, however the block ends."""
    try:
        yield
    finally:
        up.kill()
        end_all(folder / "data")


def pids(environment: dict[str, str]) -> dict[str, int | None]:
    settings = Settings.from_environment(environment)
    states = SupervisorClient(control_socket(settings)).processes()
    return {one.name: one.pid for one in states if one.name not in ("postgres", "valkey")}


def add_bot(nginx: Nginx, headers: dict[str, str], sandbox: Sandbox) -> int:
    """A running bot whose people have all said /start."""
    bot = sandbox.create_bot()
    body = {"bot_token": bot.token, "bot_name": "Rolling"}
    added = nginx.request("POST", "/api/bots/add", body, **headers).json
    nginx.request("POST", f"/api/bots/{added['id']}/start", **headers)
    sandbox.add_people(bot.id, PEOPLE, status="seen")
    sandbox.write_many(bot.id, PEOPLE, "/start")
    return bot.id


def subscribers(nginx: Nginx, headers: dict[str, str]) -> int:
    items = nginx.request("GET", "/api/bots", **headers).json["items"]
    return sum(bot["subscribers"] for bot in items)


def ended(nginx: Nginx, headers: dict[str, str], ad: int) -> Any:
    """Statistics, once the broadcast is completed."""
    found = nginx.request("GET", f"/api/ads/{ad}/statistics", **headers).json
    return found if found["status"] == "completed" else None


def ads_of(nginx: Nginx, headers: dict[str, str]) -> set[int]:
    """Ids of all ads, page by page."""
    found, after = set[int](), ""
    while True:
        page = nginx.request("GET", f"/api/ads/list?limit=100{after}", **headers).json
        found |= {ad["id"] for ad in page["items"]}
        if not page["next_cursor"]:
            return found
        after = f"&cursor={page['next_cursor']}"
