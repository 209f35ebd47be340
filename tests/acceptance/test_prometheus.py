"""A real Prometheus watches a platform, and a real Alertmanager tells of it in Telegram.

Every expression of every alert, recording rule and panel of Grafana has to give data there, so that
none looks at a name that nothing shows.
"""

import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crier.services.broadcasts import control
from tests.support import grafana
from tests.support.api import LiveApi, live
from tests.support.certificate import make_certificate
from tests.support.engine import AdRows
from tests.support.ports import free_port
from tests.support.postgres import Cluster
from tests.support.prometheus import RULES, Prometheus, running_prometheus
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until
from tests.support.workers import Workers

pytestmark = pytest.mark.timeout(300)
COMPARISON = re.compile(r"\s*(==|<|>)\s*[\d.* ]+$")
OPERATOR = 700_000_001


class Watched(NamedTuple):
    """A platform with a broadcast under way, and who watches it."""

    prometheus: Prometheus
    world: AdRows
    broadcast_id: int
    api: LiveApi
    operators_bot: SandboxBot


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


@pytest.fixture(scope="module")
def watched(
    cluster: Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with (
        cluster.database() as url,
        Sandbox.start() as sandbox,
        tls_server(folder) as tls,
        live(url, valkey_server, folder, CRIER_PUBLIC_URL=f"https://127.0.0.1:{tls}") as api,
    ):
        world, broadcast_id = a_world(url, sandbox)
        operators_bot = sandbox.create_bot()
        sandbox.add_person(operators_bot.id, OPERATOR)
        workers = Workers(url, sandbox.url, folder, CRIER_SEND_RATE="10")
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
                yield Watched(prometheus, world, broadcast_id, api, operators_bot)
        finally:
            workers.stop()
            world.close()


def rules(watched: Watched) -> list[Any]:
    """Return the rules as Prometheus has read them."""
    groups = watched.prometheus.ask("/api/v1/rules")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def all_give_data(watched: Watched, expressions: dict[str, str]) -> None:
    """Wait until each expression has given data once; fail by the names of those that do not."""
    missing = dict(expressions)

    def all_there() -> bool:
        for name, expression in [*missing.items()]:
            if watched.prometheus.query(expression):
                del missing[name]
        return not missing

    with suppress(AssertionError):
        until(all_there, 90, "data")
    assert missing == {}


def test_promtool_takes_the_rules_and_their_unit_tests() -> None:
    for command in (
        ["promtool", "check", "config", "prometheus.yml"],
        ["promtool", "test", "rules", "alerts_test.yml"],
        ["amtool", "check-config", "alertmanager.yml"],
    ):
        done = subprocess.run(command, cwd=RULES, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_severity_and_a_page(watched: Watched) -> None:
    alerts = [rule for rule in rules(watched) if rule["type"] == "alerting"]
    root = RULES.parents[1]
    for alert in alerts:
        assert alert["labels"]["severity"] in ("critical", "warning", "info"), alert
        page = (root / alert["annotations"]["runbook"]).read_text()
        assert f"`{alert['name']}`" in page, alert
    pages = {str(page.relative_to(root)) for page in (root / "docs" / "operations").glob("*.md")}
    assert pages == {alert["annotations"]["runbook"] for alert in alerts}


def test_every_expression_of_every_rule_gives_data(watched: Watched) -> None:
    made = rules(watched)
    assert len(made) > 30
    all_give_data(watched, {rule["name"]: COMPARISON.sub("", rule["query"]) for rule in made})
    health = {rule["name"]: rule["health"] for rule in rules(watched)}
    assert set(health.values()) == {"ok"}, health


def test_every_expression_of_every_panel_gives_data(watched: Watched) -> None:
    made = grafana.expressions()
    assert len(made) > 70
    all_give_data(watched, made)


def test_a_firing_alert_comes_as_a_telegram_message(watched: Watched) -> None:
    telegram = watched.world.sandbox

    def told() -> list[str]:
        sent = telegram.outbox(watched.operators_bot.id, OPERATOR)
        return [message["text"] for message in sent if "CrierBotDown" in message["text"]]

    text = until(told, 60, "the message of the alert")[0]
    assert "is in error for 1h 0m" in text
    assert "docs/operations/bot-down.md" in text


def test_what_is_counted_is_what_arrived(watched: Watched) -> None:
    world = watched.world
    world.steer(watched.broadcast_id, control.pause)
    bots = [row["bot_id"] for row in world.run("SELECT bot_id FROM deliveries")]

    def figures() -> tuple[float | None, float]:
        counted = watched.prometheus.value('sum(crier_broadcast_outcomes_total{outcome="sent"})')
        return counted, float(sum(world.sandbox.totals(bot)["accepted"] for bot in bots))

    def are_equal() -> bool:
        counted, arrived = figures()
        return counted == arrived > 0

    with suppress(AssertionError):
        until(are_equal, 15, "equal figures")
    counted, arrived = figures()
    assert counted == arrived
