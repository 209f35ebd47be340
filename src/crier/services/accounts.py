"""Accounts: registering, signing in with a password, changing roles.

Invariants: the first account of an empty database is an admin and there is always an active admin;
both are held by an advisory transaction lock around the count and the change. Usernames are unique
without regard to case by the index `users_username_key`.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services import audit, passwords, sessions
from crier.services.caller import Caller, Role
from crier.services.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from crier.storage.models.people import User

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('crier.accounts', 0))")


def register(
    session: Session, *, username: str, password: str, registration_open: bool, ip: str | None
) -> User:
    """Make an account: the first one ever is the admin, others are operators.

    Raises:
        ForbiddenError: registration is closed. ConflictError: the name is taken.
        InvalidError: the password is easy to guess.
    """
    session.execute(_LOCK)
    role: Role = "operator" if _has_users(session) else "admin"
    if role == "operator" and not registration_open:
        raise ForbiddenError("registration is closed: ask an admin for an account")
    user = _create(session, username, password, role)
    audit.record(session, username, "user.register", "user", user.id, {"role": role}, ip=ip)
    return user


def ensure_admin(session: Session, username: str, password: str) -> bool:
    """Make the first account, an admin, where there is none yet; whether it did."""
    session.execute(_LOCK)
    if _has_users(session):
        return False
    user = _create(session, username, password, "admin")
    audit.record(session, audit.SYSTEM, "user.create", "user", user.id, {"role": "admin"})
    return True


def find_by_name(session: Session, username: str) -> User | None:
    """The account of that name, without regard to case."""
    return session.scalar(sa.select(User).where(sa.func.lower(User.username) == username.lower()))


def check_password(session: Session, username: str, password: str) -> User | None:
    """The active account that has this password; takes as long whatever is wrong."""
    user = find_by_name(session, username)
    fits = passwords.verify(user.password_hash if user else None, password)
    if user is None or not fits or not user.is_active:
        return None
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return user


def change_password(session: Session, caller: Caller, *, current: str, new: str) -> None:
    """Set a new password and end every other sign-in of the user.

    Raises:
        InvalidError: the current password is wrong, or the new one easy to guess.
    """
    user = session.get_one(User, caller.user_id, with_for_update=True)
    if not passwords.verify(user.password_hash, current):
        raise InvalidError(current_password="is wrong")  # noqa: S106
    passwords.check_new(new, username=user.username, field="new_password")
    user.password_hash = passwords.hash_password(new)
    sessions.revoke_all(session, user.id, but=caller.session_id)
    audit.record(session, caller, "user.change_password", "user", user.id)


def reset_password(session: Session, username: str, password: str) -> None:
    """Set somebody's password for them, and end all their sign-ins.

    Raises:
        NotFoundError: no such user. InvalidError: the password is easy to guess.
    """
    user = find_by_name(session, username)
    if user is None:
        raise NotFoundError(f"there is no user {username}")
    passwords.check_new(password, username=user.username)
    user.password_hash = passwords.hash_password(password)
    sessions.revoke_all(session, user.id)
    audit.record(session, audit.SYSTEM, "user.reset_password", "user", user.id)


def update(
    session: Session,
    caller: Caller,
    user_id: int,
    *,
    role: Role | None = None,
    is_active: bool | None = None,
) -> User:
    """Change a role, or whether an account may be used; its access tokens become void at once.

    Raises:
        NotFoundError: no such user. ConflictError: it is the last active admin.
    """
    session.execute(_LOCK)
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFoundError("no such user")
    before = {"role": user.role, "is_active": user.is_active}
    user.role = user.role if role is None else role
    user.is_active = user.is_active if is_active is None else is_active
    after = {"role": user.role, "is_active": user.is_active}
    if before == after:
        return user
    session.flush()
    if not session.scalar(sa.select(User.id).filter_by(role="admin", is_active=True).limit(1)):
        raise ConflictError("this is the last active admin: make somebody else admin first")
    user.tokens_valid_from = datetime.now(UTC)
    if not user.is_active:
        sessions.revoke_all(session, user.id)
    session.flush()
    details = {"before": before, "after": after}
    audit.record(session, caller, "user.update", "user", user.id, details)
    return user


def _create(session: Session, username: str, password: str, role: Role) -> User:
    passwords.check_new(password, username=username)
    if find_by_name(session, username) is not None:
        raise ConflictError(f"the username {username} is taken")
    user = User(username=username, password_hash=passwords.hash_password(password), role=role)
    session.add(user)
    session.flush()
    return user


def _has_users(session: Session) -> bool:
    return session.scalar(sa.select(User.id).limit(1)) is not None
