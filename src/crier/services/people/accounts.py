"""Accounts: registering, finding, signing in with a password. `administration.py` changes them.

Invariants: the first account of an empty database is an admin, held by an advisory transaction lock
(`lock`) around the count and the change. Usernames are unique without regard to the case of A to Z
by the index `users_username_key`.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import names
from crier.domain.permissions import Role
from crier.services import audit
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from crier.services.people import api_keys, passwords, sessions
from crier.storage.models.people import User
from crier.storage.text import contains

# Not FOR UPDATE: a transaction that adds a row of the account would wait for us, and we for it.
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
    check_new(session, username, password)


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
    lock(session)
    _check_open(session, registration_open)
    user = create_row(session, username, password_hash, role if _has_users(session) else "admin")
    audit.record(session, username, "user.register", "user", user.id, {"role": user.role}, ip=ip)
    return user


def ensure_admin(session: Session, username: str, password: str) -> bool:
    """Make the first account, an admin, where there is none yet; whether it did."""
    lock(session)
    if _has_users(session):
        return False
    check_new(session, username, password)
    user = create_row(session, username, passwords.hash_password(password), "admin")
    audit.record(session, audit.SYSTEM, "user.create", "user", user.id, {"role": "admin"})
    return True


def search(
    *, q: str | None = None, role: str | None = None, is_active: bool | None = None
) -> sa.Select[User]:
    """Return accounts by a part of their name, role and state, without the deleted ones."""
    found = sa.select(User).where(User.deleted_at.is_(None))
    if q is not None:
        found = found.where(contains(User.username, q))
    if role is not None:
        found = found.where(User.role == role)
    return found if is_active is None else found.where(User.is_active == is_active)


def get(session: Session, user_id: int) -> User:
    """Return an account.

    Raises:
        NotFoundError: there is none.
    """
    user = session.get(User, user_id)
    if user is None or user.deleted_at is not None:
        raise NotFoundError("no such user")
    return user


def find_by_name(session: Session, username: str) -> User | None:
    """Return the account of that name, without regard to case."""
    folded = sa.func.lower(sa.collate(User.username, "C"))
    return session.scalar(sa.select(User).where(folded == names.fold(username)))


def check_password(session: Session, username: str, password: str) -> User | None:
    """Return the active account that has this password; takes as long whatever is wrong.

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
    lines = api_keys.end_all(session, user, "the password was changed")
    audit.record_all(session, caller, [AuditLine("user.change_password", "user", user.id), *lines])


def check_new(session: Session, username: str, password: str, *, admin: bool | None = None) -> None:
    """Refuse a name or password that no new account may have.

    Args:
        admin: whether it is to be an admin's; None where the first account is.

    Raises:
        ConflictError: the name is taken. InvalidError: it is reserved, or the password is easy to
            guess.
    """
    check_name(session, username, admin=not _has_users(session) if admin is None else admin)
    passwords.check_new(password, username=username)


def check_name(session: Session, username: str, *, admin: bool, but: int | None = None) -> None:
    """Refuse a name that is taken by another account than `but`, or reserved.

    Raises:
        ConflictError: it is taken. InvalidError: it is reserved.
    """
    if names.is_reserved(username, admin=admin):
        raise InvalidError(username="is reserved: take another")
    holder = find_by_name(session, username)
    if holder is not None and holder.id != but:
        raise ConflictError(f"the username {username} is taken")


def create_row(
    session: Session, username: str, password_hash: str, role: Role, *, may_review: bool = False
) -> User:
    """Add an account, under `lock`.

    Raises:
        ConflictError: the name is taken. InvalidError: it is reserved.
    """
    check_name(session, username, admin=role == "admin")
    user = User(username=username, password_hash=password_hash, role=role, may_review=may_review)
    session.add(user)
    session.flush()
    return user


def lock(session: Session) -> None:
    """Let nobody else add, change or delete accounts until this transaction ends."""
    session.execute(_LOCK)


def _check_open(session: Session, registration_open: bool) -> None:
    if not registration_open and _has_users(session):
        raise ForbiddenError("registration is closed: ask an admin for an invitation")


def _has_users(session: Session) -> bool:
    return session.scalar(sa.select(User.id).limit(1)) is not None
