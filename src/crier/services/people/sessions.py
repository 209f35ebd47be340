"""Sign-ins: families of rotating refresh tokens, and the check of every access token.

Invariants, all held by the row in `auth_sessions`: one refresh id is good at a time (`rotate` locks
the row and replaces it); a spent one revokes the family; an access token is good only while its
session is not revoked, its user is active and `users.tokens_valid_from` is the one it was made
under; it is over at `expires_at`, which a refresh moves as far as `Lifetimes` lets it. A refresh
never moves `authenticated_at`: only a person's proof does (`reauthenticated`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import Role
from crier.services import audit, organisations
from crier.services.caller import Caller, reviews_in, role_in, team_of
from crier.services.errors import NotFoundError
from crier.services.people import factors
from crier.settings import IDLE_HOURS, LONGEST_HOURS, Settings
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import AuthSession, User

_USER_AGENT_CHARS = 300


@dataclass(frozen=True)
class Lifetimes:
    """How long a sign-in lasts: from its last refresh, and from its beginning at most."""

    idle: timedelta = timedelta(hours=IDLE_HOURS)
    longest: timedelta = timedelta(hours=LONGEST_HOURS)

    @classmethod
    def of(cls, settings: Settings) -> "Lifetimes":
        """Return those of the settings."""
        hours = settings.session_idle_hours, settings.session_hours
        return cls(*(timedelta(hours=count) for count in hours))

    def end(self, began: datetime, used: datetime) -> datetime:
        """Return when a sign-in ends that nobody refreshes any more."""
        return min(used + self.idle, began + self.longest)


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
    """Return `tokens_valid_from` as a number of microseconds."""
    return round(valid_from.timestamp() * 1_000_000)


def open_session(
    session: Session,
    user: User,
    *,
    ip: str | None = None,
    user_agent: str | None = None,
    lifetimes: Lifetimes = Lifetimes(),
    proven_at: datetime | None = None,
) -> SignedIn:
    """Begin a sign-in of `user`, who has proven to be there at `proven_at` (None: now)."""
    now = datetime.now(UTC)
    row = AuthSession(
        id=uuid4(),
        user_id=user.id,
        refresh_jti=uuid4(),
        created_at=now,
        authenticated_at=proven_at or now,
        expires_at=lifetimes.end(now, now),
        ip=ip,
        user_agent=(user_agent or "")[:_USER_AGENT_CHARS] or None,
    )
    user.last_login_at = now
    session.add(row)
    session.flush()
    return SignedIn(user, row.id, row.refresh_jti)


def rotate(
    session: Session,
    *,
    user_id: int,
    session_id: UUID,
    refresh_id: UUID,
    ip: str | None = None,
    lifetimes: Lifetimes = Lifetimes(),
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
    row.expires_at, row.ip = lifetimes.end(row.created_at, row.last_used_at), ip or row.ip
    session.flush()
    return SignedIn(user, row.id, row.refresh_jti)


def find_caller(
    session: Session, *, user_id: int, session_id: UUID, generation: int, ip: str | None
) -> Caller | None:
    """Return the caller that an access token stands for; None where it is void."""
    is_acting, is_member = organisations.joined(User.id, AuthSession.organisation_id)
    found = session.execute(
        sa.select(
            User.username,
            User.role,
            User.may_review,
            User.tokens_valid_from,
            AuthSession.authenticated_at,
            factors.exists(User.id).label("has_second_factor"),
            Organisation.id.label("organisation_id"),
            Organisation.name.label("organisation"),
            Membership.role.label("member"),
            Membership.withheld,
        )
        .join(AuthSession, AuthSession.user_id == User.id)
        .join(Organisation, is_acting)
        .join(Membership, is_member)
        .where(AuthSession.id == session_id, User.id == user_id, User.is_active, _alive())
    ).one_or_none()
    if found is None or _generation(found.tokens_valid_from) != generation:
        return None
    team = team_of(found.organisation_id, found.organisation, found.member, found.withheld)
    role = role_in(cast("Role", found.role), team)
    return Caller(
        user_id=user_id,
        username=found.username,
        role=role,
        team=team,
        ip=ip,
        session_id=session_id,
        reviews=reviews_in(team, role, may_review=found.may_review),
        authenticated_at=found.authenticated_at,
        has_second_factor=found.has_second_factor,
    )


def caller_of(session: Session, signed_in: SignedIn) -> Caller:
    """Return the caller that a sign-in makes, for what is told of it."""
    user, chosen = signed_in.user, session.get_one(AuthSession, signed_in.session_id)
    found = organisations.membership(session, user.id, chosen.organisation_id or user.id)
    team = found.team if found else None
    role = role_in(cast("Role", user.role), team)
    return Caller(user_id=user.id, username=user.username, role=role, team=team)


def act_in(session: Session, caller: Caller, organisation_id: int) -> None:
    """Let the caller's sign-in act in an organisation of its account, until it chooses another.

    Raises:
        NotFoundError: the account is no member of it.
    """
    if organisations.membership(session, caller.user_id, organisation_id) is None:
        raise NotFoundError("no such organisation, or you are no member of it")
    row = session.get_one(AuthSession, caller.session_id)
    row.organisation_id = None if organisation_id == caller.user_id else organisation_id
    session.flush()


def reauthenticated(session: Session, caller: Caller) -> datetime:
    """Note that the person of the caller's sign-in has just proven to be there; return when."""
    now = datetime.now(UTC)
    row = session.get_one(AuthSession, caller.session_id)
    row.authenticated_at = now
    session.flush()
    audit.record(session, caller, "user.reauthenticate", "user", caller.user_id)
    return now


def sign_out(session: Session, caller: Caller) -> None:
    """End the sign-in that the caller came with."""
    _revoke(session, AuthSession.id == caller.session_id)
    audit.record(session, caller, "user.sign_out", "user", caller.user_id)


def of(user_id: int) -> sa.Select[AuthSession]:
    """Return the sign-ins of a user that are not over."""
    return sa.select(AuthSession).where(AuthSession.user_id == user_id, _alive())


def revoke(session: Session, caller: Caller, session_id: UUID) -> None:
    """End one of the caller's sign-ins; its tokens are void at once.

    Raises:
        NotFoundError: it is not there, not the caller's, or over already.
    """
    row = session.scalar(of(caller.user_id).where(AuthSession.id == session_id).with_for_update())
    if row is None:
        raise NotFoundError("no such session")
    row.revoked_at = datetime.now(UTC)
    session.flush()
    details = {"signed_in_at": row.created_at, "user_agent": row.user_agent}
    audit.record(session, caller, "user.end_session", "user", caller.user_id, details)


def revoke_others(session: Session, caller: Caller) -> None:
    """End every sign-in of the caller's but the one that asks."""
    revoke_all(session, caller.user_id, but=caller.session_id)
    audit.record(session, caller, "user.end_other_sessions", "user", caller.user_id)


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
