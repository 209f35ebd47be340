"""The API under test, in process (`api`) and behind its real server (`live_api`), and its people.

The standing cast: admin alice, operator oscar, another operator olga, advertiser adam, viewer vera.
Every one of them has the password `PASSWORD`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crier.api import tokens
from crier.api.app import create_app
from crier.api.deps import NAME, Deps
from crier.api.web import App
from crier.services import passwords, sessions
from crier.services.caller import Role
from crier.settings import Settings
from crier.storage.models.people import User

PASSWORD = "seven wet otters"
CAST: dict[str, Role] = {
    "alice": "admin",
    "oscar": "operator",
    "olga": "operator",
    "adam": "advertiser",
    "vera": "viewer",
}
_HASH = passwords.hash_password(PASSWORD)


@dataclass
class Person:
    """One of the cast, signed in: `oscar.get("/api/bots")`."""

    api: "Api"
    name: str | None
    id: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.api.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("POST", path, **({"json": json} if json is not None else {}), **options)

    def put(self, path: str, json: Any, **options: Any) -> TestResponse:
        return self.request("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any, **options: Any) -> TestResponse:
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.request("DELETE", path, **options)


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
        return self.app.test_client(use_cookies=False)

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
                session.add(User(username=name, password_hash=_HASH, role=role))
            self._people[name] = self.sign_in(name)
        return self._people[name]

    def __getattr__(self, name: str) -> Person:
        if name in CAST:
            return self.person(name, CAST[name])
        raise AttributeError(name)

    def close(self) -> None:
        self.deps.engine.dispose()


def make_settings(database_url: str, redis_url: str, data_dir: Path, **more: str) -> Settings:
    """Settings of an API under test; limits are off unless asked for."""
    return Settings.from_environment(
        {
            "CRIER_DATABASE_URL": database_url,
            "CRIER_REDIS_URL": redis_url,
            "CRIER_DATA_DIR": str(data_dir),
            "CRIER_API_LIMITS": "off",
            "CRIER_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody there
            **more,
        }
    )


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """The API on a database of its own, without limits."""
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data"))
    made.person("alice", "admin")
    yield made
    made.close()
