"""Permissions: what the roles are made of, and what the scopes of an API key leave of them.

This is the one table. Each route names the permission that it takes (`api/http/access.py`); a
person has those of the role, in a team those of the membership but for what the team withholds of
them by scope, and a program with an API key those
of the key's role that one of the key's scopes holds. A permission in no scope is for people alone:
it makes more access, or steers the machine.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Role = Literal["admin", "operator", "advertiser", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
MemberRole = Literal["owner", "operator", "advertiser", "viewer"]

Permission = Literal[
    "me",
    "account",
    "accounts.read",
    "accounts.edit",
    "members.edit",
    "ads.read",
    "ads.edit",
    "ads.review",
    "ads.launch",
    "bots.read",
    "bots.edit",
    "people.read",
    "people.edit",
    "money.read",
    "exports",
    "platform.read",
    "platform.run",
    "audit.read",
]
MEANINGS: Final[dict[Permission, str]] = {
    "me": "see the own name and role",
    "account": "change the own password, sign-ins and API keys",
    "accounts.read": "see all accounts",
    "accounts.edit": "make, invite, change and delete accounts",
    "members.edit": "name a team; add, invite, change and remove its members",
    "ads.read": "see ads and what came of them",
    "ads.edit": "write, change, hand in and delete ads",
    "ads.review": "approve and reject ads",
    "ads.launch": "try, launch, pause, resume, cancel and repeat broadcasts",
    "bots.read": "see bots and their figures",
    "bots.edit": "add, change, start, stop and delete bots",
    "people.read": "see subscribers, messages, recipients and clicks",
    "people.edit": "import, hand out and erase what is kept of people",
    "money.read": "see prices and earnings",
    "exports": "export what one may see",
    "platform.read": "see the state and the log of the platform",
    "platform.run": "restart and add workers, choose the platform's bot and rules",
    "audit.read": "read the audit log",
}
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

_OWN: Final = frozenset[Permission]({"me", "account"})
_SEE_ADS: Final = frozenset[Permission]({"ads.read", "money.read"})
_SEE_BOTS: Final = frozenset[Permission]({"bots.read", "people.read", "exports"})
_RUN: Final = frozenset[Permission]({"bots.edit", "people.edit", "ads.review", "ads.launch"})
_WATCH: Final = frozenset[Permission]({"platform.read", "audit.read"})
_EDIT_ADS: Final = frozenset[Permission]({"ads.edit"})

OF_ROLE: Final[dict[Role, frozenset[Permission]]] = {
    "admin": frozenset(PERMISSIONS),
    "operator": _OWN | _SEE_ADS | _SEE_BOTS | _EDIT_ADS | _RUN,
    "advertiser": _OWN | _SEE_ADS | _EDIT_ADS,
    "viewer": _OWN | _SEE_ADS | _SEE_BOTS | _WATCH,
}
OF_MEMBER: Final[dict[MemberRole, frozenset[Permission]]] = {
    "owner": OF_ROLE["operator"] | {"members.edit"},
    "operator": OF_ROLE["operator"],
    "advertiser": OF_ROLE["advertiser"],
    "viewer": OF_ROLE["viewer"] - _WATCH,
}
"""What the roles in a team are made of: of everything the team's alone."""

IN_FORCE: Final[dict[MemberRole, Role]] = {
    "owner": "operator",
    "operator": "operator",
    "advertiser": "advertiser",
    "viewer": "viewer",
}
"""The role that a member has for what goes by roles."""

Scope = Literal["read", "ads", "launch", "bots", "people", "money"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
OF_SCOPE: Final[dict[Scope, frozenset[Permission]]] = {
    "read": frozenset({"ads.read", "bots.read", "exports", "platform.read"}),
    "ads": frozenset({"ads.edit"}),
    "launch": frozenset({"ads.review", "ads.launch"}),
    "bots": frozenset({"bots.edit"}),
    "people": frozenset({"people.read", "people.edit", "accounts.read", "audit.read"}),
    "money": frozenset({"money.read"}),
}
MemberScope = Literal["ads", "launch", "bots", "people", "money"]
MEMBER_SCOPES: Final[tuple[MemberScope, ...]] = get_args(MemberScope)
"""What a team may withhold from a member that is no owner: every scope but to read."""
OF_EVERY_KEY: Final = frozenset[Permission]({"me"})


def of_key(scopes: Iterable[Scope]) -> frozenset[Permission]:
    """Return what scopes let a program do that has a role which may do everything."""
    return OF_EVERY_KEY.union(*(OF_SCOPE[scope] for scope in scopes))


def of_member(role: MemberRole, withheld: Iterable[MemberScope]) -> frozenset[Permission]:
    """Return what a member may in a team that withholds some of its role."""
    return OF_MEMBER[role].difference(*(OF_SCOPE[scope] for scope in withheld))


def scope_of(permission: Permission) -> Scope | None:
    """Return the scope that holds a permission; None where no key may have it."""
    return next((scope for scope in SCOPES if permission in OF_SCOPE[scope]), None)


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return the roles that hold a permission."""
    return frozenset(role for role in ROLES if permission in OF_ROLE[role])
