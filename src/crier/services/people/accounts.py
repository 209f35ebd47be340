"""Accounts: registering, signing in with a password, changing roles.

Invariants: the first account of an empty database is an admin and there is always an active admin;
both are held by an advisory transaction lock around the count and the change. Usernames are unique
without regard to the case of A to Z by the index `users_username_key`. What a deactivated account
leaves running is stopped in the transaction that deactivates it (`services/people/suspension.py`).
"""

from datetime import UTC, datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import names
from crier.services import account_state, audit
from crier.services.audit import AuditLine
from crier.services.caller import GRANTABLE, Caller, Role
from crier.services.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from crier.services.people import api_keys, passwords, sessions, suspension
from crier.storage.models.people import User

# Not FOR UPDATE: whoever adds a row that refers to the account would wait for us, and we for them.
_LOCKED: Final[dict[str, Any]] = {"key_share": True}
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('crier.accounts', 0))")


def check_registration(
    session: Session, *, username: str, password: str, registration_open: bool
) -> None:
    """Refuse what `register` would refuse, before the password is hashed at some cost.

    Raises:
        ForbiddenError: registration is closed. ConflictError: the name is taken.
        InvalidError: the name is reserved, or the password easy to guess.
    """
    _check_open(session, registration_open)
    _check_new(session, username, password)


def register(
    session: Session,
    *,
    username: str,
    password_hash: str,
    registration_open: bool,
    role: Role,
    ip: str | None,
) -> User:
    """Make an account: the first one ever is the admin, others get `role`.

    What `check_registration` has found good may no longer be.

    Raises:
        ForbiddenError: registration is closed. ConflictError: the name is taken.
        InvalidError: the name is reserved.
    """
    session.execute(_LOCK)
    _check_open(session, registration_open)
    user = _create(session, username, password_hash, role if _has_users(session) else "admin")
    audit.record(session, username, "user.register", "user", user.id, {"role": user.role}, ip=ip)
    return user


def ensure_admin(session: Session, username: str, password: str) -> bool:
    """Make the first account, an admin, where there is none yet; whether it did."""
    session.execute(_LOCK)
    if _has_users(session):
        return False
    _check_new(session, username, password)
    user = _create(session, username, passwords.hash_password(password), "admin")
    audit.record(session, audit.SYSTEM, "user.create", "user", user.id, {"role": "admin"})
    return True


def everybody() -> sa.Select[User]:
    """All accounts."""
    return sa.select(User)


