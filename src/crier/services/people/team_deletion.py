"""Deleting a team: its bots and drafts go as with an account, and its members act for themselves.

All of it is one transaction, under `accounts.lock` and the team's row: nothing is half deleted, and
nothing starts or joins in between. The organisation of an account stays, for the account has no
other: where the team grew out of one, it has its name, its things and its other members no more.
"""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.people import accounts, api_keys, suspension, teams
from crier.services.privacy import owners
from crier.services.privacy.owners import Belongings
from crier.storage.models.organisations import Membership
from crier.storage.models.people import User


class TeamBelongings(NamedTuple):
    """What a team has."""

    belongings: Belongings
    members: int
    keys: int
    stays_with: str | None
    """The account that it grew out of, which is its member."""


def preview(session: Session, caller: Caller, organisation_id: int) -> TeamBelongings:
    """Return what deleting a team would take, and what would stay. Raises as `delete`."""
    row = teams.managed(session, caller, organisation_id)
    of_team = sa.select(User.id, User.username).join(Membership, Membership.user_id == User.id)
    found = session.execute(of_team.where(Membership.organisation_id == row.id)).all()
    return TeamBelongings(
        owners.preview(session, [row.id]),
        len(found),
        api_keys.count_in(session, row.id),
        next((username for user_id, username in found if user_id == row.id), None),
    )


def delete(session: Session, caller: Caller, organisation_id: int) -> None:
    """Delete a team, with what it has.

    Raises:
        NotFoundError: no such team, or it is not the one that the caller acts in.
        ConflictError: it is an account's alone.
    """
    accounts.lock(session)
    row = teams.managed(session, caller, organisation_id)
    name, why = row.name, f"the team {row.name} was deleted"
    lines = suspension.suspend(session, caller, row.id, why, own_ads=True)
    lines += owners.erase(session, caller, [row.id], "organisation", row.id)
    lines += api_keys.end_in(session, row.id, why)
    teams.dissolve(session, row)
    line = AuditLine("organisation.delete", "organisation", organisation_id, {"name": name})
    audit.record_all(session, caller, [line, *lines])
