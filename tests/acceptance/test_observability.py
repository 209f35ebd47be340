"""A real Prometheus watches a platform, a real Alertmanager tells of it in Telegram, and Sentry's
real SDK reports its crashes, and OpenTelemetry's real exporter its traces.

Every expression of every alert, recording rule and panel of Grafana has to give data there, so that
none looks at a name that nothing shows.
"""

import json
import re
import subprocess
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from crier.services.broadcasts import control
from crier.version import release
from tests.support import grafana
from tests.support.api import LiveApi, Person
from tests.support.postgres import owners
from tests.support.prometheus import RULES
from tests.support.receiver import Receiver, Span
from tests.support.waiting import until
from tests.support.watched import OPERATOR, Watched, watched

__all__ = ["watched"]
pytestmark = pytest.mark.timeout(300)
LAUNCH = "POST /api/ads/<int:ad_id>/broadcast"
RUNNING = "SELECT worker IS NOT NULL AND status = 'running' AS yes FROM bots WHERE id = %s"
DONE = "SELECT count(*)::int AS n FROM broadcasts WHERE id = %s AND status = 'completed'"
COMPARISON = re.compile(r"\s*(==|<|>)\s*[\d.* ]+$")


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


def test_a_crash_of_the_api_comes_to_sentry_as_one_kind_without_secrets(watched: Watched) -> None:
    api, alice = watched.api, watched.api.alice
    with psycopg.connect(owners(api.settings.database_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE invitations RENAME TO away")
        answers = [api.status("/api/users/invitations", alice) for _ in range(2)]
        connection.execute("ALTER TABLE away RENAME TO invitations")
    assert answers == [500, 500]
    events = until(lambda: of_program(watched, "api")[1:] and of_program(watched, "api"), 30, "two")
    for event in events:
        assert "UndefinedTable" in str(event["exception"])
        assert event["fingerprint"] == [
            "sqlalchemy.exc.ProgrammingError in crier.api.http.paging.page,"
            " called by crier.api.routes.invitations.list_invitations"
        ]
        assert event["release"] == release()
        assert event["environment"] == "test"
        assert event["user"] == {"id": str(alice.id)}
        assert event["tags"]["request_id"]
        assert alice.headers["Authorization"].removeprefix("Bearer ") not in str(event)


def test_a_crash_of_a_job_comes_to_sentry_without_its_secrets(watched: Watched) -> None:
    token = watched.operators_bot.token
    watched.world.run(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('jobs', 'launch', 0, NULL, NULL,"
        " jsonb_build_object('broadcast_id', %s::text), NULL)::procrastinate_job_to_defer_v1])",
        token,
    )
    (event,) = until(lambda: of_program(watched, "worker"), 30, "the event")
    assert event["tags"]["task"] == "launch"
    assert event["tags"]["job_id"]
    assert event["release"] == release()
    place = "crier.services.broadcasts.launch.launch_due, called by crier.jobs.tasks._launch_due"
    assert event["fingerprint"] == [f"sqlalchemy.exc.DataError in {place}"]
    assert "invalid input syntax" in str(event["exception"])
    assert all(token.partition(":")[2].encode() not in body for _, body in watched.receiver.arrived)


def of_program(watched: Watched, program: str) -> list[dict[str, Any]]:
    """Return the events of errors that came from a program."""
    events = watched.receiver.events(1)
    return [event for event in events if event["tags"]["program"] == program]


def launch(api: LiveApi, person: Person, bots: list[int]) -> int:
    """Launch an ad by the server itself; return the broadcast's id."""
    ad = person.post("/api/ads/create", {"content": "Buy!"}).json["id"]
    status, answer = api.send("POST", f"/api/ads/{ad}/broadcast", person, {"bot_ids": bots})
    assert status == 202, answer
    return int(answer["broadcast_id"])


def trace_of(receiver: Receiver, name: str, *, calls: int) -> list[Span]:
    """Wait for the trace that begins with a span of this name and has so many sends."""

    def whole() -> list[Span]:
        spans = receiver.spans()
        for first in spans:
            if first.name == name:
                found = [span for span in spans if span.trace == first.trace]
                ended = {span.name for span in found} >= {"job deliver"}
                if ended and sum(span.name == "sendMessage" for span in found) == calls:
                    return found
        return []

    return until(whole, 60, "the whole trace")


def test_a_launch_its_job_and_its_sends_are_one_trace_without_secrets(watched: Watched) -> None:
    world, api = watched.world, watched.api
    bot = world.add_bot(people=7)
    until(lambda: world.run(RUNNING, bot.id)[0]["yes"], 60, "the bot to run on the worker")
    broadcast_id = launch(api, api.alice, [bot.id])
    until(lambda: world.run(DONE, broadcast_id)[0]["n"], 60, "the end of the broadcast")
    found = trace_of(watched.receiver, LAUNCH, calls=7)
    by_id = {span.id: span for span in found}
    (request,) = [span for span in found if not span.parent]
    (job,) = [span for span in found if span.name == "job deliver"]
    assert (request.name, request.service) == (LAUNCH, "crier-api")
    assert request.attributes["http.response.status_code"] == 202
    assert request.attributes["user.id"] == api.alice.id
    assert by_id[job.parent] == request
    assert job.service == "crier-worker"
    assert job.attributes["crier.bot_id"] == bot.id
    sends = [span for span in found if span.name == "sendMessage"]
    assert {by_id[span.parent].name for span in sends} == {"job deliver"}
    assert {span.attributes["http.response.status_code"] for span in sends} == {200}
    statements = [span for span in found if span.name.startswith("database ")]
    assert {span.service for span in statements} == {"crier-api", "crier-worker"}
    for _, body in [*watched.receiver.arrived]:
        assert bot.token.partition(":")[2].encode() not in body
        assert api.alice.headers["Authorization"].removeprefix("Bearer ").encode() not in body
    log_lines = [json.loads(line) for line in api.log.read_text().splitlines() if line[:1] == "{"]
    (line,) = [line for line in log_lines if line.get("trace.id") == request.trace]
    assert line["http.request.id"] == request.attributes["crier.request_id"]


def test_a_refused_request_names_its_trace(watched: Watched) -> None:
    status, answer = watched.api.send("POST", "/api/ads/999999/broadcast", watched.api.alice, {})
    assert status == 404

    def ended() -> list[Span]:
        spans = watched.receiver.spans()
        return [s for s in spans if s.trace == answer["trace_id"] and not s.parent]

    (request,) = until(ended, 30, "the trace")
    assert request.attributes["crier.request_id"] == answer["request_id"]
    assert not request.failed


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
