"""What an admin does with accounts: make, change, rename, reset, delete.

Invariants: there is always an active admin; the advisory transaction lock of `accounts.lock` is
held around every change and its check. What a changed account may no longer run is stopped in the
same transaction (`services/people/suspension.py`).

A deleted account keeps its row, for what refers to it, and nothing that anybody could sign in with:
no name, password, sign-in or key. It is deactivated, and nobody finds it any more.
"""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import names
from crier.domain.permissions import Role
from crier.services import account_state, audit, organisations
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.services.people import accounts, api_keys, second_factors, sessions, suspension, teams
from crier.services.privacy import owners
from crier.storage.models.notices import (
    ChatLinkCode,
    LinkedChat,
    NoticeChoice,
    Outgoing,
    ReportSchedule,
)
from crier.storage.models.people import MailAddress, OpenIdentity, SavedView, User

# Not FOR UPDATE: a transaction that adds a row of the account would wait for us, and we for it.
_LOCKED: Final[dict[str, Any]] = {"key_share": True}
_OF_IT: Final = (
    *(OpenIdentity, MailAddress, LinkedChat, ChatLinkCode, NoticeChoice, ReportSchedule),
    *(Outgoing, SavedView),
)
_NO_PASSWORD: Final = "deleted"  # noqa: S105 (no hash, so no password fits it)


def create(
    session: Session,
    actor: Caller | str,
    *,
    username: str,
    password_hash: str,
    role: Role,
    may_review: bool | None = None,
) -> User:
    """Make an account; an operator may review unless `may_review` says otherwise.

    Raises:
        ConflictError: the name is taken. InvalidError: it is reserved, or the role never reviews.
    """
    reviews = reviewing(role, may_review)
    accounts.lock(session)
    user = accounts.create_row(session, username, password_hash, role, may_review=reviews)
    details = {"username": username, "role": role, "may_review": reviews}
    audit.record(session, actor, "user.create", "user", user.id, details)
    return user


def reset_password(session: Session, actor: Caller | str, user_id: int, password_hash: str) -> User:
    """Set somebody's password for them, end all their sign-ins and revoke their API keys.

    Raises:
        NotFoundError: no such user.
    """
    user = _locked(session, user_id)
    user.password_hash = password_hash
    sessions.revoke_all(session, user.id)
    lines = api_keys.end_all(session, user, "the password was reset")
    audit.record_all(session, actor, [AuditLine("user.reset_password", "user", user.id), *lines])
    return user


def update(
    session: Session,
    actor: Caller | str,
    user_id: int,
    *,
    username: str | None = None,
    role: Role | None = None,
    is_active: bool | None = None,
    may_review: bool | None = None,
) -> User:
    """Change an account; what is None stays. Another role voids its access tokens at once.

    An account that may no longer run bots has them stopped, schedules cancelled, broadcasts paused
    and API keys revoked. Nothing of that comes back when the account may again. A new operator may
    review unless `may_review` says otherwise.

    Raises:
        NotFoundError: no such user. ConflictError: it is the last active admin, or the name is
            taken. InvalidError: the name is reserved, or the role never reviews.
    """
    accounts.lock(session)
    user = _locked(session, user_id)
    before = _facts(user)
    _change(session, user, username, role, may_review)
    user.is_active = user.is_active if is_active is None else is_active
    after = _facts(user)
    if before == after:
        return user
    session.flush()
    _check_admin_left(session)
    lines = []
    if (before["role"], before["is_active"]) != (user.role, user.is_active):
        user.tokens_valid_from = datetime.now(UTC)
        session.flush()
        lines = _end_work(session, actor, user, before)
    details = {"before": before, "after": after}
    audit.record_all(session, actor, [AuditLine("user.update", "user", user.id, details), *lines])
    return user


def delete(session: Session, actor: Caller | str, user_id: int) -> None:
    """Delete an account: its bots are deleted, its drafts too, and its name is free again. So it is
    with a team of which it is the only member; other teams go on without it.

    Raises:
        NotFoundError: no such user. ConflictError: it is the last active admin, or the last active
            owner of a team with other members.
    """
    accounts.lock(session)
    user = _locked(session, user_id)
    name, before = user.username, _facts(user)
    user.is_active = False
    session.flush()
    _check_admin_left(session)
    gone = organisations.alone(session, user.id)
    for belonging in organisations.of_account(session, user.id):
        if belonging.team is not None and belonging.id not in gone:
            teams.check_owner_left(session, belonging.id)
    lines = _end_work(session, actor, user, before | {"is_active": True})
    lines += owners.erase(session, actor, gone, "user", user.id)
    teams.forget(session, user.id, gone)
    user.tokens_valid_from = user.deleted_at = datetime.now(UTC)
    user.username = f"{names.DELETED}{user.public_id}"
    user.password_hash = _NO_PASSWORD
    second_factors.forget(session, user)
    for of_it in _OF_IT:
        session.execute(sa.delete(of_it).where(of_it.user_id == user.id))
    session.flush()
    line = AuditLine("user.delete", "user", user.id, {"username": name, "role": user.role})
    audit.record_all(session, actor, [line, *lines])


def reviewing(role: Role, may_review: bool | None) -> bool:
    """Return whether an account of `role` is to review, where an admin said `may_review`.

    Raises:
        InvalidError: it was to, and the role never does.
    """
    if may_review and role != "operator":
        raise InvalidError(may_review="is for operators: admins always review, others never")
    return role == "operator" if may_review is None else may_review


def _change(
    session: Session, user: User, username: str | None, role: Role | None, may_review: bool | None
) -> None:
    """Set name, role and review; what is None stays, or follows from the role."""
    if role is not None and role != user.role:
        user.role, user.may_review = role, reviewing(role, may_review)
    elif may_review is not None:
        wanted: Any = user.role
        user.may_review = reviewing(wanted, may_review)
    if username is not None and username != user.username:
        accounts.check_name(session, username, admin=user.role == "admin", but=user.id)
        user.username = username


def _facts(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "role": user.role,
        "is_active": user.is_active,
        "may_review": user.may_review,
    }


def _locked(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=_LOCKED)
    if user is None or user.deleted_at is not None:
        raise NotFoundError("no such user")
    return user


def _check_admin_left(session: Session) -> None:
    if not session.scalar(sa.select(User.id).filter_by(role="admin", is_active=True).limit(1)):
        raise ConflictError("this is the last active admin: make somebody else admin first")


def _end_work(
    session: Session, actor: Caller | str, user: User, before: dict[str, Any]
) -> list[AuditLine]:
    """Stop what `user` and its teams may no longer do; what the audit log is to say of it."""
    switched = before["is_active"] != user.is_active
    why = f"the account {user.username} " + (
        f"was {'' if user.is_active else 'de'}activated" if switched else f"became {user.role}"
    )
    if switched:  # also on the way back: nothing from before is to come to life
        sessions.revoke_all(session, user.id)
    lines = api_keys.end_all(session, user, why, all_roles=switched)
    for organisation in teams.locked_of(session, user.id):
        if organisation.name is None:
            works, own_ads = account_state.works(user), not user.is_active
        else:
            works, own_ads = account_state.team_works(session, organisation.id), True
        if not works:
            lines += suspension.suspend(session, actor, organisation.id, why, own_ads=own_ads)
    return lines
