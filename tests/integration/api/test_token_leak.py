"""A marked token goes through every path that can fail; then it is looked for everywhere it could
have stayed: logs, the whole database, HTTP answers, figures, Sentry events, arguments of processes.

Somebody may paste a token where none belongs, too: into a path, a query, a header, a wrong field.
"""

import contextlib
import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from crier.api.http.access import allow
from crier.observability import sentry
from crier.observability.log_table import LogTable
from crier.observability.logs import Lines
from tests.support.api import Api, Person, make_environment
from tests.support.bots import BotsApi, bots_api
from tests.support.postgres import owners
from tests.support.waiting import until

__all__ = ["bots_api"]
MARK = "LEAK"


class Traces:
    """Everything that could hold the token."""

    def __init__(self, api: BotsApi) -> None:
        self.api = api
        self.log = io.StringIO()
        self.answers: list[str] = []
        self.events: list[str] = []

    def ask(self, person: Person, method: str, path: str, **options: Any) -> int:
        answer = person.request(method, path, **options)
        self.answers.append(f"{answer.status} {answer.headers} {answer.text}")
        return answer.status_code

    def found(self, secret: str) -> list[str]:
        """Where a secret is."""
        places = {
            "answers": "\n".join(self.answers),
            "log": self.log.getvalue(),
            "sentry": "\n".join(self.events),
            "metrics": self.api.nobody.get("/metrics").text,
            "processes": "\n".join(command_lines()),
            **self.database(),
        }
        return [place for place, text in places.items() if secret in text]

    def database(self) -> dict[str, str]:
        with psycopg.connect(owners(self.api.settings.database_url)) as connection:
            tables = connection.execute(
                "SELECT oid::regclass::text FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
            rows = "SELECT to_jsonb(t)::text FROM {} t"
            return {
                f"table {table}": str(connection.execute(rows.format(table).encode()).fetchall())
                for (table,) in tables
            }


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode(errors="replace")


class Collected(Transport):
    """Keeps what would go to Sentry."""

    def __init__(self, traces: Traces) -> None:
        super().__init__()
        self._traces = traces

    def capture_envelope(self, envelope: Envelope) -> None:
        self._traces.events.append(envelope.serialize().decode(errors="replace"))


@pytest.fixture
def traces(bots_api: BotsApi) -> Iterator[Traces]:
    made = Traces(bots_api)
    root = logging.getLogger()
    level = root.level
    handlers = [
        Lines(made.log, as_json=True, service={}),
        LogTable(bots_api.settings.database_url, program="test"),
    ]
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    sentry.start(
        "http://key@127.0.0.1:9/1", program="test", environment="test", transport=Collected(made)
    )
    yield made
    sentry_sdk.init()
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)
        handler.close()


def marked(token: str) -> tuple[str, str]:
    """A token of the same bot that carries the mark, and its secret part."""
    number, _, secret = token.partition(":")
    secret = MARK + secret[len(MARK) :]
    return f"{number}:{secret}", secret


def try_everything_wrong(traces: Traces, token: str) -> None:
    """What a person can do with a token that Telegram refuses, and where else they may paste it."""
    api, oscar = traces.api, traces.api.oscar
    bot = api.add_bot(oscar)
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/bots/add", {"json": {"bot_token": token}}),
        ("POST", "/api/bots/add", {"json": {"bot_token": f"{token}!"}}),
        ("POST", "/api/bots/add", {"json": {"bot_token": [token]}}),
        ("POST", "/api/bots/add", {"json": {token: token}}),
        ("POST", "/api/bots/add", {"data": f'{{"bot_token": "{token}', **JSON}),
        ("POST", "/api/bots/add", {"data": token, "content_type": "text/plain"}),
        ("POST", "/api/bots/add", {"json": {"bot_token": token, "receive_mode": token}}),
        ("PATCH", f"/api/bots/{bot['id']}", {"json": {"bot_token": token}}),
        ("PATCH", f"/api/bots/{bot['id']}", {"json": {"settings": {token: 1}}}),
        ("GET", f"/api/bots/{token}", {}),
        ("GET", f"/api/bots?cursor={token}", {}),
        ("GET", f"/api/bots?{token}=1", {}),
        ("POST", f"/api/telegram/{token}", {"json": {}}),
        ("GET", f"/r/{token}", {}),
        ("GET", "/api/bots", {"headers": {"Authorization": f"Bearer {token}"}}),
        ("GET", "/api/nope", {"headers": {"X-Request-ID": token}}),
        ("POST", "/api/bots/add", {"json": {}, "headers": {"Idempotency-Key": token}}),
        ("POST", "/api/auth/login", {"json": {"username": token, "password": token}}),
        ("POST", "/api/auth/register", {"json": {"username": token, "password": token}}),
        (token, "/api/bots", {}),
    ]
    for method, path, options in wrong:
        assert traces.ask(oscar, method, path, **options) in range(400, 503), path


