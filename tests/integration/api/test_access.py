"""Who may call what: every route of the app × every role × own and another's object.

`WHO` is the table of the API contract, written down a second time; the routes come from the app
itself. A route that is in the one and not in the other fails by name.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import Flask

from crier.api.http.access import access_of, check_declared
from crier.errors import CrierError
from crier.storage.models.ads import Advertisement, Broadcast
from crier.storage.models.people import ApiKey, User
from crier.storage.models.records import Export
from scripts import access_page
from tests.support.api import Api, Person
from tests.support.factories import new_bot

EVERYONE: Final = ""
LETTERS: Final = {"A": "admin", "O": "operator", "D": "advertiser", "V": "viewer"}
WHO: Final = {
    "POST /api/auth/register": EVERYONE,
    "POST /api/auth/join": EVERYONE,
    "POST /api/auth/login": EVERYONE,
    "GET /api/auth/methods": EVERYONE,
    "POST /api/auth/refresh": EVERYONE,
    "POST /api/auth/logout": "AODV",
    "POST /api/auth/change-password": "AODV",
    "POST /api/auth/reauthenticate": "AODV",
    "GET /api/auth/fresh": "AODV",
    "POST /api/auth/login/code": EVERYONE,
    "GET /api/auth/factors": "AODV",
    "POST /api/auth/factors/app": "AODV",
    "POST /api/auth/factors/app/confirm": "AODV",
    "DELETE /api/auth/factors/app": "AODV",
    "POST /api/auth/factors/recovery-codes": "AODV",
    "POST /api/auth/factors/passkeys/options": "AODV",
    "POST /api/auth/factors/passkeys": "AODV",
    "PATCH /api/auth/factors/passkeys/{passkey_id}": "AODV",
    "DELETE /api/auth/factors/passkeys/{passkey_id}": "AODV",
    "POST /api/auth/login/passkey/options": EVERYONE,
    "POST /api/auth/login/passkey": EVERYONE,
    "POST /api/auth/reauthenticate/passkey": "AODV",
    "DELETE /api/users/{user_id}/factors": "A",
    "POST /api/auth/login/openid/begin": EVERYONE,
    "GET /api/auth/mail": "AODV",
    "PUT /api/auth/mail": "AODV",
    "DELETE /api/auth/mail": "AODV",
    "POST /api/auth/mail/confirm": EVERYONE,
    "GET /api/auth/chat": "AODV",
    "POST /api/auth/chat/link": "AODV",
    "DELETE /api/auth/chat": "AODV",
    "GET /api/auth/notices": "AODV",
    "PATCH /api/auth/notices": "AODV",
    "GET /api/auth/views": "AODV",
    "PUT /api/auth/views": "AODV",
    "GET /api/workspace": "AV",
    "PATCH /api/workspace": "A",
    "POST /api/auth/forgot-password": EVERYONE,
    "POST /api/auth/reset-password": EVERYONE,
    "POST /api/auth/login/openid": EVERYONE,
    "GET /api/auth/identities": "AODV",
    "POST /api/auth/identities/begin": "AODV",
    "POST /api/auth/identities": "AODV",
    "DELETE /api/auth/identities/{identity_id}": "AODV",
    "DELETE /api/users/{user_id}/identities": "A",
    "GET /api/auth/me": "AODV",
    "GET /api/events": "AODV",
    "GET /api/auth/sessions": "AODV",
    "DELETE /api/auth/sessions": "AODV",
    "DELETE /api/auth/sessions/{session_id}": "AODV",
    "POST /api/auth/keys": "AODV",
    "GET /api/auth/keys": "AODV",
    "DELETE /api/auth/keys/{key_id}": "AODV",
    "POST /api/auth/keys/{key_id}/rotate": "AODV",
    "GET /api/users": "A",
    "POST /api/users": "A",
    "PATCH /api/users/{user_id}": "A",
    "DELETE /api/users/{user_id}": "A",
    "POST /api/users/{user_id}/reset-password": "A",
    "POST /api/users/invitations": "A",
    "GET /api/users/invitations": "A",
    "DELETE /api/users/invitations/{invitation_id}": "A",
    "GET /api/users/{user_id}/keys": "A",
    "DELETE /api/users/{user_id}/keys/{key_id}": "A",
    "PUT /api/auth/organisation": "AODV",
    "GET /api/organisations": "AODV",
    "POST /api/organisations": "A",
    "POST /api/organisations/join": "AODV",
    "GET /api/organisations/{organisation_id}": "AODV",
    "PATCH /api/organisations/{organisation_id}": "A",
    "DELETE /api/organisations/{organisation_id}": "A",
    "GET /api/organisations/{organisation_id}/deletion": "A",
    "GET /api/organisations/{organisation_id}/members": "AODV",
    "POST /api/organisations/{organisation_id}/members": "A",
    "PATCH /api/organisations/{organisation_id}/members/{user_id}": "A",
    "DELETE /api/organisations/{organisation_id}/members/{user_id}": "A",
    "DELETE /api/organisations/{organisation_id}/membership": "AODV",
    "GET /api/organisations/{organisation_id}/quotas": "AODV",
    "PATCH /api/organisations/{organisation_id}/quotas": "A",
    "POST /api/organisations/{organisation_id}/invitations": "A",
    "GET /api/organisations/{organisation_id}/invitations": "A",
    "DELETE /api/organisations/{organisation_id}/invitations/{invitation_id}": "A",
    "POST /api/bots/add": "AO",
    "GET /api/bots": "AOV",
    "GET /api/bots/{bot_id}": "AOV",
    "PATCH /api/bots/{bot_id}": "AO",
    "DELETE /api/bots/{bot_id}": "AO",
    "POST /api/bots/{bot_id}/start": "AO",
    "POST /api/bots/{bot_id}/stop": "AO",
    "POST /api/bots/{bot_id}/restart": "AO",
    "POST /api/bots/{bot_id}/chats/import": "AO",
    "POST /api/bots/{bot_id}/chats/import/preview": "AO",
    "GET /api/bots/{bot_id}/status": "AOV",
    "GET /api/bots/{bot_id}/metrics": "AOV",
    "GET /api/bots/{bot_id}/logs": "AOV",
    "GET /api/bots/{bot_id}/commands": "AOV",
    "PUT /api/bots/{bot_id}/commands": "AO",
    "GET /api/bots/{bot_id}/chats": "AOV",
    "GET /api/bots/{bot_id}/messages": "AOV",
    "GET /api/bots/{bot_id}/deletion": "AO",
    "GET /api/users/{user_id}/deletion": "A",
    "POST /api/people/export": "AO",
    "POST /api/people/erase": "AO",
    "GET /api/erasures": "AO",
    "GET /api/erasures/{erasure_id}": "AO",
    "POST /api/telegram/{public_key}": EVERYONE,
    "POST /api/ads/create": "AOD",
    "POST /api/ads/media": "AOD",
    "GET /api/ads/media/{media_id}": "AODV",
    "GET /api/ads/list": "AODV",
    "GET /api/ads/{ad_id}": "AODV",
    "PATCH /api/ads/{ad_id}": "AOD",
    "DELETE /api/ads/{ad_id}": "AOD",
    "POST /api/ads/{ad_id}/submit": "AOD",
    "POST /api/ads/{ad_id}/approve": "AO",
    "POST /api/ads/{ad_id}/reject": "AO",
    "POST /api/ads/preview": "AO",
    "POST /api/ads/{ad_id}/preview": "AO",
    "POST /api/ads/{ad_id}/test": "AO",
    "POST /api/ads/{ad_id}/broadcast": "AO",
    "POST /api/ads/{ad_id}/pause": "AO",
    "POST /api/ads/{ad_id}/resume": "AO",
    "POST /api/ads/{ad_id}/cancel": "AO",
    "POST /api/ads/{ad_id}/retry": "AO",
    "GET /api/ads/{ad_id}/recipients": "AOV",
    "GET /api/ads/{ad_id}/statistics": "AODV",
    "GET /api/ads/{ad_id}/report": "AODV",
    "POST /api/ads/{ad_id}/report/share": "AODV",
    "GET /api/ads/{ad_id}/report/schedule": "AODV",
    "PUT /api/ads/{ad_id}/report/schedule": "AODV",
    "DELETE /api/ads/{ad_id}/report/schedule": "AODV",
    "GET /api/ads/report": EVERYONE,
    "GET /api/ads/{ad_id}/reviews": "AODV",
    "GET /api/ads/reviews": "AO",
    "GET /api/broadcasts": "AODV",
    "GET /api/broadcasts/{broadcast_id}/attempts": "AODV",
    "GET /r/{slug}": EVERYONE,
    "GET /api/analytics/dashboard": "AOV",
    "GET /api/analytics/bots/{bot_id}": "AOV",
    "GET /api/analytics/bots/{bot_id}/origins": "AOV",
    "GET /api/analytics/people": "AOV",
    "GET /api/analytics/ads": "AODV",
    "GET /api/analytics/ads/compare": "AODV",
    "GET /api/analytics/ads/{ad_id}": "AODV",
    "GET /api/analytics/export": "AOV",
    "POST /api/analytics/exports": "AOV",
    "GET /api/analytics/exports": "AOV",
    "GET /api/analytics/exports/{export_id}": "AOV",
    "DELETE /api/analytics/exports/{export_id}": "AOV",
    "GET /api/analytics/exports/{export_id}/file": EVERYONE,
    "GET /api/system/status": "AV",
    "GET /api/system/logs": "AV",
    "GET /api/system/logs/histogram": "AV",
    "GET /api/system/logs/groups": "AV",
    "GET /api/system/logs/export": "AV",
    "GET /api/system/logs/{log_id}/around": "AV",
    "GET /api/system/errors": "AV",
    "POST /api/system/errors": "AODV",
    "GET /api/system/errors/{error_id}": "AV",
    "PATCH /api/system/errors/{error_id}": "A",
    "GET /api/system/performance": "AV",
    "GET /api/system/performance/breakdown": "AV",
    "PUT /api/system/workers": "A",
    "POST /api/system/workers/{name}/restart": "A",
    "GET /api/audit": "AV",
    "GET /api/security/events": "AODV",
    "GET /api/openapi.json": EVERYONE,
    "GET /api/docs": EVERYONE,
    "GET /api/docs/{name}": EVERYONE,
    "GET /healthz": EVERYONE,
    "GET /readyz": EVERYONE,
    "GET /api/config": EVERYONE,
    "GET /metrics": EVERYONE,
    "GET /": EVERYONE,
    "GET /{name}": EVERYONE,
    "GET /assets/{name}": EVERYONE,
}
# What passes validation where an empty object does not, so that the answer is about the object;
# "bot_id" stands for the id of that bot.
BODIES: Final[dict[str, Any]] = {
    "PUT /api/ads/{ad_id}/report/schedule": {"every": "week"},
    "PUT /api/bots/{bot_id}/commands": {"items": []},
    "POST /api/ads/{ad_id}/reject": {"note": "no"},
    "POST /api/ads/{ad_id}/test": {"bot_id": "bot_id", "chat_id": 1},
    "POST /api/ads/{ad_id}/retry": {"states": ["failed"]},
    "POST /api/bots/{bot_id}/chats/import": {"chat_ids": [1]},
    "POST /api/bots/{bot_id}/chats/import/preview": {"chat_ids": [1]},
    "PATCH /api/ads/{ad_id}": {"title": "x"},
    "POST /api/people/export": {"chat_id": 1},
    "POST /api/people/erase": {"chat_id": 1},
    "PATCH /api/organisations/{organisation_id}": {"name": "x"},
    "PATCH /api/organisations/{organisation_id}/members/{user_id}": {"role": "viewer"},
    "POST /api/organisations/{organisation_id}/invitations": {"role": "viewer"},
}
CAST: Final = {"A": "alice", "O": "oscar", "D": "adam", "V": "vera"}
UNTHERE: Final = 4_000_000_000
NO_UUID: Final = "00000000-0000-0000-0000-000000000000"


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """`METHOD /path/{with}/names`, and its endpoint."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {path}", rule.endpoint


