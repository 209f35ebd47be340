"""Asking for the erasure of a person or of a deleted bot, and what becomes of it.

The request is a row of `privacy_requests`, written in the transaction that stops what it is about;
the job `erase` does the rest (`erasing`).
"""

from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import PERSON, Vault
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.services.privacy import erasing
from crier.storage import engine, queries, queue
from crier.storage.models.bots import Bot
from crier.storage.models.privacy import PrivacyRequest

_DELETION: Final = queries.load("privacy")


class Deletion(NamedTuple):
    """What goes with a bot (the first five), and what stays as sums."""

    chats: int
    messages: int
    clicks: int
    pending_recipients: int
    schedules: int
    broadcasts: int
    sent: int
    counted_clicks: int


_COUNT: Final = _DELETION.query("deletion", Deletion)


def query(caller: Caller) -> sa.Select[PrivacyRequest]:
    """Return a query of all requests in the caller's scope."""
    return sa.select(PrivacyRequest).where(caller.owns(PrivacyRequest.user_id))


def get(session: Session, caller: Caller, request_id: int) -> PrivacyRequest:
    """Return one request in the caller's scope.

    Raises:
        NotFoundError: there is none.
    """
    found = session.scalar(query(caller).where(PrivacyRequest.id == request_id))
    if found is None:
        raise NotFoundError("no such request")
    return found


def preview_deletion(session: Session, *bot_ids: int) -> Deletion:
    """Return what would go with bots and what would stay; rows are counted up to a million of
    each."""
    found = engine.first(session, _COUNT(bots=list(bot_ids)))
    assert found is not None
    return found


def erase_bot(session: Session, caller: Caller | str, bot: Bot) -> PrivacyRequest:
    """Have the rows of a bot erased that is deleted in this transaction."""
    request = PrivacyRequest(
        kind="bot",
        user_id=bot.user_id,
        bot_id=bot.id,
        bot_key=bot.public_key,
        requested_by=_label(caller),
    )
    return _ask(session, request)


def erase_person(
    session: Session, caller: Caller | str, vault: Vault, chat_id: int
) -> PrivacyRequest:
    """Have everything erased that the caller's bots (an admin's or the platform's: all) keep of a
    chat.

    Nobody sends to it from this transaction on; the audit log does not name the person.
    """
    request = PrivacyRequest(
        kind="person",
        user_id=owner_of(caller),
        subject=vault.seal(str(chat_id), PERSON),
        requested_by=_label(caller),
    )
    _ask(session, request)
    erasing.stop(session, chat_id, request.user_id, request.requested_at)
    audit.record(session, caller, "person.erase", "person", erasing.reference(vault, chat_id))
    return request


def owner_of(caller: Caller | str) -> int | None:
    """Return whose bots a caller asks about; None: everybody's."""
    return None if isinstance(caller, str) else caller.owner


def _ask(session: Session, request: PrivacyRequest) -> PrivacyRequest:
    session.add(request)
    session.flush()
    engine.run(session, queue.defer_erase())
    return request


def _label(caller: Caller | str) -> str:
    return caller if isinstance(caller, str) else caller.label
