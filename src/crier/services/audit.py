"""The audit log: changes and their actors, append-only by trigger, each line chained to the one
before.

`record` takes an advisory transaction lock, so lines are chained in the order in which their
transactions commit, and a line exists exactly if the change it tells of does. The seal of a line
covers all its fields and the seal before it: a line that was changed, taken out or put in between
breaks the chain there (`verify`).

A seal is an HMAC under the newest key of the ring that seals tokens, which the database does not
hold: the owner of the database alone cannot make one. The line names its key, so lines of older
keys stay good for as long as those are in the ring. Lines from before there were keys carry a plain
SHA-256; they may stand only before the first sealed one, which holds them in place.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.observability.redact import scrub_value
from crier.secrets.keyring import Key
from crier.services.caller import Caller
from crier.storage.engine import keys_of
from crier.storage.models.people import AuditEntry

GENESIS = b"\0" * 32
SYSTEM = "system"
_PURPOSE = "audit log"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('crier.audit', 0))")
_BATCH = 1000


@dataclass(frozen=True)
class AuditLine:
    """What one line tells, but for its time and its actor."""

    action: str
    """Such as `bot.start`; the object's type is its first part."""
    object_type: str
    object_id: object = None
    details: dict[str, Any] = field(default_factory=dict)
    """Before and after, without secrets; what looks like one is taken out."""


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
    """Write one line in the caller's transaction; arguments as of `AuditLine` and `record_all`."""
    line = AuditLine(action, object_type, object_id, details or {})
    record_all(session, actor, [line], ip=ip)


def record_all(
    session: Session, actor: Caller | str, lines: Sequence[AuditLine], *, ip: str | None = None
) -> None:
    """Write lines in the caller's transaction.

    The lock is held until that transaction ends: call this last.

    Args:
        actor: the caller; a text for the platform itself or somebody without an account.
        ip: where a text actor asked from.
    """
    if not lines:
        return
    session.execute(_LOCK)
    newest = sa.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    key, previous = keys_of(session).newest, session.scalar(newest) or GENESIS
    for line in lines:
        entry = _entry(actor, line, ip)
        entry.previous_hash, entry.key_id = previous, key.id
        entry.hash = previous = seal(entry, key)
        session.add(entry)
        session.flush()


def _entry(actor: Caller | str, line: AuditLine, ip: str | None) -> AuditEntry:
    person = actor if isinstance(actor, Caller) else None
    return AuditEntry(
        at=datetime.now(UTC),
        actor_id=person.user_id if person else None,
        actor=person.label if person else str(actor)[:120],
        ip=person.ip if person else ip,
        action=line.action,
        object_type=line.object_type,
        object_id=None if line.object_id is None else str(line.object_id),
        details=_plain(line.details),
        organisation_id=person.team.id if person and person.team else None,
    )


def seal(entry: AuditEntry, key: Key | None) -> bytes:
    """Return what a line must carry in `hash`; without a key as lines did before there were any."""
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
    if entry.organisation_id is not None:  # lines from before there were teams have no such field
        fields.append(entry.organisation_id)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    content = entry.previous_hash + text.encode()
    if key is None:
        return hashlib.sha256(content).digest()
    return hmac.digest(key.derive(_PURPOSE), key.id.encode() + content, hashlib.sha256)


@dataclass(frozen=True)
class ChainCheck:
    """What `verify` found."""

    lines: int
    """Good ones, from the oldest on."""
    unsealed: int = 0
    """How many of them are from before there were keys."""
    broken_at: int | None = None
    """The id of the first line that does not fit."""
    missing_key: str | None = None
    """The key of that line, where it is not in the ring: nobody can say whether it fits."""
    newest_hash: bytes = GENESIS
    noted: bool = False
    """Whether the hash that was asked about is one of the good lines'."""


def verify(session: Session, *, noted: bytes | None = None) -> ChainCheck:
    """Walk the whole chain, oldest line first; `noted` is a hash that somebody wrote down."""
    ring, previous, lines, unsealed, found = keys_of(session), GENESIS, 0, 0, False
    for entry in _all(session):
        key = ring.find(entry.key_id) if entry.key_id else None
        missing = entry.key_id if entry.key_id and key is None else None
        too_late = entry.key_id is None and lines > unsealed
        chained = entry.previous_hash == previous and not too_late and not missing
        if not chained or not hmac.compare_digest(entry.hash, seal(entry, key)):
            return ChainCheck(lines, unsealed, entry.id, missing, previous, found)
        previous, lines = entry.hash, lines + 1
        unsealed += key is None
        found = found or previous == noted
    return ChainCheck(lines, unsealed, None, None, previous, found)


def find(
    *,
    actor: str | None = None,
    action: str | None = None,
    object_name: str | None = None,
    since: datetime | None = None,
) -> sa.Select[AuditEntry]:
    """Return a query of lines by actor, action (`bot` finds `bot.start`), object (`bot` or `bot:7`)
    and time."""
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
    """Return it as it will come back from the database, so that the seal can be checked; no secrets
    in it."""
    plain: dict[str, Any] = scrub_value(json.loads(json.dumps(details, default=str)))
    return plain
