"""Whether an account may run bots and broadcasts, and how that is held while something starts.

An account *works* while it is active and its role may run bots. Whatever starts something for an
account holds its row (`hold`, FOR SHARE) until commit, before any other lock. What changes an
account updates that row first, so it waits for those, and stops what they started
(`services/people/suspension.py`).
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services.errors import ConflictError
from crier.storage.models.people import User

RUNNERS: Final = frozenset({"admin", "operator"})
"""Roles that run bots and launch broadcasts."""


def works(user: User) -> bool:
    """Return whether bots and broadcasts of `user` may run."""
    return user.is_active and user.role in RUNNERS


def hold(session: Session, user_id: int) -> None:
    """Keep an account working until this transaction ends; call it before taking other locks.

    Raises:
        ConflictError: it does not work.
    """
    statement = sa.select(User).where(User.id == user_id).with_for_update(read=True)
    user = session.scalars(statement.execution_options(populate_existing=True)).one()
    if not user.is_active:
        raise ConflictError(f"the account {user.username} is deactivated: activate it first")
    if user.role not in RUNNERS:
        raise ConflictError(
            f"the account {user.username} is {user.role}, which runs no bots and launches nothing"
        )
