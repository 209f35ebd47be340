"""Everything that bots keep of one person, as one document.

Its parts are named like the tables that it comes from; docs/privacy.md lists them, and a test
compares that list with the schema.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from crier.domain.own_data import BY_PERSON
from crier.secrets.vault import PERSON, Vault, VaultError
from crier.services import audit
from crier.services.caller import Caller
from crier.services.privacy import erasing, requests
from crier.storage import engine, queries
from crier.storage.models.bots import Bot
from crier.storage.models.privacy import PrivacyRequest
from crier.storage.queries import StatementTemplate

SQL: Final = queries.load("person_export")
_TABLES: Final[dict[str, StatementTemplate[dict[str, Any]]]] = {
    name: SQL.query(name, dict)
    for name in (
        *("subscribers", "messages", "clicks", "first_clicks", "audience_pages"),
        "status_changes",
    )
}


def export(session: Session, caller: Caller | str, vault: Vault, chat_id: int) -> dict[str, Any]:
    """Return what the caller's bots (an admin's or the platform's: all) keep of a chat.

    The audit log learns that somebody was exported, and how much, but no name.
    """
    found = document(session, vault, chat_id, requests.owner_of(caller))
    counts = {name: len(rows) for name, rows in found["data"].items() if rows}
    audit.record(
        session, caller, "person.export", "person", erasing.reference(vault, chat_id), counts
    )
    return found


def for_person(
    session: Session, vault: Vault, bot_id: int, chat_id: int
) -> tuple[Bot, dict[str, Any]] | None:
    """Return a bot and what all bots of its owner keep of the person who asks it; None where the
    bot was deleted meanwhile."""
    bot = session.get(Bot, bot_id)
    if bot is None or bot.deleted_at is not None:
        return None
    found = document(session, vault, chat_id, bot.user_id)
    audit.record(session, BY_PERSON, "person.export", "person", erasing.reference(vault, chat_id))
    return bot, found


def document(session: Session, vault: Vault, chat_id: int, owner: int | None) -> dict[str, Any]:
    """Return what the bots of `owner` (None: all) keep of a chat, by table."""
    now = datetime.now(UTC)
    bots = session.query(Bot.id)
    given = {
        "chat_id": chat_id,
        "bots": [id for (id,) in (bots if owner is None else bots.filter_by(user_id=owner))],
    }
    data: dict[str, list[Any]] = {
        name: engine.rows(session, statement(**given)) for name, statement in _TABLES.items()
    }
    data["webhook_updates"] = [
        {"bot_id": one.bot_id, "update_id": one.update_id, "body": _readable(one.body)}
        for one in erasing.waiting_updates(session, chat_id, owner, now)
    ]
    data["privacy_requests"] = _requests(session, vault, chat_id, owner)
    return {"chat_id": chat_id, "exported_at": now.isoformat(), "data": data}


def _requests(session: Session, vault: Vault, chat_id: int, owner: int | None) -> list[Any]:
    found = session.query(PrivacyRequest).filter_by(kind="person").order_by(PrivacyRequest.id)
    return [
        {"requested_at": one.requested_at.isoformat(), "done_at": one.done_at and str(one.done_at)}
        for one in found
        if (owner is None or one.user_id in (None, owner)) and _is_of(one, vault, chat_id)
    ]


def _is_of(request: PrivacyRequest, vault: Vault, chat_id: int) -> bool:
    try:
        return vault.open(request.subject or "", PERSON) == str(chat_id)
    except VaultError:
        return False


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return base64.b64encode(body).decode()
