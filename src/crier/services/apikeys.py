"""API keys: `crier_<8 characters>_<256 random bits>`, shown once and stored as a SHA-256.

A fast hash is enough for 256 random bits. A key's role is the one it was made with, and it is good
only while its owner's role may still hand that role on.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services.caller import GRANTABLE, Caller, Role
from crier.services.errors import InvalidError, NotFoundError
from crier.storage.models.people import ApiKey, User

PREFIX = "crier_"
_USED_AGAIN_AFTER = timedelta(minutes=1)


def create(
    session: Session,
    caller: Caller,
    *,
    name: str,
    role: Role | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the text is the only copy there will ever be.

    Raises:
        InvalidError: the role is not the caller's own or less, or the end lies behind us.
    """
    if role is not None and role not in GRANTABLE[caller.role]:
        raise InvalidError(role=f"must be one of {', '.join(sorted(GRANTABLE[caller.role]))}")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidError(expires_at="must lie in the future")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"{PREFIX}{prefix}_{secret}"
    row = ApiKey(
        user_id=caller.user_id,
        name=name,
        prefix=prefix,
        key_hash=_hash(text),
        role=role or caller.role,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, text


def revoke(session: Session, caller: Caller, key_id: int) -> ApiKey:
    """End one of the caller's own keys.

    Raises:
        NotFoundError: it is not there, not the caller's, or revoked already.
    """
    row = session.scalar(
        sa.select(ApiKey)
        .filter_by(id=key_id, user_id=caller.user_id, revoked_at=None)
        .with_for_update()
    )
    if row is None:
        raise NotFoundError("no such key")
    row.revoked_at = datetime.now(UTC)
    session.flush()
    return row


def find_caller(session: Session, text: str, *, ip: str | None) -> Caller | None:
    """Who a key stands for; None where it is not good (any more)."""
    prefix = text.removeprefix(PREFIX)[:8]
    found = session.execute(
        sa.select(ApiKey, User)
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None), User.is_active)
    ).one_or_none()
    if found is None:
        return None
    key, user = found
    now, role = datetime.now(UTC), cast("Role", key.role)
    fits = hmac.compare_digest(key.key_hash, _hash(text))
    expired = key.expires_at is not None and key.expires_at <= now
    if not fits or expired or role not in GRANTABLE[cast("Role", user.role)]:
        return None
    if key.last_used_at is None or now - key.last_used_at > _USED_AGAIN_AFTER:
        key.last_used_at = now
    return Caller(user_id=user.id, username=user.username, role=role, ip=ip, api_key_id=key.id)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
