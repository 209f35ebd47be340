"""Sign-ins: families of rotating refresh tokens, and the check of every access token.

Invariants, all held by the row in `auth_sessions`: one refresh id is good at a time (`rotate` locks
the row and replaces it); a spent one revokes the family; an access token is good only while its
session is not revoked, its user is active and `users.tokens_valid_from` is the one it was made
under.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.caller import Caller, Role
from crier.storage.models.people import AuthSession, User

LIFETIME = timedelta(days=30)
_USER_AGENT_CHARS = 300


@dataclass(frozen=True)
class SignedIn:
    """What tokens are made of."""

    user: User
    session_id: UUID
    refresh_id: UUID

    @property
    def generation(self) -> int:
        """Changes when the user's access tokens become void."""
        return generation(self.user.tokens_valid_from)


def generation(valid_from: datetime) -> int:
    """`tokens_valid_from` as a number of microseconds."""
    return round(valid_from.timestamp() * 1_000_000)


def open_session(
    session: Session, user: User, *, ip: str | None = None, user_agent: str | None = None
) -> SignedIn:
    """Begin a sign-in of `user`."""
    now = datetime.now(UTC)
    row = AuthSession(
        id=uuid4(),
        user_id=user.id,
        refresh_jti=uuid4(),
        expires_at=now + LIFETIME,
        ip=ip,
        user_agent=(user_agent or "")[:_USER_AGENT_CHARS] or None,
    )
    user.last_login_at = now
    session.add(row)
    session.flush()
    return SignedIn(user, row.id, row.refresh_jti)


def rotate(
    session: Session, *, user_id: int, session_id: UUID, refresh_id: UUID, ip: str | None = None
) -> SignedIn | None:
    """Spend a refresh token and give the next; None where it is no longer good.

    A spent one revokes its whole family, and the audit log says so, once: commit even when the
    answer is None.
    """
    found = session.execute(
        sa.select(AuthSession, User)
        .join(User, User.id == AuthSession.user_id)
        .where(AuthSession.id == session_id, User.id == user_id, User.is_active, _alive())
        .with_for_update(of=AuthSession)
    ).one_or_none()
    if found is None:
        return None
    row, user = found
    if row.refresh_jti != refresh_id:
        row.revoked_at = datetime.now(UTC)
        role = cast("Role", user.role)
        who = Caller(user_id=user.id, username=user.username, role=role, ip=ip)
        details = {"signed_in_at": row.created_at}
        audit.record(session, who, "user.refresh_reused", "user", user.id, details)
        return None
    row.refresh_jti, row.last_used_at = uuid4(), datetime.now(UTC)
    row.expires_at = row.last_used_at + LIFETIME
    session.flush()
    return SignedIn(user, row.id, row.refresh_jti)


def find_caller(
    session: Session, *, user_id: int, session_id: UUID, generation: int, ip: str | None
) -> Caller | None:
    """Who an access token stands for; None where it is void."""
    found = session.execute(
        sa.select(User.username, User.role, User.may_review, User.tokens_valid_from)
        .join(AuthSession, AuthSession.user_id == User.id)
        .where(AuthSession.id == session_id, User.id == user_id, User.is_active, _alive())
    ).one_or_none()
    if found is None or _generation(found.tokens_valid_from) != generation:
        return None
    return Caller(
        user_id=user_id,
        username=found.username,
        role=cast("Role", found.role),
        ip=ip,
        session_id=session_id,
        reviews=found.may_review,
    )


def sign_out(session: Session, caller: Caller) -> None:
    """End the sign-in that the caller came with."""
    _revoke(session, AuthSession.id == caller.session_id)
    audit.record(session, caller, "user.sign_out", "user", caller.user_id)


def revoke_all(session: Session, user_id: int, *, but: UUID | None = None) -> None:
    """End every sign-in of a user, but that one."""
    others = sa.true() if but is None else AuthSession.id != but
    _revoke(session, sa.and_(AuthSession.user_id == user_id, others))


def _revoke(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(
        sa.update(AuthSession)
        .where(which, AuthSession.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
    )


def _alive() -> sa.ColumnElement[bool]:
    return sa.and_(AuthSession.revoked_at.is_(None), AuthSession.expires_at > sa.func.now())


_generation = generation
