"""The audit log: who changed what, append-only by trigger, each line chained to the one before.

`record` takes an advisory transaction lock, so lines are chained in the order in which their
transactions commit, and a line exists exactly if the change it tells of does. The hash of a line
covers all its fields and the hash before it: a line that was changed, taken out or put in between
breaks the chain there (`verify`).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.redact import scrub
from crier.services.caller import Caller
from crier.storage.models.people import AuditEntry

GENESIS = b"\0" * 32
SYSTEM = "system"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('crier.audit', 0))")
_BATCH = 1000


def record(
    session: Session,
    actor: Caller | str,
    action: str,
    object_type: str,
    object_id: object = None,
    details: dict[str, Any] | None = None,
    *,
    ip: str | None = None,
) -> None:
    """Write one line in the caller's transaction.

    The lock is held until that transaction ends: call this last.

    Args:
        actor: who did it; a text for the platform itself or somebody without an account.
        action: such as `bot.start`; the object's type is its first part.
        details: before and after, without secrets; what looks like a bot token is taken out.
        ip: where a text actor asked from.
    """
    session.execute(_LOCK)
    newest = sa.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    person = isinstance(actor, Caller)
    entry = AuditEntry(
        at=datetime.now(UTC),
        actor_id=actor.user_id if isinstance(actor, Caller) else None,
        actor=actor.label if isinstance(actor, Caller) else actor[:120],
        ip=actor.ip if isinstance(actor, Caller) else ip,
        action=action,
        object_type=object_type,
        object_id=None if object_id is None else str(object_id),
        details=_plain(details or {}),
        previous_hash=session.scalar(newest) or GENESIS,
    )
    assert person or entry.actor_id is None
    entry.hash = digest(entry)
    session.add(entry)
    session.flush()


def digest(entry: AuditEntry) -> bytes:
    """The hash that a line must carry."""
    fields = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor,
        None if entry.ip is None else str(entry.ip),
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.details,
    ]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(entry.previous_hash + text.encode()).digest()


@dataclass(frozen=True)
class Verdict:
    """What `verify` found; `broken_at` is the id of the first line that does not fit."""

    lines: int
    broken_at: int | None = None
    newest_hash: bytes = GENESIS


def verify(session: Session) -> Verdict:
    """Walk the whole chain, oldest line first."""
    previous, lines = GENESIS, 0
    for entry in _all(session):
        if entry.previous_hash != previous or entry.hash != digest(entry):
            return Verdict(lines, entry.id, previous)
        previous, lines = entry.hash, lines + 1
    return Verdict(lines, None, previous)


def find(
    *,
    actor: str | None = None,
    action: str | None = None,
    object_name: str | None = None,
    since: datetime | None = None,
) -> sa.Select[AuditEntry]:
    """Lines by actor, action (`bot` finds `bot.start`), object (`bot` or `bot:7`) and time."""
    found = sa.select(AuditEntry)
    if actor is not None:
        found = found.where(AuditEntry.actor == actor)
    if action is not None:
        found = found.where(
            sa.or_(
                AuditEntry.action == action,
                AuditEntry.action.startswith(f"{action}.", autoescape=True),
            )
        )
    if object_name is not None:
        kind, _, number = object_name.partition(":")
        found = found.where(AuditEntry.object_type == kind)
        if number:
            found = found.where(AuditEntry.object_id == number)
    return found if since is None else found.where(AuditEntry.at >= since)


def _all(session: Session) -> Iterator[AuditEntry]:
    after = 0
    while True:
        statement = sa.select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)
        rows = session.scalars(statement.limit(_BATCH)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id
        session.expunge_all()


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    """As it will come back from the database, so that the hash can be checked; no tokens in it."""
    plain: dict[str, Any] = json.loads(scrub(json.dumps(details, default=str)))
    return plain
