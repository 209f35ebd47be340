"""Invitations: a link that makes one account, of a role that an admin chose, and with it a member
of a team where one is named; or one that makes an account a member that there is.

Invariants: an invitation is used once at most (its row is locked, and marked in the transaction
that makes the account or the member), and not after its maker has stopped being an active admin, or
for a team an active owner of it (all sides hold `accounts.lock`). What an owner makes an account by
is an advertiser's, as by registering. Its token is 256 random bits, shown once and stored as a
SHA-256. In the link it stands behind a `#`, which browsers send to no server.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import MemberRole, Role
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ForbiddenError, InvalidError, NotFoundError
from crier.services.people import accounts, administration, teams
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
    organisation_id: int | None = None,
    member_role: MemberRole | None = None,
) -> tuple[Invitation, str]:
    """Make an invitation and its token, the only copy there will ever be.

    Args:
        organisation_id: a team that whoever uses it becomes a member of, with `member_role`.

    Raises:
        InvalidError: the end lies behind us or too far ahead, the role never reviews, or there is
            no such team, or no role in it.
    """
    if (organisation_id is None) != (member_role is None):
        raise InvalidError(member_role="goes with organisation_id: name both, or neither")
    if organisation_id is not None and not teams.is_team(session, organisation_id):
        raise InvalidError(organisation_id="is no team: an admin makes one first")
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
        organisation_id=organisation_id,
        member_role=member_role,
    )
    session.add(row)
    session.flush()
    details = {"role": role, "may_review": row.may_review, "expires_at": end}
    details |= _of_team(row)
    audit.record(session, actor, "invitation.create", "invitation", row.id, details)
    return row, token


def everything(organisation_id: int | None = None) -> sa.Select[Invitation]:
    """Return all invitations (of a team, where one is named), used and revoked ones too."""
    found = sa.select(Invitation)
    if organisation_id is None:
        return found
    return found.where(Invitation.organisation_id == organisation_id)


def revoke(
    session: Session, actor: Caller | str, invitation_id: int, organisation_id: int | None = None
) -> None:
    """Let an invitation (of a team, where one is named) make nothing any more.

    Raises:
        NotFoundError: it is not there, was used or revoked already.
    """
    unused = everything(organisation_id).filter_by(id=invitation_id, used_at=None, revoked_at=None)
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
    details = {"role": role, "may_review": row.may_review, "invitation": row.id} | _of_team(row)
    audit.record(session, username, "user.register", "user", user.id, details, ip=ip)
    return user


def accept(session: Session, caller: Caller, token: str) -> int:
    """Make the caller's account a member of the team that an invitation is for; return the team.

    Raises:
        ForbiddenError: it is not good (any more), or for no team.
        ConflictError: the account is a member already.
    """
    accounts.lock(session)
    row = good(session, token, lock=True)
    if row.organisation_id is None:
        raise ForbiddenError("this invitation makes a new account: sign out, then open it again")
    user = accounts.get(session, caller.user_id)
    mark_used(session, row, user)
    audit.record(
        session, caller, "organisation.join", "organisation", row.organisation_id, _of_team(row)
    )
    return row.organisation_id


def mark_used(session: Session, row: Invitation, user: User) -> None:
    """Let an invitation be used by nobody beside `user`, and make that a member of its team.

    Raises:
        ConflictError: it is a member already.
    """
    row.used_at, row.used_by = datetime.now(UTC), user.id
    session.flush()
    if row.organisation_id is not None and row.member_role is not None:
        teams.put_in(session, row.organisation_id, user.id, row.member_role)


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
        sa.or_(
            Invitation.created_by.is_(None),
            Invitation.created_by.in_(_INVITER),
            teams.is_active_owner(Invitation.organisation_id, Invitation.created_by),
        ),
    )
    row = session.scalar(found.with_for_update() if lock else found)
    if row is None:
        raise ForbiddenError(
            "this invitation is not good: it was used or revoked, has expired, or is not whole; "
            "ask for another"
        )
    return row


def _of_team(row: Invitation) -> dict[str, Any]:
    if row.organisation_id is None:
        return {}
    return {"organisation_id": row.organisation_id, "member_role": row.member_role}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