JSON = {"content_type": "application/json"}


def test_a_refused_token_stays_nowhere(traces: Traces) -> None:
    token, secret = marked(traces.api.telegram.create_bot().token)
    try_everything_wrong(traces, token)
    assert traces.found(secret) == []


def test_a_token_stays_nowhere_when_telegram_is_not_there(traces: Traces) -> None:
    token, secret = marked(traces.api.telegram.create_bot().token)
    settings = replace(traces.api.settings, telegram_api_url="http://127.0.0.1:9")
    cut_off = Api(settings)
    oscar = Person(cut_off, "oscar", headers=traces.api.oscar.headers)
    assert traces.ask(oscar, "POST", "/api/bots/add", json={"bot_token": token}) == 502
    cut_off.close()
    assert traces.found(secret) == []


def test_a_token_in_a_fault_of_our_own_stays_nowhere(traces: Traces) -> None:
    token, secret = marked(traces.api.telegram.create_bot().token)

    @allow()
    def fault() -> str:
        inner = {"token": token}
        raise ValueError(f"https://api.telegram.org/bot{inner['token']}/getMe")

    traces.api.app.view_functions["fault"] = fault
    traces.api.app.url_map.add(traces.api.app.url_rule_class("/fault", endpoint="fault"))
    assert traces.ask(traces.api.nobody, "GET", "/fault") == 500
    sentry_sdk.flush()
    assert traces.found(secret) == []
    assert "ValueError" in traces.log.getvalue()
    assert any("ValueError" in event for event in traces.events)


def test_a_running_bots_token_stays_nowhere_when_it_is_revoked(
    traces: Traces, tmp_path: Path
) -> None:
    api = traces.api
    telegram = api.telegram.create_bot()
    secret = telegram.token.partition(":")[2]
    traces.ask(api.oscar, "POST", "/api/bots/add", json={"bot_token": telegram.token})
    bot_id = api.oscar.get("/api/bots").json["items"][0]["id"]
    with running_worker(api, tmp_path / "worker.log") as log:
        traces.ask(api.oscar, "POST", f"/api/bots/{bot_id}/start")
        until_status(api, bot_id, "running")
        api.telegram.add_fault("cut_before", methods=["getUpdates"], count=2)
        api.telegram.revoke(telegram.id)
        until_status(api, bot_id, "error")
    for page in ("", "/status", "/logs", "/messages"):
        traces.ask(api.oscar, "GET", f"/api/bots/{bot_id}{page}")
    traces.log.write(log.read_text())
    assert traces.found(secret) == []


@contextlib.contextmanager
def running_worker(api: BotsApi, log: Path) -> Iterator[Path]:
    settings = api.settings
    environment = make_environment(
        settings.database_url,
        settings.redis_url,
        settings.data_dir,
        CRIER_TELEGRAM_API_URL=settings.telegram_api_url,
        CRIER_LOG_LEVEL="debug",
    )
    command = [sys.executable, "-c", "from crier.cli import main; main()", "worker"]
    with log.open("wb") as output:
        worker = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield log
    finally:
        worker.terminate()
        worker.wait(20)


def until_status(api: BotsApi, bot_id: int, status: str) -> None:
    def reached() -> bool:
        found = api.oscar.get(f"/api/bots/{bot_id}").json
        assert found is not None
        return bool(found["status"] == status)

    until(reached, 40, f"{status}: {bot_id}")


def test_the_search_finds_what_is_there(traces: Traces) -> None:
    """The test of the test: a secret put into each place is found there."""
    logging.getLogger("test").warning("LEAKED-in-log")
    traces.answers.append("LEAKED-in-answer")
    api = traces.api
    api.person("LEAKED-in-table")
    assert "log" in traces.found("LEAKED-in-log")
    assert traces.found("LEAKED-in-answer") == ["answers"]
    assert "table users" in traces.found("LEAKED-in-table")
