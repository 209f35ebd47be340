"""The caller: the account that asks, the organisation it acts in, its role there, and what is in
its scope.

`user_id` is the person, `organisation_id` the owner of what the person makes and sees.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from crier.domain.permissions import (
    IN_FORCE,
    OF_ROLE,
    ROLES,
    MemberRole,
    MemberScope,
    Permission,
    Role,
    Scope,
    of_key,
    of_member,
    scope_of,
)
from crier.services.errors import ForbiddenError

# What a role may hand on to an API key: itself, or a role that may do strictly less. A viewer reads
# what belongs to everybody, so an operator may not make a viewer's key.
GRANTABLE: dict[Role, frozenset[Role]] = {
    "admin": frozenset(ROLES),
    "operator": frozenset({"operator", "advertiser"}),
    "advertiser": frozenset({"advertiser"}),
    "viewer": frozenset({"viewer"}),
}


class Team(NamedTuple):
    """A team, and what an account is in it."""

    id: int
    role: MemberRole
    withheld: tuple[MemberScope, ...] = ()
    """What the team withholds of the role."""


def team_of(organisation_id: int, name: str | None, role: Any, withheld: Any) -> Team | None:
    """Return the team that an organisation with this name is to a member; None for an account's
    own."""
    return None if name is None else Team(organisation_id, role, tuple(withheld))


def as_role(team: Team | None, role: Role) -> Team | None:
    """Return a team as a key or an export of that role is in it, which may be less than its
    account."""
    return team if team is None or role == "admin" else Team(team.id, role, team.withheld)


def role_in(account: Role, team: Team | None) -> Role:
    """Return the role that is in force for an account in a team; an admin stays one everywhere."""
    return account if team is None or account == "admin" else IN_FORCE[team.role]


def reviews_in(team: Team | None, role: Role, *, may_review: bool) -> bool:
    """Return whether an account that may review does so in a team, in the role in force there."""
    return may_review and (
        team is None or (role == "operator" and "launch" not in team.withheld) or role == "admin"
    )


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A signed-in person or a program with an API key; `role` is the one in force for it."""

    user_id: int
    username: str
    role: Role
    team: Team | None = None
    """In which it acts; None for the account's own organisation."""
    ip: str | None = None
    session_id: UUID | None = None
    api_key_id: int | None = None
    scopes: tuple[Scope, ...] | None = None
    """Of the API key; None for a person."""
    is_elsewhere: bool = False
    """Whether an API key comes from a network that it does not remember."""
    reviews: bool = False
    """Whether an operator sees advertisers' ads that are pending: an admin has allowed it."""
    authenticated_at: datetime | None = None
    """When the person of a session has last proven to be there; None for a program."""
    has_second_factor: bool = False
    """Of a person; nobody asks it of a program."""

    def is_fresh(self, window: timedelta) -> bool:
        """Return True if the person has proven to be there within `window`; a program is not
        asked."""
        if self.api_key_id is not None:
            return True
        at = self.authenticated_at
        return at is not None and datetime.now(UTC) - at <= window

    @property
    def organisation_id(self) -> int:
        """The organisation in which it acts: the owner of what it makes."""
        return self.user_id if self.team is None else self.team.id

    @property
    def held(self) -> frozenset[Permission]:
        """What the role holds that is in force, but for what the team withholds."""
        if self.team is None or self.role == "admin":
            return OF_ROLE[self.role]
        return of_member(self.team.role, self.team.withheld)

    def may(self, permission: Permission) -> bool:
        """Return whether the role holds `permission`, and the key's scopes if it is a program."""
        if permission not in self.held:
            return False
        return self.scopes is None or permission in of_key(self.scopes)

    def require(self, permission: Permission) -> None:
        """Raise ForbiddenError, which says what is missing, where the caller may not."""
        if self.may(permission):
            return
        scope = scope_of(permission)
        if permission not in self.held:
            if self.team is not None and scope in self.team.withheld:
                raise ForbiddenError(
                    f"your team withholds {scope} from you: ask one of its owners for it"
                )
            raise ForbiddenError(f"the role {self.role} may not do this")
        if scope is None:
            raise ForbiddenError("an API key may not do this: sign in with your password")
        raise ForbiddenError(f"this API key may not do this: it lacks the scope {scope}")

    @property
    def sees_all(self) -> bool:
        """Whether other organisations' objects are in scope (to read; the route says which roles
        may change)."""
        return self.role == "admin" or (self.role == "viewer" and self.team is None)

    @property
    def owner(self) -> int | None:
        """The organisation whose rows are in scope, for SQL by name; None: everybody's."""
        return None if self.sees_all else self.organisation_id

    def owns(self, owner: Any) -> sa.ColumnElement[bool]:
        """Return the SQL condition that `owner` (a column of ids of organisations) is in the
        caller's scope."""
        return sa.true() if self.sees_all else owner == self.organisation_id

    @property
    def label(self) -> str:
        """How the audit log names the caller."""
        return (
            self.username if self.api_key_id is None else f"{self.username}/key:{self.api_key_id}"
        )


def label_of(actor: Caller | str) -> str:
    """Return how an actor is named: a caller, or a text for the platform itself."""
    return actor.label if isinstance(actor, Caller) else actor
