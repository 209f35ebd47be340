"""Links by which the file of an export is fetched, without any other credential.

A link is good for `LINK_S`, and for as long as its export is kept and its creator may read it: the
signature also covers `tokens_valid_from`, which changes with the creator's role or deactivation. It
is made with the newest key of the ring that signs sign-ins; every key of the ring verifies.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from crier.secrets.keyring import Key, Keyring
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.services.exports import orders
from crier.services.people.sessions import generation
from crier.storage.models.people import User
from crier.storage.models.records import Export

LINK_S: Final = 3600
_PURPOSE: Final = "export link"
_GONE: Final = "no such file, or its link is no longer good: ask for another"


class FileLink(NamedTuple):
    """Where a file is fetched, and until when."""

    path: str
    until: datetime


def link_to(session: Session, ring: Keyring, export: Export, now: datetime) -> FileLink | None:
    """Return a link to the file of an export; None where there is none to be had."""
    found = orders.creator_of(session, export)
    if export.status != "finished" or export.expires_at is None or found is None:
        return None
    until = min(now + timedelta(seconds=LINK_S), export.expires_at).replace(microsecond=0)
    if until <= now:
        return None
    seconds = int(until.timestamp())
    signature = _signature(ring.newest, export.id, seconds, found[1])
    path = f"/api/analytics/exports/{export.id}/file?until={seconds}&signature={signature}"
    return FileLink(path, until)


def follow(
    session: Session, ring: Keyring, export_id: int, until: int, signature: str, *, ip: str | None
) -> tuple[Export, Caller]:
    """Return the export that a link names, and its creator.

    Raises:
        NotFoundError: it was not made here, or is no longer good.
    """
    now = datetime.now(UTC)
    export = session.get(Export, export_id)
    if export is None or export.status != "finished" or until <= now.timestamp():
        raise NotFoundError(_GONE)
    found = orders.creator_of(session, export)
    if found is None or export.expires_at is None or export.expires_at <= now:
        raise NotFoundError(_GONE)
    creator, user = found
    good = [_signature(key, export_id, until, user) for key in ring.keys()]  # noqa: SIM118
    if not any(hmac.compare_digest(one.encode(), signature.encode()) for one in good):
        raise NotFoundError(_GONE)
    return export, replace(creator, ip=ip)


def record(session: Session, creator: Caller, export: Export, start: int, end: int) -> None:
    """Write into the audit log that bytes of a file go out; anybody may have the link."""
    details = {"dataset": export.dataset, "from_byte": start, "to_byte": end, "by": "link"}
    audit.record(session, creator, "export.download", "export", export.id, details)


def _signature(key: Key, export_id: int, until: int, user: User) -> str:
    text = f"{export_id}.{until}.{generation(user.tokens_valid_from)}"
    raw = hmac.digest(key.derive(_PURPOSE), text.encode(), "sha256")
    return urlsafe_b64encode(raw).decode().rstrip("=")
