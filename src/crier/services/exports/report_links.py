"""Links by which the report on a broadcast is read, without any other credential.

A link carries what it is for and who made it, signed as `exports.links` does; nothing is kept. It
shows what its maker may read at that moment, and is void once it has ended, once the maker's role
has changed or the account is deactivated, and once the API key that made it is revoked.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from crier.domain.permissions import Role, Scope
from crier.secrets.keyring import Key, Keyring
from crier.services import audit
from crier.services.ads import ads
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.services.exports import orders
from crier.services.people.sessions import generation
from crier.storage.models.people import ApiKey, User

_PURPOSE: Final = "report link"
_GONE: Final = "no such report, or its link is no longer good: ask for another"


class Grant(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What a link is for, and who made it in which role."""

    ad_id: int
    broadcast_id: int | None
    zone: str
    until: int
    user_id: int
    organisation_id: int
    role: Role
    scopes: tuple[Scope, ...] | None
    api_key_id: int | None
    generation: int


class ReportLink(NamedTuple):
    """Where a report is read, and until when."""

    path: str
    until: datetime


def make(
    session: Session,
    ring: Keyring,
    maker: Caller,
    ad_id: int,
    broadcast_id: int | None,
    zone: str,
    until: datetime,
) -> ReportLink:
    """Return a link to the report on a broadcast of an ad; None is the latest at each reading.

    Raises:
        NotFoundError: the maker sees no such ad.
    """
    ad = ads.get(session, maker, ad_id)
    until = until.replace(microsecond=0)
    grant = Grant(
        ad_id=ad.id,
        broadcast_id=broadcast_id,
        zone=zone,
        until=int(until.timestamp()),
        user_id=maker.user_id,
        organisation_id=maker.organisation_id,
        role=maker.role,
        scopes=maker.scopes,
        api_key_id=maker.api_key_id,
        generation=generation(session.get_one(User, maker.user_id).tokens_valid_from),
    )
    audit.record(session, maker, "ad.share", "ad", ad.id, {"until": until.isoformat()})
    raw = msgspec.json.encode(grant)
    path = f"/api/ads/report?grant={_text(raw)}&signature={_signature(ring.newest, raw)}"
    return ReportLink(path, until)


def follow(session: Session, ring: Keyring, grant: str, signature: str) -> tuple[Grant, Caller]:
    """Return what a link is for, and its maker as it is now.

    Raises:
        NotFoundError: it was not made here, or is no longer good.
    """
    try:
        raw = urlsafe_b64decode(grant + "=" * (-len(grant) % 4))
    except ValueError:
        raise NotFoundError(_GONE) from None
    good = [_signature(key, raw) for key in ring.keys()]  # noqa: SIM118
    if not any(hmac.compare_digest(one.encode(), signature.encode()) for one in good):
        raise NotFoundError(_GONE)
    given = msgspec.json.decode(raw, type=Grant)
    if given.until <= datetime.now(UTC).timestamp():
        raise NotFoundError(_GONE)
    user = session.get(User, given.user_id)
    if user is None or generation(user.tokens_valid_from) != given.generation:
        raise NotFoundError(_GONE)
    maker = orders.acting(session, user, given.organisation_id, given.role)
    if maker is None or not _is_alive(session, given.api_key_id):
        raise NotFoundError(_GONE)
    return given, replace(maker, scopes=given.scopes)


def _is_alive(session: Session, api_key_id: int | None) -> bool:
    if api_key_id is None:
        return True
    key = session.get(ApiKey, api_key_id)
    if key is None or key.revoked_at is not None:
        return False
    return key.expires_at is None or key.expires_at > datetime.now(UTC)


def _signature(key: Key, raw: bytes) -> str:
    return _text(hmac.digest(key.derive(_PURPOSE), raw, "sha256"))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
