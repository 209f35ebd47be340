"""The table of permissions: what roles are made of, and what scopes leave of them."""

import re
from pathlib import Path

import pytest

from crier.domain.permissions import (
    MEANINGS,
    OF_EVERY_KEY,
    OF_ROLE,
    PERMISSIONS,
    SCOPES,
    Permission,
    Role,
    of_key,
    roles_with,
    scope_of,
)
from crier.services.caller import GRANTABLE, Caller
from crier.services.errors import ForbiddenError

DASHBOARD = Path(__file__).parents[2] / "dashboard/src/testing/fake-backend/permissions.ts"
_LINE = re.compile(r'^  "?([a-z.]+)"?: \[(.*)\],$', re.MULTILINE)


def a_caller(role: Role, **more: object) -> Caller:
    return Caller(user_id=1, username="x", role=role, **more)  # type: ignore[arg-type]


def test_every_permission_is_explained_and_somebodys() -> None:
    assert set(MEANINGS) == set(PERMISSIONS)
    assert set().union(*OF_ROLE.values()) == set(PERMISSIONS)


def test_no_permission_is_in_two_scopes() -> None:
    for permission in PERMISSIONS:
        holding = [scope for scope in SCOPES if permission in of_key([scope]) - OF_EVERY_KEY]
        assert holding == ([] if (one := scope_of(permission)) is None else [one])


def test_what_makes_more_access_is_in_no_scope() -> None:
    withheld = set(PERMISSIONS) - of_key(SCOPES)
    assert withheld == {"account", "accounts.edit", "members.edit", "platform.run"}


def test_a_role_hands_on_only_roles_that_may_no_more() -> None:
    for role, lesser in GRANTABLE.items():
        for other in lesser:
            assert OF_ROLE[other] <= OF_ROLE[role]


def test_the_fake_platform_of_the_dashboard_lets_each_role_do_what_it_may() -> None:
    shown = {
        name: re.findall(r'"(\w+)"', who) for name, who in _LINE.findall(DASHBOARD.read_text())
    }
    assert "bots.edit" in shown
    assert {name: set(who) for name, who in shown.items()} == {
        permission: roles_with(permission) for permission in PERMISSIONS if permission in shown
    }


@pytest.mark.parametrize(
    ("role", "scopes", "permission", "said"),
    [
        ("viewer", None, "bots.edit", "the role viewer"),
        ("operator", ("read",), "bots.edit", "lacks the scope bots"),
        ("viewer", ("bots",), "bots.edit", "the role viewer"),
        ("admin", SCOPES, "accounts.edit", "sign in"),
        ("admin", ("money",), "ads.read", "lacks the scope read"),
    ],
)
def test_a_refusal_says_what_is_missing(
    role: Role, scopes: object, permission: Permission, said: str
) -> None:
    with pytest.raises(ForbiddenError, match=said):
        a_caller(role, scopes=scopes).require(permission)


def test_a_person_may_what_the_role_may_and_a_program_what_a_scope_holds() -> None:
    a_caller("operator").require("account")
    a_caller("operator", scopes=("bots",)).require("bots.edit")
    a_caller("advertiser", scopes=("ads",)).require("me")
