"""Attacks on a running platform beside a broadcast: how much slower ordinary users are served.

    python -m bench.attack [--seconds 12] [--bots 8]

The platform is one `crier api` with its limits on, behind a proxy that it trusts, and one `crier
worker` that broadcasts through the sandbox; PostgreSQL is durable. Ordinary users ask for the list
of bots, the statistics of the broadcast and `/healthz`, one request after the other, with a pause
between. First nobody attacks; then each attack runs in a process of its own, with a lower priority,
since a real attacker brings processors along. Printed is the 95th percentile of each, and how many
times the quiet one it is; the quiet one is measured before and after each attack.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

from bench import platform
from crier.domain import message as messages
from crier.domain.message import AdMessage, Button
from crier.secrets.slugs import slugs_of
from crier.settings import Settings
from tests.support.ads import add_broadcast
from tests.support.api import LiveApi, make_environment, running_api
from tests.support.engine import KEYS
from tests.support.ports import free_port
from tests.support.sandbox import Sandbox
from tests.support.valkey import running_valkey

PAUSE_S = 0.02
USERS = 8
EXPORTERS = 17
RATE = 30
JSON = {"Content-Type": "application/json"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}
Asked = dict[str, list[float]]


class Target(NamedTuple):
    """What attackers know."""

    port: int
    click: str
    operator: dict[str, str]
    bot_id: int
    readers: list[dict[str, str]]


# Attacks: each goes on until its process is ended. ----------------------------------------------


def long_names(target: Target) -> None:
    """Fields and contents that a bad pattern takes minutes for."""
    body = json.dumps({"0" * 20_000: 1}).encode()
    ad = json.dumps({"content": f"<{'0' * 32_000}>", "parse_mode": "HTML"}).encode()
    for number in _forever():
        ask(target, "POST", "/api/auth/login", body, {**JSON, **_from(number)})
        ask(target, "POST", "/api/ads/create", ad, {**JSON, **target.operator})


def unread_exports(target: Target) -> None:
    """34 exports of 17 users, which nobody reads; begun again where they are cut off."""

    def hold(headers: dict[str, str]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = "GET /api/analytics/export?dataset=messages&format=xlsx HTTP/1.1\r\nHost: x\r\n"
        for _ in _forever():
            with contextlib.suppress(OSError), socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", target.port))
                client.sendall(f"{head}{lines}\r\n".encode())
                time.sleep(60)

    _at_once([partial(hold, headers) for headers in target.readers for _ in "ab"])


def guesses_of_one_network(target: Target) -> None:
    """Wrong passwords from addresses of one /64."""
    _guess(target, lambda number: f"2001:db8:0:1::{number:x}")


def guesses_from_everywhere(target: Target) -> None:
    """Wrong passwords, each from another address."""
    _guess(
        target, lambda number: f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"
    )


def registrations(target: Target) -> None:
    """Accounts from addresses of one /64."""
    for number in _forever():
        body = {"username": f"new{os.getpid()}.{number}", "password": "nine dry badgers"}
        headers = {**JSON, "X-Forwarded-For": f"2001:db8:0:2::{number % 65536:x}"}
        ask(target, "POST", "/api/auth/register", json.dumps(body).encode(), headers)


def huge_import(target: Target) -> None:
    """Lists of millions of ids."""
    body = b"chat_id\n" + b"7\n" * 30_000_000
    headers = {"Content-Type": "text/csv", **target.operator}
    for _ in _forever():
        ask(target, "POST", f"/api/bots/{target.bot_id}/chats/import", body, headers)


def clicks(target: Target) -> None:
    """One tracked link, again and again."""

    def click() -> None:
        connection = HTTPConnection("127.0.0.1", target.port, timeout=30)
        for _ in _forever():
            with contextlib.suppress(OSError, HTTPException):
                connection.request("GET", target.click, headers=PHONE)
                connection.getresponse().read()

    _at_once([click] * 4)


def odd_headers(target: Target) -> None:
    """What has been a fault of ours once."""
    for number in _forever():
        ask(target, "GET", "/api/bots", None, {"Authorization": ", ,", **_from(number)})
        zone = {**JSON, "X-Forwarded-For": "fe80::1%eth0"}
        ask(target, "POST", "/api/auth/login", b'{"username":"a","password":"b"}', zone)
        ask(target, "POST", "/api/auth/login", b'{"username"', {**JSON, "Content-Length": "900"})


ATTACKS = (
    *(long_names, unread_exports, guesses_of_one_network, guesses_from_everywhere),
    *(registrations, huge_import, clicks, odd_headers),
)


def _guess(target: Target, address: Callable[[int], str]) -> None:
    numbers = iter(_forever())
    lock = threading.Lock()

    def guess() -> None:
        while True:
            with lock:
                number = next(numbers)
            body = json.dumps({"username": f"victim{number % 5}", "password": "wrong"}).encode()
            headers = {**JSON, "X-Forwarded-For": address(number)}
            ask(target, "POST", "/api/auth/login", body, headers)

    _at_once([guess] * 20)


def _forever() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


def _from(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"198.51.100.{number % 250}"}


def _at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    threads[0].join()


def ask(
    target: Target, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> None:
    """One request, whatever comes of it."""
    connection = HTTPConnection("127.0.0.1", target.port, timeout=30)
    with contextlib.suppress(OSError, HTTPException):
        connection.request(method, path, body, headers)
        connection.getresponse().read()
    connection.close()


def _attack(attack: Callable[[Target], None], target: Target) -> None:
    os.nice(5)
    attack(target)


# Ordinary users ---------------------------------------------------------------------------------


class Users:
    """People who work with the platform, in turn, so that none is over a limit."""

    def __init__(self, live: LiveApi, ad_id: int) -> None:
        self._live = live
        people = [live.person(f"user{n}", "viewer").headers for n in range(USERS)]
        self._calls = [
            (name, path, headers)
            for headers in people
            for name, path in (
                ("bots", "/api/bots"),
                ("statistics", f"/api/ads/{ad_id}/statistics"),
                ("healthz", "/healthz"),
            )
        ]

    def work(self, seconds: float) -> Asked:
        """Seconds of each request, by what it asked for."""
        took: Asked = {"bots": [], "statistics": [], "healthz": []}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            connection = HTTPConnection("127.0.0.1", self._live.port, timeout=60)
            for name, path, headers in self._calls:
                started = time.perf_counter()
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                took[name].append(time.perf_counter() - started)
                if answer.status != 200:
                    raise RuntimeError(f"{path} answered {answer.status}")
                time.sleep(PAUSE_S)
            connection.close()
        return took


def p95_ms(asked: Asked) -> float:
    """Of all requests together."""
    took = sorted(second for seconds in asked.values() for second in seconds)
    return took[int(len(took) * 0.95)] * 1000


# The platform -----------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--bots", type=int, default=8)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK")
    options = parser.parse_args()
    chosen = [a for a in ATTACKS if not options.attacks or a.__name__ in options.attacks]
    people = int(RATE * (2 * options.seconds + 5) * (len(chosen) + 1))
    with (
        platform.durable_cluster() as cluster,
        Sandbox.start() as sandbox,
        platform.world(cluster, "", sandbox) as world,
        running_valkey() as valkey,
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as stack,
    ):
        sandbox.set_limits(absorb_s=0)
        ids = [world.add_bot(people).id for _ in range(options.bots)]
        platform.settle_down(world)
        more = {
            "CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}",
            "CRIER_API_LIMITS": "on",
            "CRIER_TELEGRAM_API_URL": sandbox.url,
            "CRIER_TRUSTED_PROXIES": "127.0.0.1",
            "CRIER_TOKEN_KEYS": ",".join(KEYS),
            "CRIER_LOG_LEVEL": "error",
        }
        environment = make_environment(world.database_url, valkey, Path(folder) / "data", **more)
        settings = Settings.from_environment(environment)
        live = stack.enter_context(running_api(settings, environment, Path(folder) / "log"))
        stack.enter_context(platform.worker(world, rate=RATE))
        target = _target(live, sandbox)
        running = "SELECT bool_and(status = 'running') AS all FROM bots WHERE user_id = 1"
        platform.wait_for(lambda: bool(world.run(running)[0]["all"]), 120)
        broadcast_id = platform.launch(world, bots=ids)
        platform.wait_for(lambda: world.counts(broadcast_id)["sent"] > 0, 60)
        users = Users(live, world.broadcast(broadcast_id)["ad_id"])
        users.work(2)
        failed = [a.__name__ for a in chosen if not measure(a, target, users, options.seconds)]
        counts = world.counts(broadcast_id)
        print(
            f"the broadcast went on meanwhile: {counts['sent']:,} sent, {counts['failed']} failed"
        )
    print(f"over twice the quiet p95: {', '.join(failed) or 'none'}")


def measure(attack: Callable[[Target], None], target: Target, users: Users, seconds: float) -> bool:
    """Print what an attack does to ordinary users; whether they are within twice the quiet p95."""
    before = users.work(seconds / 2)
    process = multiprocessing.get_context("spawn").Process(target=_attack, args=(attack, target))
    process.start()
    try:
        time.sleep(2.0)  # its imports
        during = users.work(seconds)
    finally:
        process.kill()
        process.join()
    time.sleep(1.0)
    after = users.work(seconds / 2)
    quiet_ms = p95_ms({name: before[name] + after[name] for name in before})
    ratio = p95_ms(during) / quiet_ms
    each = ", ".join(f"{name} {p95_ms({name: took}):.0f}" for name, took in during.items())
    print(
        f"{attack.__name__:24} p95 {p95_ms(during):6.1f} ms, quiet {quiet_ms:6.1f} ms:"
        f" {ratio:5.2f} times ({each} ms)",
        flush=True,
    )
    return ratio <= 2


def _target(live: LiveApi, sandbox: Sandbox) -> Target:
    """An operator with a bot and a sent ad, and readers with much to export."""
    bot = sandbox.create_bot()
    operator = live.oscar
    added = operator.post("/api/bots/add", {"bot_token": bot.token})
    bot_id = added.json["id"]
    ad = operator.post("/api/ads/create", {"content": "x"}).json
    message = messages.tracked(AdMessage(text="x", buttons=((Button("b", "https://a.example"),),)))
    _, deliveries = add_broadcast(
        live, ad["id"], operator, {bot_id: [1]}, message=messages.to_json(message)
    )
    readers = [live.person(f"reader{n}", "viewer").headers for n in range(EXPORTERS)]
    slug = slugs_of(live.deps.vault.keys).sign(deliveries[bot_id], 1, 0)
    return Target(live.port, f"/r/{slug}", operator.headers, bot_id, readers)


if __name__ == "__main__":
    main()
