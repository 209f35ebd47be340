"""Identities: accounts of people that the issuer of OpenID Connect vouches for.

Invariants: an identity is one account's, by the unique index on issuer and subject, and it comes to
an account only by a person who is signed in to both, or with a new account. A mail address or a
name never finds an account: the issuer may let people choose them. Where the issuer's groups give
roles, each sign-in sets the account's, but for the last active admin. Locks: `accounts.lock`, then
rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.domain import names
from crier.domain.permissions import ROLES, Role
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, ForbiddenError, NotFoundError
from crier.services.people import (
    accounts,
    administration,
    invitations,
    passkeys,
    passwords,
    sessions,
)
from crier.services.people.openid_issuer import Vouched
from crier.setting_groups import OpenId
from crier.storage.models.people import OpenIdentity, User

MOST: Final = 10
"""Identities of one account."""


@dataclass(frozen=True)
class Registering:
    """What a new account may be."""

    rules: OpenId
    role: Role
    """Where no group gives one."""
    ip: str | None
    invitation: str | None = None
    """The token of one, which gives an account to whoever the issuer knows."""


def of(session: Session, user_id: int) -> Sequence[OpenIdentity]:
    """Return an account's identities, the oldest first."""
    return session.scalars(_of(user_id).order_by(OpenIdentity.id)).all()


def sign_in(session: Session, vouched: Vouched, new: Registering) -> User:
    """Return the account of an identity, which may be made for it.

    Raises:
        ForbiddenError: nobody has linked it and none is made; the account is switched off; or none
            of the person's groups gives a role.
    """
    role = _role_of(new.rules, vouched)
    row = _find(session, vouched) or _register(session, vouched, new, role)
    user = session.get_one(User, row.user_id)
    if not user.is_active:
        raise ForbiddenError("this account is switched off: ask an admin")
    if role is not None and role != user.role:
        _set_role(session, user, role)
    row.last_used_at, row.name = datetime.now(UTC), vouched.name
    session.flush()
    return user


def link(session: Session, caller: Caller, vouched: Vouched) -> OpenIdentity:
    """Let an identity sign in as the caller from now on.

    Raises:
        ConflictError: it is linked already, or the account has `MOST`.
    """
    if len(of(session, caller.user_id)) >= MOST:
        raise ConflictError(f"{MOST} identities are the most: unlink one first")
    row = _add(session, caller.user_id, vouched)
    if row is None:
        known = _find(session, vouched)
        mine = known is not None and known.user_id == caller.user_id
        whose = "your account" if mine else "another account"
        raise ConflictError(f"{vouched.name} is linked to {whose} already")
    details = {"issuer": vouched.issuer, "name": vouched.name}
    audit.record(session, caller, "user.link_identity", "user", caller.user_id, details)
    return row


def unlink(session: Session, caller: Caller, identity_id: int, *, by_password: bool) -> None:
    """Let one of the caller's identities sign in no longer.

    Args:
        by_password: whether passwords sign in on this platform.

    Raises:
        NotFoundError: it is not there, or another's.
        ConflictError: nothing else would sign the account in.
    """
    user = session.get_one(User, caller.user_id, with_for_update={"key_share": True})
    row = session.scalar(_of(user.id).where(OpenIdentity.id == identity_id))
    if row is None:
        raise NotFoundError("no such identity")
    session.delete(row)
    session.flush()
    password = user.password_hash != passwords.NONE and (by_password or user.role == "admin")
    if not password and not _has_other_way(session, user.id):
        raise ConflictError("nothing else signs you in: add a passkey first")
    details = {"issuer": row.issuer, "name": row.name}
    audit.record(session, caller, "user.unlink_identity", "user", user.id, details)


def unlink_all(session: Session, actor: Caller | str, user_id: int) -> None:
    """Unlink all identities of an account, and end its sign-ins: who helps somebody does so.

    Raises:
        NotFoundError: there is no such account.
    """
    user = accounts.get(session, user_id)
    forget(session, user.id)
    sessions.revoke_all(session, user.id)
    audit.record(session, actor, "user.unlink_identities", "user", user.id)


def forget(session: Session, user_id: int) -> None:
    """Forget the identities of an account."""
    session.execute(sa.delete(OpenIdentity).where(OpenIdentity.user_id == user_id))


