"""A platform with a broadcast under way, and everybody who may watch it: a real Prometheus with its
Alertmanager, and one who takes reports of errors and traces."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.api import LiveApi, live
from tests.support.certificate import make_certificate
from tests.support.engine import AdRows
from tests.support.ports import free_port
from tests.support.postgres import Cluster
from tests.support.prometheus import Prometheus, running_prometheus
from tests.support.receiver import Receiver, receiver
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.workers import Workers

OPERATOR = 700_000_001


class Watched(NamedTuple):
    """A platform with a broadcast under way, and who watches it."""

    prometheus: Prometheus
    world: AdRows
    broadcast_id: int
    api: LiveApi
    operators_bot: SandboxBot
    receiver: Receiver


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """A server that shows a certificate and says nothing."""
    made = make_certificate(folder, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with suppress(OSError), context.wrap_socket(plain, server_side=True):
                        pass

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def a_world(database_url: str, sandbox: Sandbox) -> tuple[AdRows, int]:
    """Bots with people, a broadcast that takes minutes, and a bot whose token is refused."""
    world = AdRows(database_url, sandbox)
    bots = [world.add_bot(people=1500, blocked_share=0.1).id for _ in range(2)]
    for _ in range(4):  # one of seven that is down is not yet `CrierManyBotsDown`
        world.add_bot()
    broken = sandbox.create_bot()
    world.insert_bot(broken, status="error", desired_status="running")
    world.run("UPDATE bots SET error_at = now() - interval '1 hour' WHERE id = %s", broken.id)
    return world, world.launch(bots=bots)


def settings_of(reports: Receiver) -> dict[str, str]:
    """What makes programs report there."""
    return {
        "CRIER_SENTRY_DSN": reports.dsn(1),
        "CRIER_ENVIRONMENT": "test",
        "OTEL_EXPORTER_OTLP_ENDPOINT": reports.url,
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


@pytest.fixture(scope="module")
def watched(
    cluster: Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with (
        cluster.database() as url,
        Sandbox.start() as sandbox,
        tls_server(folder) as tls,
        receiver() as reports,
        live(
            url,
            valkey_server,
            folder,
            CRIER_PUBLIC_URL=f"https://127.0.0.1:{tls}",
            **settings_of(reports),
        ) as api,
    ):
        world, broadcast_id = a_world(url, sandbox)
        operators_bot = sandbox.create_bot()
        sandbox.add_person(operators_bot.id, OPERATOR)
        workers = Workers(url, sandbox.url, folder, CRIER_SEND_RATE="10", **settings_of(reports))
        ports = [free_port() for _ in range(2)]
        replacements = {
            re.escape("127.0.0.1:8080"): f"127.0.0.1:{api.port}",
            "127.0.0.1:9464": f"127.0.0.1:{ports[0]}",
            "127.0.0.1:9465": f"127.0.0.1:{ports[1]}",
            'bot_token: ".*"': f'bot_token: "{operators_bot.token}"',
            r"chat_id: \d+": f"chat_id: {OPERATOR}",
            "https://api.telegram.org": sandbox.url,
        }
        try:
            for port in ports:
                workers.start(1, CRIER_METRICS_BIND=f"127.0.0.1:{port}")
            with running_prometheus(folder, replacements) as prometheus:
                yield Watched(prometheus, world, broadcast_id, api, operators_bot, reports)
        finally:
            workers.stop()
            world.close()
