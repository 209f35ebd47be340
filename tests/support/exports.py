"""Exports that are written as files, in tests: asked for, and a worker's part of them."""

from typing import Any

import sqlalchemy as sa

from crier.services.exports.writing import Writer
from crier.storage.engine import make_sessions
from tests.support.ads import add_bot, add_chats
from tests.support.api import Api, Person

PATH = "/api/analytics/exports"
SUBSCRIBERS = {"dataset": "subscribers"}


def writer(api: Api, *, keep_days: int = 7, account_bytes: int = 10**9) -> Writer:
    """Return what writes exports, as the process of one does."""
    sessions = make_sessions(api.deps.engine)
    return Writer(sessions, api.deps.uploads, keep_days=keep_days, account_bytes=account_bytes)


def bot_with_chats(api: Api, count: int = 5) -> int:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_chats(session, bot, list(range(1, count + 1)), title="=1+1")
    return bot


def ask(person: Person, **body: Any) -> int:
    answer = person.post(PATH, SUBSCRIBERS | body)
    assert answer.status_code == 202, answer.json
    return int(answer.json["id"])


def state(person: Person, export: int) -> dict[str, Any]:
    answer = person.get(f"{PATH}/{export}")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def finished(api: Api, person: Person, **body: Any) -> dict[str, Any]:
    export = ask(person, **body)
    writer(api).write(export)
    found = state(person, export)
    assert found["status"] == "finished", found
    return found


def run(api: Api, text: str, **values: Any) -> list[Any]:
    with api.session() as session:
        result = session.execute(sa.text(text), values)
        return list(result) if isinstance(result, sa.CursorResult) and result.returns_rows else []


def fetch(api: Api, link: str, **headers: str) -> tuple[int, bytes, Any]:
    """Status, content and headers of what a link gives to nobody in particular."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    answer = api.nobody.get(link, headers=named)
    data = answer.get_data()
    answer.close()
    return answer.status_code, data, answer.headers