def test_every_route_is_classified_as_the_contract_says(api: Api) -> None:
    declared = {}
    for route, endpoint in routes(api.app):
        access = access_of(api.app, endpoint)
        assert access is not None, f"nobody classified {route}"
        holding = (letter for letter, role in LETTERS.items() if role in access.roles)
        declared[route] = "".join(holding)
    assert declared == WHO


def test_the_page_about_access_is_current(api: Api) -> None:
    assert access_page.page(api.app) == access_page.TARGET.read_text(), "run make openapi"


def test_a_refusal_of_a_role_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="crier.api.http.observe"):
        assert api.vera.post("/api/ads/create", {"content": "Buy!"}).status_code == 403
        assert api.vera.get("/api/ads/list").status_code == 200
    (line,) = caplog.records
    said = {name: line.__dict__[name] for name in ("route", "status", "user_id")}
    assert said == {"route": "/api/ads/create", "status": 403, "user_id": api.vera.id}


def test_the_app_does_not_start_with_a_route_that_nobody_classified(api: Api) -> None:
    api.app.view_functions["surprise"] = lambda: ""
    api.app.url_map.add(api.app.url_rule_class("/surprise", endpoint="surprise"))
    with pytest.raises(CrierError, match="/surprise"):
        check_declared(api.app)


