"""Telegram's webhook calls: genuine ones are in PostgreSQL when they are answered."""

import json
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.secrets.vault import WEBHOOK_SECRET
from crier.storage.models.bots import Bot
from tests.support.api import Api, make_settings
from tests.support.bots import BotsApi, bots_api

__all__ = ["bots_api"]
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {"update_id": 10, "message": {"message_id": 1, "text": "hi"}}


class Hook:
    """A bot in webhook mode, called as Telegram would."""

    def __init__(self, api: BotsApi) -> None:
        self.api = api
        self.bot_id = api.add_bot(api.oscar, receive_mode="webhook")["id"]
        with api.session() as session:
            bot = session.get_one(Bot, self.bot_id)
            assert bot.webhook_secret is not None
            self.path = f"/api/telegram/{bot.public_key}"
            self.secret = api.deps.vault.open(bot.webhook_secret, WEBHOOK_SECRET)

    def call(self, body: Any, secret: str | None = None, path: str | None = None) -> int:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        answer = self.api.nobody.post(
            path or self.path,
            data=data,
            headers={
                HEADER: self.secret if secret is None else secret,
                "Content-Type": "application/json",
            },
        )
        return answer.status_code

    def stored(self) -> list[tuple[int, bytes | None]]:
        with self.api.session() as session:
            rows = session.execute(
                sa.text("SELECT update_id, body FROM webhook_updates ORDER BY update_id")
            )
            return [(row.update_id, row.body) for row in rows]


@pytest.fixture
def hook(bots_api: BotsApi) -> Hook:
    return Hook(bots_api)


def test_an_update_is_stored_as_it_came_and_the_session_is_nudged(
    hook: Hook, database_url: str
) -> None:
    body = '{"update_id": 10,\n"message": {"text": "\\u0000 \\ud83d\\ude00", "colour": 1}}'
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN crier")
        assert hook.call(body) == 200
        notes = [note.payload for note in listener.notifies(timeout=10, stop_after=1)]
    assert notes == [f"inbox:{hook.bot_id}"]
    assert hook.stored() == [(10, body.encode())]


def test_the_same_update_again_is_stored_once(hook: Hook) -> None:
    assert [hook.call(UPDATE), hook.call(UPDATE), hook.call({"update_id": 9})] == [200, 200, 200]
    assert [update_id for update_id, _ in hook.stored()] == [9, 10]


def test_an_update_that_was_handled_does_not_come_back(hook: Hook) -> None:
    hook.call(UPDATE)
    with hook.api.session() as session:
        session.execute(sa.text("UPDATE webhook_updates SET body = NULL"))
    assert hook.call(UPDATE) == 200
    assert hook.stored() == [(10, None)]


@pytest.mark.parametrize("secret", ["", "wrong", "é", "x" * 1000])
def test_a_forged_call_is_401_and_stored_nowhere(hook: Hook, secret: str) -> None:
    assert hook.call(UPDATE, secret=secret.encode().decode("latin-1")) == 401
    assert hook.stored() == []


def test_a_key_of_no_bot_is_404(hook: Hook) -> None:
    for key in ("nobody", "x" * 64, "%00", "a/b"):
        assert hook.call(UPDATE, path=f"/api/telegram/{key}") in (404, 422), key


def test_a_bot_that_polls_or_is_deleted_takes_no_webhook(hook: Hook) -> None:
    path = f"/api/bots/{hook.bot_id}"
    hook.api.oscar.patch(path, {"receive_mode": "polling"})
    assert hook.call(UPDATE) == 404
    hook.api.oscar.patch(path, {"receive_mode": "webhook"})
    assert hook.call(UPDATE) == 200
    hook.api.oscar.delete(path)
    assert hook.call({"update_id": 11}) == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("nonsense", 400),
        (b"\xff\xfe", 400),
        ('{"update_id": 1, "x": ' + "[" * 100_000, 400),
        ('{"update_id": 1, "x"', 400),
        ("[" * 100_000, 422),
        ("[]", 422),
        ("{}", 422),
        ({"update_id": "10"}, 422),
        ({"update_id": -1}, 422),
        ({"update_id": 2**63}, 422),
        ({"update_id": 1, "text": "x" * 5 * 1024 * 1024}, 413),
    ],
)
def test_what_is_no_update_is_refused(hook: Hook, body: Any, status: int) -> None:
    assert hook.call(body) == status
    assert hook.stored() == []


def test_without_the_database_it_is_503_so_that_telegram_tries_again(
    hook: Hook, valkey_url: str, tmp_path: Any
) -> None:
    settings = make_settings("postgresql://nobody@127.0.0.1:1/x", valkey_url, tmp_path / "data")
    api = Api(settings)
    answer = api.nobody.post(hook.path, UPDATE, headers={HEADER: hook.secret})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    api.close()
