"""The API under test, in process (`api`) and behind its real server (`live_api`), and its people.

The standing cast: admin alice, operator oscar, another operator olga, advertiser adam, viewer vera.
Every one of them has the password `PASSWORD`.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, QueuePool
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crier.api.app import create_app
from crier.api.http import tokens
from crier.api.http.deps import NAME, Deps
from crier.api.http.web import App
from crier.domain.permissions import Role
from crier.services.people import passwords, sessions
from crier.settings import Settings
from crier.storage.models.people import User
from tests.support import postgres, servers, worded
from tests.support.ports import free_port

PASSWORD = "seven wet otters"
CAST: dict[str, Role] = {
    "alice": "admin",
    "oscar": "operator",
    "olga": "operator",
    "adam": "advertiser",
    "vera": "viewer",
}
_HASH = passwords.hash_password(PASSWORD)


class ApiResponse(TestResponse):
    """What the API answered; `json` is whatever it is, for the test to look into."""

    @property
    def json(self) -> Any:
        return super().json


def wrong_fields(answer: ApiResponse) -> set[str]:
    """Return the names of the fields that a 422 complains about."""
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json["errors"]}


@dataclass
class Person:
    """One of the cast, signed in: `oscar.get("/api/bots")`."""

    api: "Api"
    name: str | None
    id: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **options: Any) -> ApiResponse:
        # Tests write past the API, too, and ask at once.
        headers = {"Cache-Control": "no-cache", **self.headers, **options.pop("headers", {})}
        answer = self.api.client.open(path, method=method, headers=headers, **options)
        assert isinstance(answer, ApiResponse)
        if answer.mimetype == "application/problem+json" and answer.data:
            unheard = worded.unknown(answer.json)
            assert not unheard, f"no catalogue can say: {unheard}"
        return answer

    def get(self, path: str, **options: Any) -> ApiResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> ApiResponse:
        return self.request("POST", path, **({"json": json} if json is not None else {}), **options)

    def put(self, path: str, json: Any, **options: Any) -> ApiResponse:
        return self.request("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any, **options: Any) -> ApiResponse:
        return self.request("PATCH", path, json=json, **options)

    def head(self, path: str, **options: Any) -> ApiResponse:
        return self.request("HEAD", path, **options)

    def delete(self, path: str, **options: Any) -> ApiResponse:
        return self.request("DELETE", path, **options)

    def bearing(self, token: str) -> "Person":
        """The same account, with another token or key."""
        return replace(self, headers={"Authorization": f"Bearer {token}"})

    def program(self, **fields: Any) -> tuple["Person", Any]:
        """A program with an API key of this account, and what is told of the key."""
        answer = self.post("/api/auth/keys", {"name": "program", **fields})
        assert answer.status_code == 201, answer.text
        return self.bearing(answer.json["key"]), answer.json


class Api:
    """The application, its database, and people who use it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app: App = create_app(settings)
        self.deps: Deps = self.app.extensions[NAME]
        self.nobody = Person(self, None)
        self._people: dict[str, Person] = {}

    @property
    def client(self) -> FlaskClient:
        """A client without a memory for cookies."""
        client = self.app.test_client(use_cookies=False)
        client.response_wrapper = ApiResponse
        return client

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction beside the API's."""
        with self.deps.sessions.begin() as session:
            yield session

    def sign_in(self, name: str) -> Person:
        """A person with a Bearer token of a fresh sign-in."""
        with self.session() as session:
            user = session.query(User).filter_by(username=name).one()
            signed_in = sessions.open_session(session, user)
        with self.app.test_request_context():
            token = tokens.make(signed_in).access_token
        return Person(self, name, user.id, {"Authorization": f"Bearer {token}"})

    def person(self, name: str, role: Role = "operator") -> Person:
        """A person of that name, made where there is none."""
        if name not in self._people:
            with self.session() as session:
                reviews = role == "operator"
                session.add(User(username=name, password_hash=_HASH, role=role, may_review=reviews))
            self._people[name] = self.sign_in(name)
        return self._people[name]

    def __getattr__(self, name: str) -> Person:
        if name in CAST:
            return self.person(name, CAST[name])
        raise AttributeError(name)

    def close(self) -> None:
        self.deps.close()


def make_settings(database_url: str, redis_url: str, data_dir: Path, **more: str) -> Settings:
    """Settings of an API under test; limits are off unless asked for."""
    return Settings.from_environment(make_environment(database_url, redis_url, data_dir, **more))


def make_environment(
    database_url: str, redis_url: str, data_dir: Path, **more: str
) -> dict[str, str]:
    """The same as environment variables."""
    return {
        "CRIER_DATABASE_URL": database_url,
        "CRIER_REDIS_URL": redis_url,
        "CRIER_DATA_DIR": str(data_dir),
        "CRIER_API_LIMITS": "off",
        "CRIER_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody there
        **more,
    }


class LiveApi(Api):
    """The same, with `crier api` running on its settings at `port`."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__(settings)
        self.port = settings.http_port
        self.log = log

    def connect(self, timeout_s: float = 30) -> socket.socket:
        """A raw connection to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)

    def status(self, path: str, person: Person | None = None, timeout_s: float = 20) -> int:
        """The status that the server gives on GET."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers=person.headers if person else {})
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, method: str, path: str, person: Person, body: Any) -> tuple[int, Any]:
        """The status and the JSON that the server itself answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {**person.headers, "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def pid(self) -> int:
        """The process that was started, found by its port in its environment."""
        wanted = f"CRIER_HTTP_BIND=127.0.0.1:{self.port}".encode()
        for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
            with suppress(OSError):
                if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    return int(pid)
        raise AssertionError("the server is not there")

    def answers(self) -> bool:
        try:
            return self.status("/healthz") == 200
        except OSError:
            return False


@contextmanager
def running_api(settings: Settings, environment: dict[str, str], log: Path) -> Iterator[LiveApi]:
    """`crier api` as a process of its own, from when it answers until the block ends."""
    command = [sys.executable, "-c", "from crier.cli import main; main()", "api"]
    live = LiveApi(settings, log)
    try:
        with servers.running(["env", *_pairs(environment), *command], log, live.answers):
            yield live
    finally:
        live.close()


def _pairs(environment: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def checked_out(engine: Engine) -> int:
    """Return how many connections of the engine's pool are in use."""
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


@contextmanager
def live(database_url: str, redis_url: str, folder: Path, **more: str) -> Iterator[LiveApi]:
    """The API behind its real server, limits off unless asked for, until the block ends."""
    more |= {"CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}", "CRIER_LOG_LEVEL": "debug"}
    environment = make_environment(database_url, redis_url, folder / "data", **more)
    settings = Settings.from_environment(environment)
    with running_api(settings, environment, folder / "api.log") as one:
        one.person("alice", "admin")
        yield one


@pytest.fixture(scope="module")
def live_api(
    cluster: postgres.Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveApi]:
    """The API behind its real server, limits off, shared by the tests of a module."""
    with (
        cluster.database() as url,
        live(url, valkey_server, tmp_path_factory.mktemp("live")) as one,
    ):
        yield one


@pytest.fixture
def own_live_api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[LiveApi]:
    """The same for one test alone, which may kill it."""
    with live(database_url, valkey_url, tmp_path) as one:
        yield one


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """The API on a database of its own, without limits."""
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data"))
    made.person("alice", "admin")
    yield made
    made.close()