@pytest.fixture
def objects(api: Api) -> dict[str, dict[str, int]]:
    """Ids of a bot, an ad and a key of each who may have one, and of somebody else's."""
    made: dict[str, dict[str, int]] = {}
    for name in ("alice", "oscar", "olga", "adam", "vera"):
        person = api.person(name, "operator") if name == "olga" else getattr(api, name)
        made[name] = make_objects(api, person)
    return made


def make_objects(api: Api, person: Person) -> dict[str, int]:
    token = f"{1000 + person.id}:{'A' * 35}"
    bot = new_bot(api.deps.vault, token, owner=person.id)
    ad = Advertisement(user_id=person.id, content="buy")
    key = ApiKey(
        user_id=person.id, name="k", prefix=f"k{person.id}", key_hash=b"x", role="advertiser"
    )
    with api.session() as session:
        role = session.get_one(User, person.id).role
        export = Export(user_id=person.id, role=role, dataset="bots", format="csv")
        session.add_all([bot, ad, key, export])
        session.flush()
        broadcast = Broadcast(ad_id=ad.id, user_id=person.id, status="completed", message={})
        session.add(broadcast)
    named = {"bot_id": bot.id, "ad_id": ad.id, "key_id": key.id, "user_id": person.id}
    return {**named, "broadcast_id": broadcast.id, "export_id": export.id}


