"""Invitations: a link that makes one account, of a role that an admin chose.

Invariants: an invitation makes one account at most (`use` locks its row, and it is marked in the
transaction that makes the account), and none after the admin who made it has stopped being an
active admin (both sides hold `accounts.lock`). Its token is 256 random bits, shown once and stored
as a SHA-256. In the link it stands behind a `#`, which browsers send to no server.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import Role
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ForbiddenError, InvalidError, NotFoundError
from crier.services.people import accounts, administration
from crier.storage.models.people import Invitation, User

PREFIX: Final = "join_"
LIFETIME: Final = timedelta(days=7)
"""How long an invitation is good where nobody says."""
LONGEST: Final = timedelta(days=90)
_INVITER: Final = sa.select(User.id).where(User.is_active, User.role == "admin")


def create(
    session: Session,
    actor: Caller | str,
    *,
    role: Role = "advertiser",
    may_review: bool | None = None,
    expires_at: datetime | None = None,
) -> tuple[Invitation, str]:
    """Make an invitation and its token, the only copy there will ever be.

    Raises:
        InvalidError: the end lies behind us or too far ahead, or the role never reviews.
    """
    now = datetime.now(UTC)
    end = expires_at or now + LIFETIME
    if not now < end <= now + LONGEST:
        raise InvalidError(expires_at=f"must lie within the next {LONGEST.days} days")
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    row = Invitation(
        token_hash=_hash(token),
        role=role,
        may_review=administration.reviewing(role, may_review),
        created_by=actor.user_id if isinstance(actor, Caller) else None,
        expires_at=end,
    )
    session.add(row)
    session.flush()
    details = {"role": role, "may_review": row.may_review, "expires_at": end}
    audit.record(session, actor, "invitation.create", "invitation", row.id, details)
    return row, token


def everything() -> sa.Select[Invitation]:
    """Return all invitations, used and revoked ones too."""
    return sa.select(Invitation)


def revoke(session: Session, actor: Caller | str, invitation_id: int) -> None:
    """Let an invitation make no account any more.

    Raises:
        NotFoundError: it is not there, was used or revoked already.
    """
    unused = sa.select(Invitation).filter_by(id=invitation_id, used_at=None, revoked_at=None)
    row = session.scalar(unused.with_for_update())
    if row is None:
        raise NotFoundError("no such invitation, or it was used or revoked already")
    row.revoked_at = datetime.now(UTC)
    session.flush()
    audit.record(session, actor, "invitation.revoke", "invitation", row.id, {"role": row.role})


def check(session: Session, token: str, *, username: str, password: str) -> None:
    """Refuse what `use` would refuse, before the password is hashed at some cost.

    Raises:
        ForbiddenError: the invitation is not good. ConflictError: the name is taken.
        InvalidError: the name is reserved, or the password easy to guess.
    """
    row = good(session, token, lock=False)
    accounts.check_new(session, username, password, admin=row.role == "admin")


def use(session: Session, token: str, *, username: str, password_hash: str, ip: str | None) -> User:
    """Make the account that an invitation is for.

    Raises:
        ForbiddenError: it is not good (any more). ConflictError: the name is taken.
        InvalidError: the name is reserved.
    """
    accounts.lock(session)
    row = good(session, token, lock=True)
    role = cast("Role", row.role)
    user = accounts.create_row(session, username, password_hash, role, may_review=row.may_review)
    mark_used(session, row, user)
    details = {"role": role, "may_review": row.may_review, "invitation": row.id}
    audit.record(session, username, "user.register", "user", user.id, details, ip=ip)
    return user


def mark_used(session: Session, row: Invitation, user: User) -> None:
    """Let an invitation make no account beside `user`."""
    row.used_at, row.used_by = datetime.now(UTC), user.id
    session.flush()


def good(session: Session, token: str, *, lock: bool) -> Invitation:
    """Return an invitation that makes an account; under `accounts.lock` where it is to be used.

    Raises:
        ForbiddenError: it is not good (any more).
    """
    found = sa.select(Invitation).where(
        Invitation.token_hash == _hash(token),
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > sa.func.now(),
        sa.or_(Invitation.created_by.is_(None), Invitation.created_by.in_(_INVITER)),
    )
    row = session.scalar(found.with_for_update() if lock else found)
    if row is None:
        raise ForbiddenError(
            "this invitation is not good: it was used or revoked, has expired, or is not whole; "
            "ask for another"
        )
    return row


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
