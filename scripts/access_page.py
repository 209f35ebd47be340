"""Write docs/access.md from the code: every route by role, by whose things, and by scope of keys.

`make openapi` writes it, and tests/integration/api/test_access.py compares it with the code.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import flask

from crier.api.app import create_app
from crier.api.http.access import access_of
from crier.domain.permissions import (
    MEANINGS,
    MEMBER_SCOPES,
    OF_EVERY_KEY,
    OF_MEMBER,
    OF_ROLE,
    PERMISSIONS,
    ROLES,
    Permission,
    Role,
    scope_of,
)
from crier.services.caller import Caller
from crier.settings import Settings

TARGET: Final = Path(__file__).parents[1] / "docs" / "access.md"
OWN_ALWAYS: Final = frozenset[Permission]({"me", "account", "exports"})
"""What is one's own alone in every role."""
COLUMNS: Final = (*ROLES, *(f"team's {role}" for role in OF_MEMBER))
HEAD: Final = """\
# Who may do what

Written by `scripts/access_page.py` from `src/crier/domain/permissions.py` and the routes.

*all*: everybody's things. *own*: one's own alone; another's are 404. —: 403, also for things that
are not there. An operator who may review also sees advertisers' ads that are pending
([api](api.md#roles)). An API key has the role that it was made with, and of it what its scopes
hold. Security events show admins and viewers those of all accounts.

One's own is what the organisation has in which one acts: the account's, or a team's. In a team the
roles of the last columns are in force, to which only the team's things are own; an admin stays an
admin. A team may withhold from a member that is no owner what is in the scopes {withheld}: to such
a member it is 403.

## Permissions

| permission | to | {roles} | scope of API keys |
| --- | --- | {lines} | --- |
"""


def page(app: flask.Flask) -> str:
    """Return the page as it is committed."""
    names = {"roles": " | ".join(COLUMNS), "lines": " | ".join(["---"] * len(COLUMNS))}
    names["withheld"] = ", ".join(f"`{scope}`" for scope in MEMBER_SCOPES)
    rows = [_row(f"`{one}`", MEANINGS[one], *_reaches(one), _scope(one)) for one in PERMISSIONS]
    heads = ["\n## Routes\n", _row("route", "permission", *COLUMNS, "scope of API keys")]
    heads.append(_row(*["---"] * (len(COLUMNS) + 3)))
    return HEAD.format(**names) + "\n".join([*rows, *heads, *_routes(app)]) + "\n"


def _routes(app: flask.Flask) -> Iterator[str]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        access = access_of(app, rule.endpoint)
        assert access is not None
        one = access.permission
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if one is None:
                yield _row(f"`{method} {path}`", "everyone", *["yes"] * len(COLUMNS), "")
            else:
                yield _row(f"`{method} {path}`", f"`{one}`", *_reaches(one), _scope(one))


def _reaches(permission: Permission) -> list[str]:
    """Return whose things each role of an account, and each role in a team, reaches."""
    of_team = ["own" if permission in OF_MEMBER[role] else "—" for role in OF_MEMBER]
    return [*(_reach(role, permission) for role in ROLES), *of_team]


def _reach(role: Role, permission: Permission) -> str:
    """Return whose things a role reaches by a permission."""
    if permission not in OF_ROLE[role]:
        return "—"
    sees_all = Caller(user_id=0, username="", role=role).sees_all
    return "all" if sees_all and permission not in OWN_ALWAYS else "own"


def _scope(permission: Permission) -> str:
    scope = scope_of(permission)
    return f"`{scope}`" if scope else "every key" if permission in OF_EVERY_KEY else "no key"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def text() -> str:
    """Return the page of the code as it is."""
    with tempfile.TemporaryDirectory() as folder:
        return page(create_app(Settings.from_environment({"CRIER_DATA_DIR": folder})))


if __name__ == "__main__":
    TARGET.write_text(text())
    sys.stdout.write(f"wrote {TARGET.name}\n")