def get(session: Session, user_id: int) -> User:
    """Return an account.

    Raises:
        NotFoundError: there is none.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError("no such user")
    return user


def find_by_name(session: Session, username: str) -> User | None:
    """The account of that name, without regard to case."""
    folded = sa.func.lower(sa.collate(User.username, "C"))
    return session.scalar(sa.select(User).where(folded == names.fold(username)))


def check_password(session: Session, username: str, password: str) -> User | None:
    """The active account that has this password; takes as long whatever is wrong.

    Ends the transaction of `session` before it computes: nothing is held meanwhile.
    """
    user = find_by_name(session, username)
    known = user.password_hash if user else None
    session.rollback()
    fits = passwords.verify(known, password)
    renewed = (
        passwords.hash_password(password)
        if fits and known and passwords.is_outdated(known)
        else None
    )
    user = find_by_name(session, username)
    if user is None or not fits or not user.is_active or user.password_hash != known:
        return None
    user.password_hash = renewed or user.password_hash
    return user


def change_password(session: Session, caller: Caller, *, current: str, new: str) -> None:
    """Set a new password, end every other sign-in of the user and revoke all API keys.

    Ends the transaction of `session` before it computes: nothing is held meanwhile.

    Raises:
        InvalidError: the current password is wrong, or the new one easy to guess.
        ConflictError: the password was changed by somebody else meanwhile.
    """
    user = session.get_one(User, caller.user_id)
    known, username = user.password_hash, user.username
    session.rollback()
    if not passwords.verify(known, current):
        raise InvalidError(current_password="is wrong")  # noqa: S106
    passwords.check_new(new, username=username, field="new_password")
    password_hash = passwords.hash_password(new)
    user = session.get_one(User, caller.user_id, with_for_update=_LOCKED)
    if user.password_hash != known:
        raise ConflictError("the password was changed meanwhile: sign in again")
    user.password_hash = password_hash
    sessions.revoke_all(session, user.id, but=caller.session_id)
    lines = _revoke_keys(session, user, "the password was changed")
    audit.record_all(session, caller, [AuditLine("user.change_password", "user", user.id), *lines])


def reset_password(session: Session, username: str, password: str) -> None:
    """Set somebody's password for them, end all their sign-ins and revoke their API keys.

    Raises:
        NotFoundError: no such user. InvalidError: the password is easy to guess.
    """
    user = find_by_name(session, username)
    if user is None:
        raise NotFoundError(f"there is no user {username}")
    passwords.check_new(password, username=user.username)
    user.password_hash = passwords.hash_password(password)
    sessions.revoke_all(session, user.id)
    lines = _revoke_keys(session, user, "the password was reset")
    audit.record_all(
        session, audit.SYSTEM, [AuditLine("user.reset_password", "user", user.id), *lines]
    )


def update(
    session: Session,
    caller: Caller,
    user_id: int,
    *,
    role: Role | None = None,
    is_active: bool | None = None,
) -> User:
    """Change a role, or whether an account may be used; its access tokens become void at once.

    Whoever may no longer run bots has them stopped, schedules cancelled, broadcasts paused and API
    keys revoked. Nothing of that comes back when the account may again.

    Raises:
        NotFoundError: no such user. ConflictError: it is the last active admin.
    """
    session.execute(_LOCK)
    user = session.get(User, user_id, with_for_update=_LOCKED)
    if user is None:
        raise NotFoundError("no such user")
    before: dict[str, Any] = {"role": user.role, "is_active": user.is_active}
    user.role = user.role if role is None else role
    user.is_active = user.is_active if is_active is None else is_active
    after = {"role": user.role, "is_active": user.is_active}
    if before == after:
        return user
    session.flush()
    if not session.scalar(sa.select(User.id).filter_by(role="admin", is_active=True).limit(1)):
        raise ConflictError("this is the last active admin: make somebody else admin first")
    user.tokens_valid_from = datetime.now(UTC)
    session.flush()
    lines = _end_work(session, caller, user, before)
    details = {"before": before, "after": after}
    audit.record_all(session, caller, [AuditLine("user.update", "user", user.id, details), *lines])
    return user


def _end_work(
    session: Session, caller: Caller, user: User, before: dict[str, Any]
) -> list[AuditLine]:
    """Stop what `user` may no longer do; what the audit log is to say of it."""
    switched = before["is_active"] != user.is_active
    why = f"the account {user.username} " + (
        f"was {'' if user.is_active else 'de'}activated" if switched else f"became {user.role}"
    )
    if switched:  # also on the way back: nothing from before is to come to life
        sessions.revoke_all(session, user.id)
    lines = _revoke_keys(session, user, why, all_roles=switched)
    if not account_state.works(user):
        lines += suspension.suspend(session, caller, user, why, own_ads=not user.is_active)
    return lines


def _revoke_keys(
    session: Session, user: User, why: str, *, all_roles: bool = True
) -> list[AuditLine]:
    """Revoke the API keys of `user`; without `all_roles` those whose role is no longer theirs."""
    keep = frozenset[str]() if all_roles else GRANTABLE[cast("Role", user.role)]
    revoked = api_keys.revoke_all(session, user.id, keep=keep)
    return [
        AuditLine("key.revoke", "key", key.id, api_keys.facts(key) | {"because": why})
        for key in revoked
    ]


def _check_new(session: Session, username: str, password: str) -> None:
    if names.is_reserved(username, admin=not _has_users(session)):
        raise InvalidError(username="is reserved: take another")
    passwords.check_new(password, username=username)
    if find_by_name(session, username) is not None:
        raise ConflictError(f"the username {username} is taken")


def _create(session: Session, username: str, password_hash: str, role: Role) -> User:
    if names.is_reserved(username, admin=role == "admin"):
        raise InvalidError(username="is reserved: take another")
    if find_by_name(session, username) is not None:
        raise ConflictError(f"the username {username} is taken")
    user = User(username=username, password_hash=password_hash, role=role)
    session.add(user)
    session.flush()
    return user


def _check_open(session: Session, registration_open: bool) -> None:
    if not registration_open and _has_users(session):
        raise ForbiddenError("registration is closed: ask an admin for an account")


def _has_users(session: Session) -> bool:
    return session.scalar(sa.select(User.id).limit(1)) is not None
