"""The API with the sandbox as its Telegram, and bots added through it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, Person, make_settings
from tests.support.sandbox import Sandbox, SandboxBot


class BotsApi(Api):
    """The API, and the Telegram that it talks to."""

    telegram: Sandbox

    def add_bot(self, person: Person, token: str | None = None, **fields: Any) -> dict[str, Any]:
        """A bot of the person's (of a fresh token where none is given), as it was answered."""
        token = token or self.telegram.create_bot().token
        answer = person.post("/api/bots/add", {"bot_token": token, **fields})
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def bot_of(self, found: dict[str, Any]) -> SandboxBot:
        """The sandbox's side of a bot."""
        return next(b for b in self.telegram.bots() if b.id == found["telegram_id"])


@pytest.fixture
def bots_api(
    database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox
) -> Iterator[BotsApi]:
    """The API with the sandbox as Telegram, reachable for webhooks."""
    settings = make_settings(
        database_url,
        valkey_url,
        tmp_path / "data",
        CRIER_TELEGRAM_API_URL=sandbox.url,
        CRIER_PUBLIC_URL="http://127.0.0.1:9",
    )
    made = BotsApi(settings)
    made.telegram = sandbox
    made.person("alice", "admin")
    yield made
    made.close()
