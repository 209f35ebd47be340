"""Second factors: whether an account has one, adding, checking and taking away.

A factor is an app that makes codes, or a passkey. An account that has one is signed in by its
password and the factor, or by a passkey alone (`api/routes/sign_in.py`, `…/passkeys.py`). Sign-ins
that are open when the first is added end, but the one that adds it: they never saw a second factor.
Recovery codes come with the first factor and go with the last; which one is the first is held by
the lock of the account's row.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import Vault
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, NotFoundError
from crier.services.people import (
    accounts,
    factors,
    one_time_codes,
    passkeys,
    recovery_codes,
    sessions,
)
from crier.services.people.passkeys import Credential, Site
from crier.storage.models.people import OneTimeCode, Passkey, User

_OBJECT: Final = "user"


def has(session: Session, user_id: int) -> bool:
    """Return True if the account has a second factor."""
    return bool(session.scalar(sa.select(factors.exists(user_id))))


def add_app(session: Session, vault: Vault, caller: Caller, code: str) -> list[str]:
    """Let the app that shows `code` be a factor of the caller's; with the first one return recovery
    codes.

    Raises:
        ConflictError: nothing waits to be confirmed. InvalidError: the code is not the one.
    """
    first = _is_first(session, caller)
    one_time_codes.confirm(session, vault, caller.user_id, code)
    codes = _begin(session, vault, caller) if first else []
    audit.record(session, caller, "user.add_factor", _OBJECT, caller.user_id, {"factor": "app"})
    return codes


def add_passkey(
    session: Session, vault: Vault, caller: Caller, site: Site, made: Credential, name: str
) -> tuple[Passkey, list[str]]:
    """Add a passkey that was checked to the caller's; with a first factor return recovery codes.

    Raises:
        ConflictError: it is known already, or the account has as many as it may have.
    """
    first = _is_first(session, caller)
    row = passkeys.add(session, caller.user_id, site, made, name)
    codes = _begin(session, vault, caller) if first else []
    details = {"factor": "passkey", "name": name}
    audit.record(session, caller, "user.add_factor", _OBJECT, caller.user_id, details)
    return row, codes


def remove_passkey(session: Session, caller: Caller, passkey_id: int) -> None:
    """Take one of the caller's passkeys away.

    Raises:
        NotFoundError: it is not there, or another's.
    """
    _lock(session, caller)
    row = passkeys.get(session, caller.user_id, passkey_id)
    session.delete(row)
    session.flush()
    if not has(session, caller.user_id):
        recovery_codes.forget(session, caller.user_id)
    details = {"factor": "passkey", "name": row.name}
    audit.record(session, caller, "user.remove_factor", _OBJECT, caller.user_id, details)


def remove_app(session: Session, caller: Caller) -> None:
    """Take the caller's app away.

    Raises:
        NotFoundError: there is none.
    """
    _lock(session, caller)
    if not one_time_codes.remove(session, caller.user_id):
        raise NotFoundError("no app makes codes for this account")
    if not has(session, caller.user_id):
        recovery_codes.forget(session, caller.user_id)
    audit.record(session, caller, "user.remove_factor", _OBJECT, caller.user_id, {"factor": "app"})


def renew_codes(session: Session, vault: Vault, caller: Caller) -> list[str]:
    """Make new recovery codes for the caller; the old ones are void.

    Raises:
        ConflictError: there is no factor that they could stand in for.
    """
    if not has(session, caller.user_id):
        raise ConflictError("add a second factor first: recovery codes stand in for one")
    codes = recovery_codes.make(session, vault, caller.user_id)
    audit.record(session, caller, "user.renew_recovery_codes", _OBJECT, caller.user_id)
    return codes


def remove_all(session: Session, actor: Caller | str, user_id: int) -> None:
    """Take all factors of an account away, and end its sign-ins: who helps somebody does so.

    Raises:
        NotFoundError: there is no such account.
    """
    user = accounts.get(session, user_id)
    forget(session, user)
    sessions.revoke_all(session, user.id)
    audit.record(session, actor, "user.remove_factors", _OBJECT, user.id)


def spend(session: Session, vault: Vault, user: User, code: str) -> str | None:
    """Spend `code`; return what it is, `app` or `recovery code`, or None where it is not good."""
    if one_time_codes.spend(session, vault, user.id, code.strip()):
        return "app"
    return "recovery code" if recovery_codes.spend(session, vault, user.id, code) else None


def forget(session: Session, user: User) -> None:
    """Forget the factors of an account."""
    one_time_codes.remove(session, user.id)
    passkeys.forget(session, user.id)
    recovery_codes.forget(session, user.id)


def kinds(session: Session, user_id: int) -> list[str]:
    """Return what can be the second step of an account's sign-in, beside recovery codes."""
    found = facts(session, user_id)
    has_kind = {"app": found["app_added_at"] is not None, "passkey": bool(found["passkeys"])}
    return [kind for kind, held in has_kind.items() if held]


def facts(session: Session, user_id: int) -> dict[str, Any]:
    """Return what an account may know of its factors."""
    confirmed = sa.select(OneTimeCode.confirmed_at).filter_by(user_id=user_id)
    return {
        "app_added_at": session.scalar(confirmed),
        "passkeys": session.scalars(passkeys.of(user_id)).all(),
        "recovery_codes_left": recovery_codes.left(session, user_id),
    }


def _is_first(session: Session, caller: Caller) -> bool:
    """Return whether the caller has no factor yet, and keep it so until the transaction ends."""
    _lock(session, caller)
    return not has(session, caller.user_id)


def _lock(session: Session, caller: Caller) -> None:
    session.execute(sa.select(User.id).filter_by(id=caller.user_id).with_for_update(key_share=True))


def _begin(session: Session, vault: Vault, caller: Caller) -> list[str]:
    """End the caller's other sign-ins, and make recovery codes."""
    sessions.revoke_all(session, caller.user_id, but=caller.session_id)
    return recovery_codes.make(session, vault, caller.user_id)