def ask(person: Person, route: str, ids: dict[str, int]) -> int:
    method, path = route.split(" ", 1)
    path = re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], NO_UUID)), path)
    body = {name: ids.get(str(value), value) for name, value in BODIES.get(route, {}).items()}
    return person.request(method, path, **({} if method == "GET" else {"json": body})).status_code


SIGNED_IN: Final = [route for route, letters in WHO.items() if letters]
WITH_OBJECT: Final = [
    r
    for r in SIGNED_IN
    if re.search(r"\{(bot|ad|key|broadcast|export)_id\}", r) and "{user_id}" not in r
]
ABSENT: Final = (
    "passkey_id",
    "identity_id",
    "bot_id",
    "broadcast_id",
    "ad_id",
    "key_id",
    "user_id",
    "erasure_id",
    "invitation_id",
    "export_id",
    "error_id",
    "log_id",
    "organisation_id",
)


def starts(routes: list[str], changes_nothing: str) -> list[Any]:
    """Routes by starts of the API: those that change nothing share one."""
    together = [route for route in routes if re.match(changes_nothing, route)]
    alone = [pytest.param([route], id=route) for route in routes if route not in together]
    return [pytest.param(together, id="those that change nothing"), *alone]


@pytest.mark.parametrize("some", starts(SIGNED_IN, r"GET |.*\{"))
def test_without_credentials_it_is_401_and_in_another_role_403(api: Api, some: list[str]) -> None:
    absent = dict.fromkeys(ABSENT, UNTHERE)
    for route in some:
        assert ask(api.nobody, route, absent) == 401, route
        for letter, name in CAST.items():
            status = ask(getattr(api, name), route, absent)
            assert (status == 403) == (letter not in WHO[route]), f"{route}, {name}: {status}"
            assert status < 500, f"{route}, {name}: {status}"


@pytest.mark.parametrize("some", starts(WITH_OBJECT, "GET "))
def test_ones_own_object_is_there_and_anothers_is_404_but_for_admin_and_viewer(
    api: Api, objects: dict[str, dict[str, int]], some: list[str]
) -> None:
    for route in some:
        sees_all = "" if "key_id" in route or "export_id" in route else "AV"
        for letter in WHO[route]:
            name = CAST[letter]
            others = ask(getattr(api, name), route, objects["olga"])
            assert (others != 404) == (letter in sees_all), f"{route}, {name}, another's: {others}"
            own = ask(getattr(api, name), route, objects[name])
            assert own not in (401, 403, 404), f"{route}, {name}, own: {own}"
