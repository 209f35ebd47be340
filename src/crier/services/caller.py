"""The caller: the account that asks, its role, and what is in its scope."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from crier.domain.permissions import OF_ROLE, ROLES, Permission, Role, Scope, of_key, scope_of
from crier.services.errors import ForbiddenError

# What a role may hand on to an API key: itself, or a role that may do strictly less. A viewer reads
# what belongs to everybody, so an operator may not make a viewer's key.
GRANTABLE: dict[Role, frozenset[Role]] = {
    "admin": frozenset(ROLES),
    "operator": frozenset({"operator", "advertiser"}),
    "advertiser": frozenset({"advertiser"}),
    "viewer": frozenset({"viewer"}),
}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A signed-in person or a program with an API key; `role` is the one in force for it."""

    user_id: int
    username: str
    role: Role
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

    def may(self, permission: Permission) -> bool:
        """Return whether the role holds `permission`, and the key's scopes if it is a program."""
        if permission not in OF_ROLE[self.role]:
            return False
        return self.scopes is None or permission in of_key(self.scopes)

    def require(self, permission: Permission) -> None:
        """Raise ForbiddenError, which says what is missing, where the caller may not."""
        if self.may(permission):
            return
        if permission not in OF_ROLE[self.role]:
            raise ForbiddenError(f"the role {self.role} may not do this")
        scope = scope_of(permission)
        if scope is None:
            raise ForbiddenError("an API key may not do this: sign in with your password")
        raise ForbiddenError(f"this API key may not do this: it lacks the scope {scope}")

    @property
    def sees_all(self) -> bool:
        """Whether other people's objects are in scope (to read; the route says which roles may
        change)."""
        return self.role in ("admin", "viewer")

    @property
    def owner(self) -> int | None:
        """Whose rows are in scope, for SQL by name; None: everybody's."""
        return None if self.sees_all else self.user_id

    def owns(self, owner: Any) -> sa.ColumnElement[bool]:
        """Return the SQL condition that `owner` (a column of user ids) is in the caller's scope."""
        return sa.true() if self.sees_all else owner == self.user_id

    @property
    def label(self) -> str:
        """How the audit log names the caller."""
        return (
            self.username if self.api_key_id is None else f"{self.username}/key:{self.api_key_id}"
        )


def label_of(actor: Caller | str) -> str:
    """Return how an actor is named: a caller, or a text for the platform itself."""
    return actor.label if isinstance(actor, Caller) else actor