def may_use_password(session: Session, user: User) -> bool:
    """Return whether an account signs in by its password where that is switched off.

    An admin that nothing else signs in does, so that no setting can lock all of them out.
    """
    return user.role == "admin" and not _has_other_way(session, user.id)


def _has_other_way(session: Session, user_id: int) -> bool:
    ways = _of(user_id).exists(), passkeys.of(user_id).order_by(None).exists()
    return bool(session.scalar(sa.select(sa.or_(*ways))))


def _of(user_id: int) -> sa.Select[OpenIdentity]:
    return sa.select(OpenIdentity).where(OpenIdentity.user_id == user_id)


def _find(session: Session, vouched: Vouched) -> OpenIdentity | None:
    known = sa.select(OpenIdentity).filter_by(issuer=vouched.issuer, subject=vouched.subject)
    return session.scalar(known)


def _add(session: Session, user_id: int, vouched: Vouched) -> OpenIdentity | None:
    """Add a row; None where the identity is known."""
    values: dict[str, Any] = {
        "user_id": user_id,
        "issuer": vouched.issuer,
        "subject": vouched.subject,
        "name": vouched.name,
    }
    once = insert(OpenIdentity).values(values).on_conflict_do_nothing().returning(OpenIdentity)
    return session.scalar(once)


def _role_of(rules: OpenId, vouched: Vouched) -> Role | None:
    """Return the strongest role that a group gives; None where groups give none at all."""
    if not rules.roles:
        return None
    given = {role for group, role in rules.roles.items() if group in vouched.groups}
    if not given:
        raise ForbiddenError(f"none of your groups at {rules.name} gives a role here")
    return next(role for role in ROLES if role in given)


def _set_role(session: Session, user: User, role: Role) -> None:
    try:
        with session.begin_nested():
            administration.update(session, audit.SYSTEM, user.id, role=role)
    except ConflictError:  # the last active admin stays one
        session.refresh(user)


def _register(
    session: Session, vouched: Vouched, new: Registering, role: Role | None
) -> OpenIdentity:
    """Make an account for an identity that nobody has linked.

    Raises:
        ForbiddenError: such people get none. ConflictError: somebody links it at this instant.
    """
    if new.invitation is None:
        _check_registration(new.rules, vouched)
    accounts.lock(session)
    known = _find(session, vouched)  # another request of the same person came first
    if known is not None:
        return known
    invited = invitations.good(session, new.invitation, lock=True) if new.invitation else None
    given = role or (cast("Role", invited.role) if invited else new.role)
    reviews = given == "operator" and (invited.may_review if invited else role is not None)
    name = _free_name(session, vouched, admin=given == "admin")
    user = accounts.create_row(session, name, passwords.NONE, given, may_review=reviews)
    row = _add(session, user.id, vouched)
    if row is None:
        raise ConflictError(f"{vouched.name} was linked meanwhile: sign in again")
    if invited is not None:
        invitations.mark_used(session, invited, user)
    details = {
        "role": user.role,
        "issuer": vouched.issuer,
        "name": vouched.name,
        "invitation": invited.id if invited else None,
    }
    audit.record(session, user.username, "user.register", "user", user.id, details, ip=new.ip)
    return row


def _check_registration(rules: OpenId, vouched: Vouched) -> None:
    """Refuse who gets no account without an invitation.

    Raises:
        ForbiddenError: such people get none.
    """
    if not rules.registers:
        raise ForbiddenError(
            f"no account is linked to {vouched.name}: sign in another way and link it under Ways "
            "to sign in, or ask an admin for an invitation"
        )
    if vouched.email is None:
        raise ForbiddenError(f"{rules.name} has not verified your mail address")
    domain = vouched.email.rpartition("@")[2].lower()
    if rules.domains and domain not in rules.domains:
        raise ForbiddenError(f"addresses at {domain} get no account here: ask an admin")


def _free_name(session: Session, vouched: Vouched, *, admin: bool) -> str:
    """Return a name that nobody has, made of what the issuer calls the person."""
    called = vouched.username or (vouched.email or "").partition("@")[0]
    base = re.sub(r"[^A-Za-z0-9_.-]+", "-", called.partition("@")[0]).strip("-._")[:40]
    if not names.is_name(base) or names.is_reserved(base, admin=admin):
        base = f"user-{base}".strip("-")
    name, number = base, 1
    while accounts.find_by_name(session, name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name
