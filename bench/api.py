"""Throughput and latency of the API behind its real server: sign-in, bots, statistics, clicks.

The server is one `crier api` with PostgreSQL and Valkey on sockets; `--clients` requests are under
way at once, for `--seconds` each.
"""

import argparse
import http.client
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.platform import durable_cluster
from crier.domain import message as messages
from crier.domain.message import AdMessage, Button
from crier.secrets.slugs import slugs_of
from crier.settings import Settings
from crier.storage.models.ads import Advertisement
from crier.storage.models.bots import Bot
from tests.support.ads import add_broadcast
from tests.support.api import PASSWORD, LiveApi, make_environment, running_api
from tests.support.ports import free_port
from tests.support.valkey import running_valkey

BOTS = 50
JSON = {"Content-Type": "application/json"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with (
        durable_cluster() as cluster,
        cluster.database() as url,
        running_valkey() as valkey,
        tempfile.TemporaryDirectory() as folder,
    ):
        port = str(free_port())
        more = {"CRIER_HTTP_BIND": f"127.0.0.1:{port}", "CRIER_LOG_LEVEL": "error"}
        environment = make_environment(url, valkey, Path(folder) / "data", **more)
        settings = Settings.from_environment(environment)
        with running_api(settings, environment, Path(folder) / "log") as live:
            measure(live, options.clients, options.seconds)


def measure(live: LiveApi, clients: int, seconds: float) -> None:
    ad_id, bot_id = fill(live)
    phone = {"User-Agent": "Mozilla/5.0 (iPhone)"}
    login = json.dumps({"username": "oscar", "password": PASSWORD})
    signed_in = live.oscar.headers
    for name, call in {
        "login": ("POST", "/api/auth/login", login, JSON),
        "bots list": ("GET", "/api/bots", None, signed_in),
        "ad statistics": ("GET", f"/api/ads/{ad_id}/statistics", None, signed_in),
        "click": ("GET", link(live, ad_id, bot_id), None, phone),
    }.items():
        report(name, load(live.port, call, clients, seconds), seconds)


def fill(live: LiveApi) -> tuple[int, int]:
    """Bots and an ad of oscar's; the ids of the ad and of a bot."""
    ad = Advertisement(user_id=live.oscar.id, content="buy")
    with live.session() as session:
        session.add(ad)
        for number in range(BOTS):
            token = f"{1000 + number}:{'A' * 35}"
            session.add(
                Bot(
                    user_id=live.oscar.id,
                    bot_token=live.deps.vault.seal(token),
                    token_fingerprint=live.deps.vault.fingerprint(token),
                    token_hint="1000…AA",
                    telegram_id=1000 + number,
                    bot_name=f"bot {number}",
                    public_key=f"key{number}",
                )
            )
        bot_id = session.query(Bot.id).limit(1).scalar()
    return ad.id, bot_id


def link(live: LiveApi, ad_id: int, bot_id: int) -> str:
    """The tracked link that somebody got."""
    message = messages.tracked(AdMessage(text="x", buttons=((Button("b", "https://a.example"),),)))
    _, deliveries = add_broadcast(
        live, ad_id, live.oscar, {bot_id: [1]}, message=messages.to_json(message)
    )
    return f"/r/{slugs_of(live.deps.vault.keys).sign(deliveries[bot_id], 1, 0)}"


def load(port: int, call: tuple[Any, ...], clients: int, seconds: float) -> list[float]:
    """Seconds that each request took; RuntimeError where one was not answered well."""
    took: list[float] = []
    wrong: list[int] = []
    end = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < end:
            started = time.perf_counter()
            connection.request(*call)
            response = connection.getresponse()
            response.read()
            took.append(time.perf_counter() - started)
            if response.status not in (200, 302):
                wrong.append(response.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were no success, such as {wrong[0]}")
    return sorted(took)


def report(name: str, took: list[float], seconds: float) -> None:
    p50, p99 = took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000
    print(f"{name:<14} {len(took) / seconds:8.0f}/s   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")


if __name__ == "__main__":
    main()
