"""What somebody holds between the two steps of a sign-in: proof that the first one worked.

A challenge is a sealed text (AES-GCM under the ring that seals tokens), so nobody else can make or
read one. It is good for `LIFETIME` and as long as the account's password and tokens are those of
then: a changed password, another role or a deactivation voids it.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from crier.secrets.vault import SIGN_IN, Vault, VaultError
from crier.services.people import sessions
from crier.storage.models.people import User

LIFETIME: Final = timedelta(minutes=5)


class _Challenge(msgspec.Struct):
    user_id: int
    generation: int
    password: str
    until: datetime


def make(vault: Vault, user: User) -> str:
    """Return a challenge for `user`, whose password was right."""
    until = datetime.now(UTC) + LIFETIME
    told = _Challenge(user.id, *state(vault, user), until)
    return vault.seal(msgspec.json.encode(told).decode(), SIGN_IN)


def find(session: Session, vault: Vault, text: str) -> User | None:
    """Return the account that a challenge is of; None where it is not good (any more)."""
    try:
        told = msgspec.json.decode(vault.open(text, SIGN_IN), type=_Challenge)
    except VaultError:
        return None
    user = session.get(User, told.user_id)
    if user is None or not user.is_active or told.until <= datetime.now(UTC):
        return None
    return user if (told.generation, told.password) == state(vault, user) else None


def state(vault: Vault, user: User) -> tuple[int, str]:
    """Return what changes with the account's password, role and state; nobody can read it."""
    return sessions.generation(user.tokens_valid_from), vault.fingerprint(user.password_hash).hex()
