"""One-time codes of an app (TOTP, RFC 6238, computed by pyotp): added, checked, removed.

Invariants: a code counts once, for the row is locked and `last_step` only grows (`spend`); until a
first code has confirmed that the app has the secret, it is no factor and signs nobody in; a secret
takes the place of such a one only, by one statement (`begin`). The secret lies sealed. A code of
the step before or after the present one fits, too: clocks differ.
"""

from datetime import UTC, datetime
from typing import Final

import pyotp
import sqlalchemy as sa
from pyotp.utils import strings_equal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.secrets.vault import ONE_TIME_CODE, Vault
from crier.services.errors import ConflictError, InvalidError
from crier.storage.models.people import OneTimeCode

ISSUER: Final = "Crier"
_STEPS: Final = (0, -1, 1)


def begin(session: Session, vault: Vault, user_id: int) -> str:
    """Make a secret for an app, in the place of one that nobody has confirmed.

    Raises:
        ConflictError: there is a confirmed one.
    """
    secret = pyotp.random_base32()
    sealed = vault.seal(secret, ONE_TIME_CODE)
    put = insert(OneTimeCode).values(user_id=user_id, secret=sealed)
    waits = OneTimeCode.confirmed_at.is_(None)
    put = put.on_conflict_do_update(
        index_elements=["user_id"], set_={"secret": sealed}, where=waits
    )
    if session.scalar(put.returning(OneTimeCode.user_id)) is None:
        raise ConflictError("there is an app already: remove it first")
    return secret


def uri(secret: str, username: str) -> str:
    """Return what an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def confirm(session: Session, vault: Vault, user_id: int, code: str) -> None:
    """Let the app that shows `code` be a factor from now on.

    Raises:
        ConflictError: nothing waits to be confirmed. InvalidError: the code is not the one.
    """
    row = _locked(session, user_id)
    if row is None or row.confirmed_at is not None:
        raise ConflictError("no app waits for its first code: begin anew")
    if not _spend(vault, row, code):
        raise InvalidError(code="is not the one that the app shows now: check the device's clock")
    row.confirmed_at = datetime.now(UTC)
    session.flush()


def spend(session: Session, vault: Vault, user_id: int, code: str) -> bool:
    """Return True if `code` is good; it is not a second time."""
    row = _locked(session, user_id)
    return row is not None and row.confirmed_at is not None and _spend(vault, row, code)


def remove(session: Session, user_id: int) -> bool:
    """Forget the app of an account; return True if there was a confirmed one."""
    row = _locked(session, user_id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return row.confirmed_at is not None


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step of 30 seconds whose code this is, around `at`; None where it is of none."""
    totp = pyotp.TOTP(secret)
    for offset in _STEPS:
        if strings_equal(totp.at(at, counter_offset=offset), code):
            return totp.timecode(at) + offset
    return None


def _spend(vault: Vault, row: OneTimeCode, code: str) -> bool:
    step = step_of(vault.open(row.secret, ONE_TIME_CODE), code, datetime.now(UTC))
    if step is None or step <= row.last_step:
        return False
    row.last_step = step
    return True


def _locked(session: Session, user_id: int) -> OneTimeCode | None:
    statement = sa.select(OneTimeCode).filter_by(user_id=user_id).with_for_update()
    return session.scalar(statement.execution_options(populate_existing=True))
