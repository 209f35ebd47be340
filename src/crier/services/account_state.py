"""Whether an organisation may run bots and broadcasts, and how that is held while something starts.

An account *works* while it is active and its role may run bots. The organisation of one account
works while the account does, a team while it has a member that is active and may run bots there.
Whatever starts something for an organisation holds its row (`hold`, FOR SHARE) until commit, and
the account's where it is of one, before any other lock. What changes an account or a member updates
that row first, or locks it, so it waits for those, and stops what they started
(`services/people/suspension.py`).
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import IN_FORCE
from crier.services.errors import ConflictError
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import User

RUNNERS: Final = frozenset({"admin", "operator"})
"""Roles that run bots and launch broadcasts."""
_TEAM_RUNNERS: Final = frozenset(member for member, role in IN_FORCE.items() if role in RUNNERS)


def works(user: User) -> bool:
    """Return whether bots and broadcasts of the account's own organisation may run."""
    return user.is_active and user.role in RUNNERS


def team_works(session: Session, organisation_id: int) -> bool:
    """Return whether bots and broadcasts of a team may run."""
    return bool(session.scalar(sa.select(has_runner(organisation_id))))


def has_runner(organisation_id: Any) -> sa.ColumnElement[bool]:
    """Return the SQL condition that an organisation (a column, or its id) has an active member that
    may run bots there; of the organisation of one account whatever the account's role is."""
    found = sa.select(Membership.user_id).join(User, User.id == Membership.user_id)
    return sa.exists(
        found.where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_(_TEAM_RUNNERS),
            sa.literal("bots") != sa.all_(Membership.withheld),
            User.is_active,
        )
    )


def hold(session: Session, organisation_id: int) -> None:
    """Keep an organisation working until this transaction ends; call it before taking other locks.

    Raises:
        ConflictError: it does not work.
    """
    statement = sa.select(Organisation).where(Organisation.id == organisation_id)
    fresh = {"populate_existing": True}
    found = session.scalars(statement.with_for_update(read=True).execution_options(**fresh)).one()
    if found.name is None:
        _hold_account(session, organisation_id)
    elif not team_works(session, organisation_id):
        raise ConflictError(
            f"nobody who is active runs bots for {found.name}: an admin adds a member who does"
        )


def _hold_account(session: Session, user_id: int) -> None:
    statement = sa.select(User).where(User.id == user_id).with_for_update(read=True)
    user = session.scalars(statement.execution_options(populate_existing=True)).one()
    if not user.is_active:
        raise ConflictError(f"the account {user.username} is deactivated: activate it first")
    if user.role not in RUNNERS:
        raise ConflictError(
            f"the account {user.username} is {user.role}, which runs no bots and launches nothing"
        )
