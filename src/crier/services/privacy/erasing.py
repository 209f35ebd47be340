"""Carries out what was asked to be erased, piece by piece.

`work` does one bounded piece in the caller's transaction and says whether to call it again. What
holds the promises:

* A request is worked on by one process at a time: its row is locked (`SKIP LOCKED`), and what was
  erased and how far that is are one transaction. A kill loses at most the piece that was under way.
* To do a piece twice changes nothing: it looks for rows that still hold the person, or the bot.
* A person gets nothing more from the moment of the request (`stop`, in its transaction). What was
  on its way then is recorded within `SETTLED`: the request is worked on again after that, up to
  its end. What the person does later, a /start for one, is not touched.
* The rows of a deleted bot go once its deliveries are closed: nobody writes any more.

Locks are taken in the order of docs/architecture.md but for rows of one chat in several bots; where
that crosses another writer, PostgreSQL ends one of the two and the next minute repeats it.
"""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from crier.domain.own_data import BY_PERSON
from crier.domain.stand_ins import stand_in
from crier.secrets.vault import PERSON, Vault, VaultError
from crier.services import audit
from crier.storage import engine, queries

log = logging.getLogger(__name__)
SQL: Final = queries.load("privacy")
SETTLED: Final = timedelta(minutes=1)
BATCH: Final = 5_000
"""Rows of one piece."""
_PATIENCE: Final = "SET LOCAL statement_timeout = '10min'"
_HOUR_S: Final = 3600.0


class DueErasure(NamedTuple):
    """A locked row of `privacy_requests`."""

    id: int
    kind: str
    user_id: int | None
    bot_id: int | None
    subject: str | None
    salt: UUID
    requested_at: datetime
    requested_by: str
    step: str | None


class _Update(NamedTuple):
    bot_id: int
    update_id: int
    body: bytes


_DUE: Final = SQL.query("due", DueErasure)
_NOTE: Final = SQL.query("note")
_FINISH: Final = SQL.query("finish")
_STOP: Final = SQL.query("stop")
_UNLINK: Final = SQL.query("unlink")
_BOTS_OF: Final = SQL.query("bots_of", int)
_DELETED_BOT: Final = SQL.query("deleted_bot", bool)
_WAITING: Final = SQL.query("waiting_updates", _Update)
_UPDATES: Final = SQL.query("person_updates")
_OF_PERSON: Final = tuple(
    SQL.query(f"person_{name}")
    for name in (
        "messages",
        "clicks",
        "first_clicks",
        "status_changes",
        "audiences",
        "subscriptions",
        "moves",
        "exports",
    )
)
_OF_BOT: Final = tuple(
    (name, SQL.query(f"bot_{name}"))
    for name in (
        "updates",
        "subscribers",
        "audiences",
        "messages",
        "clicks",
        "first_clicks",
        "status_changes",
    )
)
_BOT_FILES: Final = SQL.query("bot_files")


def work(session: Session, vault: Vault) -> bool:
    """Do a piece of what is due; whether there was something. The caller commits."""
    request = engine.first(session, _DUE())
    if request is None:
        return False
    session.connection().exec_driver_sql(_PATIENCE)
    if request.kind == "bot":
        _erase_bot(session, request)
    else:
        _erase_person(session, vault, request)
    return True


def work_off(database: sessionmaker[Session], vault: Vault) -> None:
    """Do all that is due, each piece in a transaction of its own."""
    again = True
    while again:
        with database.begin() as session:
            again = work(session, vault)


def stop(session: Session, chat_id: int, owner: int | None, asked_at: datetime) -> None:
    """Have the bots of `owner` (None: all) send nothing more to a person."""
    given = {"chat_id": chat_id, "user_id": owner, "asked_at": asked_at}
    engine.run(session, _STOP(**given), _UNLINK(**given))


def waiting_updates(
    session: Session, chat_id: int, owner: int | None, until: datetime
) -> list[_Update]:
    """Return the updates of a person that the bots of `owner` have not handled yet."""
    found = engine.rows(session, _WAITING(user_id=owner, until=until))
    return [update for update in found if chat_id in _people_in(update.body)]


def _erase_person(session: Session, vault: Vault, request: DueErasure) -> None:
    assert request.subject is not None
    try:
        chat_id = int(vault.open(request.subject, PERSON))
    except VaultError as error:  # others go on; this one is tried again once its key is back
        log.error("erasure_waits_for_key", extra={"request": request.id, "error": str(error)})
        engine.run(session, _NOTE(id=request.id, step="key missing", rows=0, again_s=_HOUR_S))
        return
    until = request.requested_at + SETTLED
    by_person = request.requested_by == BY_PERSON
    if by_person and request.step is None:
        name = reference(vault, chat_id)
        audit.record(session, BY_PERSON, "person.erase", "person", name)
    stop(session, chat_id, request.user_id, request.requested_at)
    bots = engine.rows(session, _BOTS_OF(chat_id=chat_id, user_id=request.user_id))
    given = {
        "bots": bots,
        "stand_ins": [stand_in(request.salt, bot_id) for bot_id in bots],
        "chat_id": chat_id,
        "asked_at": request.requested_at,
        "until": until,
        "user_id": request.user_id,
    }
    rows = sum(engine.run(session, statement(**given)) for statement in _OF_PERSON)
    rows += _drop_updates(session, waiting_updates(session, chat_id, request.user_id, until))
    left_s = (until - datetime.now(UTC)).total_seconds()
    if left_s > 0:
        engine.run(session, _NOTE(id=request.id, step="settling", rows=rows, again_s=left_s))
    else:
        engine.run(session, _FINISH(id=request.id, rows=rows))


def reference(vault: Vault, chat_id: int) -> str:
    """Return how the audit log names a person: the same for the same id, and no way back from it
    without the key ring."""
    return vault.fingerprint(f"person {chat_id}").hex()[:16]


def _drop_updates(session: Session, updates: list[_Update]) -> int:
    bots, ids = [one.bot_id for one in updates], [one.update_id for one in updates]
    return engine.run(session, _UPDATES(bots=bots, ids=ids)) if updates else 0


def _erase_bot(session: Session, request: DueErasure) -> None:
    given = {"bot_id": request.bot_id, "limit": BATCH}
    is_open = engine.first(session, _DELETED_BOT(id=request.id))
    if is_open is None:  # a backup that was restored has another bot under this id, or none
        engine.run(session, _FINISH(id=request.id, rows=0))
        return
    if is_open:
        engine.run(session, _NOTE(id=request.id, step="deliveries", rows=0, again_s=5.0))
        return
    for name, statement in _OF_BOT:
        if rows := engine.run(session, statement(**given)):
            engine.run(session, _NOTE(id=request.id, step=name, rows=rows, again_s=0.0))
            return
    rows = engine.run(session, _BOT_FILES(bot_id=request.bot_id))
    engine.run(session, _FINISH(id=request.id, rows=rows))


def _people_in(body: bytes) -> set[int]:
    """Return every number under the name `id` in an update: chats and people."""
    try:
        return set(_ids(json.loads(body)))
    except (ValueError, RecursionError):  # what a session cannot read either
        return set()


def _ids(value: Any) -> list[int]:
    if isinstance(value, list):
        return [found for item in value for found in _ids(item)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if isinstance(value.get("id"), int) else []
    return own + [found for item in value.values() for found in _ids(item)]
