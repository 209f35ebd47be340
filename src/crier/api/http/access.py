"""Access: one declaration on each route, checked in one place before anything else.

`@allow("bots.edit")` on a view names the permission that it takes, of the table in
`domain/permissions.py`, which says the roles and the scopes of API keys that hold it; none named
means everyone, signed in or not. The guard runs before the view and before validation, so whoever
may not call a route gets 403 for objects that are not there, too. `own only unless admin or viewer`
is `Caller.owns`, for the queries of the services.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, get_type_hints

import flask
from werkzeug.exceptions import HTTPException

from crier.api.http import authentication, db
from crier.api.http.deps import deps
from crier.domain.permissions import Permission, Role, roles_with
from crier.errors import CrierError
from crier.observability import context
from crier.services.caller import Caller
from crier.services.errors import (
    ConflictError,
    ForbiddenError,
    NotFreshError,
    UnauthenticatedError,
    UnsettledError,
)
from crier.services.people import security_events

View = TypeVar("View", bound=Callable[..., Any])
MIB = 1024 * 1024
ORGANISATION = "X-Organisation"
"""Names the organisation in which a client believes to act; others than that are refused."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The declaration of one route."""

    permission: Permission | None
    limit: str | None = None
    max_body: int = MIB
    fresh: bool = False
    unsettled: bool = False
    counted: bool = True

    @property
    def public(self) -> bool:
        return self.permission is None

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that may call it; none where everyone may."""
        return roles_with(self.permission) if self.permission else frozenset()


def allow(
    permission: Permission | None = None,
    *,
    limit: str | None = None,
    max_body: int = MIB,
    fresh: bool = False,
    unsettled: bool = False,
    counted: bool = True,
) -> Callable[[View], View]:
    """Declare which permission a view takes; `allow()` is everyone.

    Args:
        permission: of the table in `domain/permissions.py`.
        limit: a tighter rate limit of this route, such as `"30 per hour"`.
        max_body: the largest body in bytes.
        fresh: whether a person must have proven lately to be there (decision 0035).
        unsettled: whether it may be called without the second factor that the role must have.
        counted: whether it counts against the general limit, and against its own.
    """
    access = Access(
        permission=permission,
        limit=limit,
        max_body=max_body,
        fresh=fresh,
        unsettled=unsettled,
        counted=counted,
    )

    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare


def access_of(app: flask.Flask, endpoint: str) -> Access | None:
    """Return the declaration of an endpoint's view, if it has one."""
    return getattr(app.view_functions[endpoint], "access", None)


def body_limit(app: flask.Flask, method: str, path: str) -> int:
    """Return the largest body, in bytes, of the route that a request is for (or would be for)."""
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except HTTPException:
        return MIB  # it is read, and then answered by 404 or 405
    access = access_of(app, endpoint)
    return access.max_body if access else MIB


def check_declared(app: flask.Flask) -> None:
    """Refuse to start with a route that nobody classified."""
    missing = [r.rule for r in app.url_map.iter_rules() if access_of(app, r.endpoint) is None]
    if missing:
        raise CrierError(f"routes without @allow: {', '.join(sorted(missing))}")


def caller() -> Caller:
    """Return the caller, on a route that is not for everyone."""
    found: Caller = flask.g.caller
    return found


def require_fresh() -> None:
    """Refuse a session whose person has not proven lately to be there; a program is not asked.

    Raises:
        NotFreshError: it was longer ago than `CRIER_SESSION_FRESH`.
    """
    if not caller().is_fresh(timedelta(minutes=deps().settings.session_fresh_minutes)):
        raise NotFreshError("confirm that it is you: POST /api/auth/reauthenticate, then try again")


def require_organisation() -> None:
    """Refuse a page that believes to act in another organisation than it does.

    Raises:
        ConflictError: the header names another one.
    """
    named = flask.request.headers.get(ORGANISATION)
    if named is not None and named != str(caller().organisation_id):
        raise ConflictError(
            "you act in another organisation by now: load the page again, or switch back"
        )


def must_add_factor(person: Caller) -> bool:
    """Return True if somebody must have a second factor and has none; a program is not asked.

    `CRIER_REQUIRE_SECOND_FACTOR` names the roles that must.
    """
    required = person.role in deps().settings.second_factor_roles
    return required and person.api_key_id is None and not person.has_second_factor


def guard() -> None:
    """Check each request first: credentials, limits, role, and JSON where it takes JSON.

    Raises:
        UnauthenticatedError, LimitedError, ForbiddenError: and what HTTP has for bad bodies.
    """
    request = flask.request
    if request.routing_exception is not None or request.endpoint is None:
        return
    access = access_of(flask.current_app, request.endpoint)
    if access is None:
        raise ForbiddenError("this route is not classified")
    request.max_content_length = access.max_body
    _authenticate(access)
    if _takes_json(flask.current_app.view_functions[request.endpoint]):
        request.get_json()


def _authenticate(access: Access) -> None:
    limits = deps().limits
    if access.permission is None:
        if access.counted:
            limits.check(access.limit, user_id=None)
        return
    try:
        found = authentication.authenticate()
    except UnauthenticatedError:
        limits.check(None, user_id=None)
        raise
    flask.g.caller = found
    context.bind(user_id=found.user_id)
    limits.check(access.limit, user_id=found.user_id)
    if found.is_elsewhere:
        with db.apart() as session:
            security_events.tell_of_network(session, found)
    if not access.unsettled:
        require_organisation()
    found.require(access.permission)
    if must_add_factor(found) and not access.unsettled:
        raise UnsettledError(f"as {found.role} add a second factor first: /api/auth/factors")
    if access.fresh:
        require_fresh()


@cache
def _takes_json(view: Callable[..., Any]) -> bool:
    return "body" in get_type_hints(inspect.unwrap(view))
