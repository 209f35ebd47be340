"""Recovery codes: for who has lost the device with the second factor. Each is good once.

A code has 80 random bits; the database holds a keyed fingerprint of it, which nobody can try codes
on without the ring of keys. Invariant: the statement that finds a code unused sets `used_at`.
"""

import base64
import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import Vault
from crier.storage.models.people import RecoveryCode

COUNT: Final = 10
_BYTES: Final = 10


def make(session: Session, vault: Vault, user_id: int) -> list[str]:
    """Make new codes, shown once; the old ones are void."""
    forget(session, user_id)
    codes = [_make_up() for _ in range(COUNT)]
    for code in codes:
        session.add(
            RecoveryCode(user_id=user_id, code_hash=vault.fingerprint(_text(user_id, code)))
        )
    session.flush()
    return codes


def spend(session: Session, vault: Vault, user_id: int, code: str) -> bool:
    """Return True if `code` is good, whatever its case and hyphens; it is not a second time."""
    found = sa.and_(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash.in_(vault.fingerprints(_text(user_id, code))),
        RecoveryCode.used_at.is_(None),
    )
    spent = sa.update(RecoveryCode).where(found).values(used_at=sa.func.now())
    return session.scalar(spent.returning(RecoveryCode.user_id)) is not None


def left(session: Session, user_id: int) -> int:
    """Return how many codes of an account are unused."""
    unused = sa.select(sa.func.count()).select_from(RecoveryCode)
    return session.scalar(unused.filter_by(user_id=user_id, used_at=None)) or 0


def forget(session: Session, user_id: int) -> None:
    """Make all codes of an account void."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _make_up() -> str:
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _text(user_id: int, code: str) -> str:
    plain = code.lower().replace("-", "").replace(" ", "")
    return f"recovery code of {user_id}: {plain}"
