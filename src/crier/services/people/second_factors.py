"""Second factors: whether an account has one, adding, checking and taking away.

An account that has one is signed in by its password and the factor (`api/routes/auth.py`). Sign-ins
that are open when the first is added end, but the one that adds it: they never saw a second factor.
Recovery codes come with the first factor and go with the last.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import Vault
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, NotFoundError
from crier.services.people import accounts, factors, one_time_codes, recovery_codes, sessions
from crier.storage.models.people import OneTimeCode, User

_OBJECT: Final = "user"


def has(session: Session, user_id: int) -> bool:
    """Return True if the account has a second factor."""
    return bool(session.scalar(sa.select(factors.exists(user_id))))


def add_app(session: Session, vault: Vault, caller: Caller, code: str) -> list[str]:
    """Let the app that shows `code` be the caller's second factor; return recovery codes.

    Raises:
        ConflictError: nothing waits to be confirmed. InvalidError: the code is not the one.
    """
    one_time_codes.confirm(session, vault, caller.user_id, code)
    sessions.revoke_all(session, caller.user_id, but=caller.session_id)
    codes = recovery_codes.make(session, vault, caller.user_id)
    audit.record(session, caller, "user.add_factor", _OBJECT, caller.user_id, {"factor": "app"})
    return codes


def remove_app(session: Session, caller: Caller) -> None:
    """Take the caller's app away.

    Raises:
        NotFoundError: there is none.
    """
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
    one_time_codes.remove(session, user.id)
    recovery_codes.forget(session, user.id)
    sessions.revoke_all(session, user.id)
    audit.record(session, actor, "user.remove_factors", _OBJECT, user.id)


def spend(session: Session, vault: Vault, user: User, code: str) -> str | None:
    """Spend `code`; return what it is, `app` or `recovery code`, or None where it is not good."""
    if one_time_codes.spend(session, vault, user.id, code.strip()):
        return "app"
    return "recovery code" if recovery_codes.spend(session, vault, user.id, code) else None


def forget(session: Session, user: User) -> None:
    """Forget the factors of an account that is deleted."""
    one_time_codes.remove(session, user.id)
    recovery_codes.forget(session, user.id)


def facts(session: Session, user_id: int) -> dict[str, Any]:
    """Return what an account may know of its factors."""
    confirmed = sa.select(OneTimeCode.confirmed_at).filter_by(user_id=user_id)
    return {
        "app_added_at": session.scalar(confirmed),
        "recovery_codes_left": recovery_codes.left(session, user_id),
    }
