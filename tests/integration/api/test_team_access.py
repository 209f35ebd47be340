"""Who may call what in a team: every route × what a member is × the team's and another's objects.

`WHO` of test_access.py is the table; a team adds its owner, and takes from its viewers what is the
platform's.
"""

import io
import re
from typing import Any, Final, get_args

import pytest
from pypdf import PdfReader

from crier.api.http.access import access_of
from crier.domain.permissions import MEMBER_SCOPES, OF_SCOPE, MemberRole
from tests.integration.api.test_access import (
    ABSENT,
    BODIES,
    NO_UUID,
    SIGNED_IN,
    UNTHERE,
    WHO,
    WITH_OBJECT,
    routes,
)
from tests.support.api import Api, Person
from tests.support.teams import acting, new_team, new_things

OWNERS: Final = {
    "PATCH /api/organisations/{organisation_id}",
    "DELETE /api/organisations/{organisation_id}",
    "GET /api/organisations/{organisation_id}/deletion",
    "PATCH /api/organisations/{organisation_id}/members/{user_id}",
    "DELETE /api/organisations/{organisation_id}/members/{user_id}",
    "POST /api/organisations/{organisation_id}/invitations",
    "GET /api/organisations/{organisation_id}/invitations",
    "DELETE /api/organisations/{organisation_id}/invitations/{invitation_id}",
}
MEMBERS: Final[tuple[MemberRole, ...]] = get_args(MemberRole)
OF_TEAM: Final = [route for route in SIGNED_IN if "{organisation_id}" in route]
ENDS: Final = {"POST /api/auth/logout", "DELETE /api/auth/sessions"}
MARK: Final = "told-to-nobody-else"


def may(role: MemberRole, route: str) -> bool:
    letters = WHO[route]
    if role == "viewer":
        return "V" in letters and "O" in letters
    if role == "advertiser":
        return "D" in letters
    return "O" in letters or (role == "owner" and route in OWNERS)


def text_of(given: Any) -> str:
    if given.mimetype != "application/pdf":
        return str(given.text)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(given.data)).pages)


def answer(person: Person, route: str, ids: dict[str, Any]) -> Any:
    method, path = route.split(" ", 1)
    path = re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], NO_UUID)), path)
    given = BODIES.get(route, {})
    body = {name: ids.get(str(value), value) for name, value in given.items()}
    return person.request(method, path, **({} if method == "GET" else {"json": body}))


def withhold(api: Api, team: int, name: str, *scopes: str) -> None:
    path = f"/api/organisations/{team}/members/{api.person(name, 'advertiser').id}"
    changed = acting(api, "the-owner", team).patch(path, {"withheld": list(scopes)})
    assert changed.status_code == 204, changed.text


@pytest.fixture
def team(api: Api) -> int:
    return new_team(api, "Acme", **{f"the-{role}": role for role in MEMBERS})


def test_a_member_may_what_its_role_in_the_team_may(api: Api, team: int) -> None:
    absent = dict.fromkeys((*ABSENT, "organisation_id"), UNTHERE)
    for role in MEMBERS:
        person = acting(api, f"the-{role}", team)
        for route in SIGNED_IN:
            if route in ENDS:
                continue
            status = answer(person, route, absent).status_code
            assert (status == 403) == (not may(role, route)), f"{route}, {role}: {status}"
            assert status < 500, f"{route}, {role}: {status}"


def test_what_a_team_withholds_a_member_may_not_and_everything_else_as_before(
    api: Api, team: int
) -> None:
    absent = dict.fromkeys((*ABSENT, "organisation_id"), UNTHERE)
    permissions = {route: access_of(api.app, end) for route, end in routes(api.app)}
    for scope in MEMBER_SCOPES:
        withhold(api, team, "the-operator", scope)
        person = acting(api, "the-operator", team)
        program, _ = person.program(role="operator")
        asked = {"to give": 0, "withheld": 0}
        for route in SIGNED_IN:
            access = permissions[route]
            assert access is not None
            if route in ENDS or access.permission in OF_SCOPE["read"] | {"account", "me"}:
                continue
            withheld = access.permission in OF_SCOPE[scope]
            asked["withheld" if withheld else "to give"] += 1
            for one in (person, program):
                status = answer(one, route, absent).status_code
                said = f"{route} without {scope}, {one.name}: {status}"
                assert (status == 403) == (withheld or not may("operator", route)), said
        assert asked["to give"] > 0
        assert asked["withheld"] > 0 or scope == "money"


def test_what_the_team_has_is_there_and_everything_else_is_404(api: Api, team: int) -> None:
    """Also what its members have themselves, and for each of them outside of the team what the team
    has."""
    other = new_team(api, "Beta", olga="owner")
    beta = new_things(api, other, api.olga.id, MARK)
    known: dict[str, dict[str, Any]] = {}
    for role in MEMBERS:
        name = f"the-{role}"
        inside, outside = acting(api, name, team), api.person(name, "advertiser")
        mine = new_things(api, outside.id, outside.id, MARK)
        for route in [*WITH_OBJECT, "GET /api/ads/media/{media_id}"]:
            if not may(role, route) or "{key_id}" in route:
                continue
            asker = "viewer" if role == "viewer" else "operator"
            if role not in known:
                known[role] = new_things(api, team, outside.id, "ours", asker)
            own = known.pop(role) if route.startswith("DELETE") else known[role]
            for ids in (beta, mine):
                status = answer(inside, route, ids).status_code
                assert status == 404, f"{route}, {role}, {ids['organisation_id']}: {status}"
            status = answer(outside, route, own).status_code
            assert status in (403, 404), f"{route}, {role}, from outside: {status}"
            status = answer(inside, route, own).status_code
            assert status not in (401, 403, 404), f"{route}, {role}, the team's: {status}"
        for route in OF_TEAM:
            status = answer(inside, route, beta).status_code
            assert status in (403, 404, 422), f"{route}, {role}, another's: {status}"
            assert MARK not in answer(inside, route, beta).text


def test_nothing_of_another_organisation_stands_in_any_answer(api: Api, team: int) -> None:
    """Of teams, of accounts, and of those who are in both."""
    others: dict[str, MemberRole] = {"olga": "owner", "the-owner": "owner", "the-viewer": "viewer"}
    beta = new_team(api, "Beta", **others)
    for owner, asker in ((beta, api.person("the-owner").id), (api.oscar.id, api.oscar.id)):
        new_things(api, owner, asker, MARK)
    ours = new_things(api, team, api.person("the-operator").id, "ours")
    hers = new_things(api, api.person("the-viewer").id, api.person("the-viewer").id, MARK)
    people = [acting(api, f"the-{role}", team) for role in MEMBERS]
    program = people[0].program(role="operator")[0]
    reads = [route for route in SIGNED_IN if route.startswith("GET") and "events" not in route]
    reads += [
        f"GET /api/analytics/export?format=json&dataset={one}"
        for one in ("bots", "ads", "messages", "subscribers", "clicks")
    ]
    seen = 0
    for person in (*people, program):
        for route in reads:
            for ids in (ours, hers):
                given = answer(person, route, ids)
                text = text_of(given)
                said = f"{route}, {person.name}: {given.status} {text[:300]}"
                assert given.status_code != 500, said
                assert MARK not in text, said
                seen += "ours" in text
    assert seen > 40  # the answers do tell of what is the team's
