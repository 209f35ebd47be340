"""Organisations of an account: which there are, and what the account is in them.

Bots, ads and whatever hangs on them belong to an organisation: a *team*, which has a name and
members, or that of one account, which has the account's id. `people/teams.py` changes teams.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from crier.services.caller import Team, team_of
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import User


class Belonging(NamedTuple):
    """An organisation, and what an account is in it."""

    id: int
    name: str
    """That of the account where it is of one."""
    team: Team | None


def joined(own: Any, chosen: Any) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions that join the organisation in which an account acts, and the membership
    by which it may; no row where it may not.

    Args:
        own: the column of the account's id. chosen: that of the organisation; NULL is its own.
    """
    is_acting = Organisation.id == sa.func.coalesce(chosen, own)
    is_member = sa.and_(Membership.organisation_id == Organisation.id, Membership.user_id == own)
    return is_acting, is_member


def membership(session: Session, user_id: int, organisation_id: int) -> Belonging | None:
    """Return what an account is in an organisation; None where it is no member."""
    found = session.execute(_of(user_id).where(Organisation.id == organisation_id)).one_or_none()
    return None if found is None else _belonging(found)


def of_account(session: Session, user_id: int) -> list[Belonging]:
    """Return the organisations of an account, its own first."""
    order = (Organisation.id != user_id, Organisation.name, Organisation.id)
    return [_belonging(row) for row in session.execute(_of(user_id).order_by(*order))]


def alone(session: Session, user_id: int) -> Sequence[int]:
    """Return the ids of the organisations of which an account is the only member: what goes with
    it."""
    other = aliased(Membership)
    others = sa.exists().where(
        other.organisation_id == Membership.organisation_id, other.user_id != user_id
    )
    mine = sa.select(Membership.organisation_id).where(Membership.user_id == user_id, ~others)
    return session.scalars(mine.order_by(Membership.organisation_id)).all()


def _of(user_id: int) -> sa.Select[Any]:
    columns: list[Any] = [Organisation.id, Organisation.name, Membership.role, Membership.withheld]
    found = sa.select(*columns, User.username).join(
        Membership, Membership.organisation_id == Organisation.id
    )
    return found.join(User, User.id == Membership.user_id).where(Membership.user_id == user_id)


def _belonging(row: Any) -> Belonging:
    team = team_of(row.id, row.name, row.role, row.withheld)
    return Belonging(row.id, row.name or row.username, team)
