"""API keys: `crier_<8 characters>_<256 random bits>`, shown once and stored as a SHA-256.

A fast hash is enough for 256 random bits. A key's role is the one it was made with, and it is good
only while the role of its account, in the one organisation that the key is for, may still hand that
role on. Of what the role may, its scopes say what
the key may. A key that was rotated goes on beside the new one until the end that it got then; both
are changed in one transaction that holds the old one's row. A key that was revoked stays so: by its
owner, by an admin, with the owner's password, or when the owner's account is switched off.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import SCOPES, Role, Scope
from crier.services import audit, organisations
from crier.services.audit import AuditLine
from crier.services.caller import GRANTABLE, Caller, as_role, reviews_in, role_in, team_of
from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.services.people.security_events import is_new_network
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import ApiKey, User

PREFIX = "crier_"
LIFETIME = timedelta(days=365)
"""How long a key is good whose maker does not say."""

OVERLAP_HOURS: Final = 24
LONGEST_OVERLAP_HOURS: Final = 30 * 24
DEFAULT_END: Final = object()
_organisation: Final = sa.func.coalesce(ApiKey.organisation_id, ApiKey.user_id)
_USED_AGAIN_AFTER = timedelta(minutes=1)


def create(
    session: Session,
    caller: Caller,
    *,
    name: str,
    role: Role | None = None,
    scopes: Sequence[Scope] | None = None,
    expires_at: object = DEFAULT_END,
) -> tuple[ApiKey, str]:
    """Make a key; the text is the only copy there will ever be.

    Args:
        scopes: what it may do of what its role may; None is everything.
        expires_at: None for a key that does not expire; `LIFETIME` from now where it is left out.

    Raises:
        InvalidError: the role is not the caller's own or less, or the end lies behind us.
    """
    if role is not None and role not in GRANTABLE[caller.role]:
        raise InvalidError(role=f"must be one of {', '.join(sorted(GRANTABLE[caller.role]))}")
    chosen = [scope for scope in SCOPES if scopes is None or scope in scopes]
    row, text = _add(session, caller, name, role or caller.role, chosen, expires_at)
    audit.record(session, caller, "key.create", "key", row.id, facts(row))
    return row, text


def rotate(
    session: Session,
    caller: Caller,
    key_id: int,
    *,
    overlap_hours: int = OVERLAP_HOURS,
    expires_at: object = DEFAULT_END,
) -> tuple[ApiKey, str]:
    """Make a key that replaces one of the caller's, which ends `overlap_hours` from now.

    Raises:
        NotFoundError: it is not there, not the caller's, or revoked.
        ConflictError: it was replaced before, is for another organisation than the one the caller
            acts in, or its role is no longer the caller's to hand on.
        InvalidError: the end of the new one lies behind us.
    """
    old = _alive(session, caller.user_id, key_id)
    if old.replaced_by is not None:
        raise ConflictError(f"key {old.replaced_by} replaces this one already")
    if (old.organisation_id or old.user_id) != caller.organisation_id:
        raise ConflictError("this key is for another organisation: switch to that one first")
    if old.role not in GRANTABLE[caller.role]:
        raise ConflictError(f"your role no longer hands on {old.role}: make another key")
    row, text = _add(session, caller, old.name, old.role, old.scopes, expires_at)
    end = datetime.now(UTC) + timedelta(hours=overlap_hours)
    old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
    old.replaced_by = row.id
    session.flush()
    details = {"before": facts(old), "after": facts(row) | {"id": row.id}}
    audit.record(session, caller, "key.rotate", "key", old.id, details)
    return row, text


def revoke(session: Session, caller: Caller, owner_id: int, key_id: int) -> None:
    """End one key of an account, the caller's own or another's.

    Raises:
        NotFoundError: it is not there, not that account's, or revoked already.
    """
    row = _alive(session, owner_id, key_id)
    row.revoked_at = datetime.now(UTC)
    session.flush()
    whose = {} if owner_id == caller.user_id else {"user_id": owner_id}
    audit.record(session, caller, "key.revoke", "key", row.id, facts(row) | whose)


def end_all(session: Session, user: User, why: str, *, all_roles: bool = True) -> list[AuditLine]:
    """Revoke the API keys of `user`; without `all_roles` those whose role is no longer theirs in
    the organisation of the key.

    Returns lines for the audit log, which say `why`.
    """
    keys = _locked(session, ApiKey.user_id == user.id)
    return _end(
        session, [key for key in keys if all_roles or not _may_stay(session, user, key)], why
    )


def end_in(session: Session, organisation_id: int, why: str) -> list[AuditLine]:
    """Revoke the API keys of an organisation. Returns lines for the audit log, which say `why`."""
    return _end(session, _locked(session, _organisation == organisation_id), why)


def count_in(session: Session, organisation_id: int) -> int:
    """Return how many API keys of an organisation are not revoked."""
    alive = sa.select(sa.func.count()).where(_organisation == organisation_id)
    return session.scalars(alive.where(ApiKey.revoked_at.is_(None))).one()


def of(session: Session, owner_id: int) -> sa.Select[ApiKey]:
    """Return the keys of an account, the revoked ones too.

    Raises:
        NotFoundError: there is no such account.
    """
    if session.get(User, owner_id) is None:
        raise NotFoundError("no such user")
    return sa.select(ApiKey).where(ApiKey.user_id == owner_id)


def facts(key: ApiKey) -> dict[str, Any]:
    """Return what the audit log may know of a key."""
    return {
        "name": key.name,
        "role": key.role,
        "scopes": key.scopes,
        "prefix": key.prefix,
        "expires_at": key.expires_at,
    }


def find_caller(session: Session, text: str, *, ip: str | None) -> Caller | None:
    """Return the caller that a key stands for; None where it is not good (any more)."""
    prefix = text.removeprefix(PREFIX)[:8]
    is_acting, is_member = organisations.joined(ApiKey.user_id, ApiKey.organisation_id)
    columns = Organisation.id, Organisation.name, Membership.role, Membership.withheld
    found = session.execute(
        sa.select(ApiKey, User, *columns)
        .join(User, User.id == ApiKey.user_id)
        .join(Organisation, is_acting)
        .join(Membership, is_member)
        .where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None), User.is_active)
    ).one_or_none()
    if found is None:
        return None
    key, user = found[:2]
    team = team_of(*found[2:])
    now, role = datetime.now(UTC), cast("Role", key.role)
    fits = hmac.compare_digest(key.key_hash, _hash(text))
    expired = key.expires_at is not None and key.expires_at <= now
    if not fits or expired or role not in GRANTABLE[role_in(cast("Role", user.role), team)]:
        return None
    is_elsewhere = is_new_network(key, ip)
    if not is_elsewhere:
        _note_use(key, now, ip)
    return Caller(
        user_id=user.id,
        username=user.username,
        role=role,
        team=as_role(team, role),
        ip=ip,
        api_key_id=key.id,
        is_elsewhere=is_elsewhere,
        scopes=cast("tuple[Scope, ...]", tuple(key.scopes)),
        reviews=reviews_in(team, role, may_review=user.may_review or user.role == "admin"),
    )


def _add(
    session: Session, caller: Caller, name: str, role: str, scopes: list[Any], expires_at: object
) -> tuple[ApiKey, str]:
    now = datetime.now(UTC)
    end = now + LIFETIME if expires_at is DEFAULT_END else cast("datetime | None", expires_at)
    if end is not None and end <= now:
        raise InvalidError(expires_at="must lie in the future")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"{PREFIX}{prefix}_{secret}"
    row = ApiKey(
        user_id=caller.user_id,
        organisation_id=caller.team.id if caller.team else None,
        name=name,
        prefix=prefix,
        key_hash=_hash(text),
        role=role,
        scopes=scopes,
        expires_at=end,
    )
    session.add(row)
    session.flush()
    return row, text


def _may_stay(session: Session, user: User, key: ApiKey) -> bool:
    found = organisations.membership(session, user.id, key.organisation_id or user.id)
    if found is None:
        return False
    return key.role in GRANTABLE[role_in(cast("Role", user.role), found.team)]


def _locked(session: Session, which: sa.ColumnElement[bool]) -> Sequence[ApiKey]:
    alive = sa.select(ApiKey).where(which, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    return session.scalars(alive.with_for_update()).all()


def _end(session: Session, keys: Sequence[ApiKey], why: str) -> list[AuditLine]:
    for key in keys:
        key.revoked_at = datetime.now(UTC)
    session.flush()
    return [AuditLine("key.revoke", "key", key.id, facts(key) | {"because": why}) for key in keys]


def _alive(session: Session, owner_id: int, key_id: int) -> ApiKey:
    """Return a key that is not revoked, locked."""
    found = sa.select(ApiKey).filter_by(id=key_id, user_id=owner_id, revoked_at=None)
    row = session.scalar(found.with_for_update())
    if row is None:
        raise NotFoundError("no such key")
    return row


def _note_use(key: ApiKey, now: datetime, ip: str | None) -> None:
    """Note when and from where a key was used, once a minute: requests do not wait for its row."""
    if key.last_used_at is None or now - key.last_used_at > _USED_AGAIN_AFTER:
        key.last_used_at, key.last_used_ip = now, ip or key.last_used_ip


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
