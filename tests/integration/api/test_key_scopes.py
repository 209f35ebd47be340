"""API keys with scopes, their last use, and rotation with overlap."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crier.api.http.access import access_of
from crier.domain.permissions import OF_ROLE, SCOPES, Scope, of_key
from crier.storage.models.ads import Advertisement
from crier.storage.models.people import ApiKey
from crier.storage.models.records import Export
from tests.support.api import Api, wrong_fields


def routes_of(api: Api) -> Iterator[tuple[str, str, Any]]:
    """Method, path with ids that nothing has, and the permission of each route for somebody."""
    for rule in api.app.url_map.iter_rules():
        access = access_of(api.app, rule.endpoint)
        assert access is not None
        path = re.sub(r"<(?:int:)[^>]+>", "4000000000", rule.rule)
        path = re.sub(r"<uuid:[^>]+>", "00000000-0000-0000-0000-000000000000", path)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if access.permission is not None:
                yield method, re.sub(r"<[^>]+>", "x", path), access.permission


def test_without_scopes_a_key_may_what_its_role_may(api: Api) -> None:
    _, made = api.oscar.program()
    assert made["scopes"] == list(SCOPES)
    with api.session() as session:
        session.execute(sa.text("UPDATE api_keys SET scopes = DEFAULT"))  # as from before
    assert api.oscar.get("/api/auth/keys").json["items"][0]["scopes"] == list(SCOPES)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_route_is_refused_to_a_key_whose_scopes_lack_it(api: Api, scope: Scope) -> None:
    program, made = api.alice.program(scopes=[scope])
    assert made["scopes"] == [scope]
    for method, path, permission in routes_of(api):
        options: dict[str, Any] = {} if method == "GET" else {"json": {}}
        answer = program.request(method, path, **options)
        allowed = permission in of_key([scope])
        assert (answer.status_code != 403) == allowed, f"{method} {path}: {answer.text}"
        assert answer.status_code != 401, path


def test_a_scope_gives_nothing_that_the_role_lacks(api: Api) -> None:
    program, _ = api.adam.program(scopes=["bots", "ads"])
    assert "bots.edit" not in OF_ROLE["advertiser"]
    assert program.post("/api/bots/add", {"bot_token": "x"}).status_code == 403
    assert program.post("/api/ads/create", {"content": "Buy!"}).status_code == 201


def test_scopes_are_named_and_at_least_one(api: Api) -> None:
    for scopes in ([], ["everything"], ["read"] * 7):
        answer = api.oscar.post("/api/auth/keys", {"name": "k", "scopes": scopes})
        assert {field.partition(".")[0] for field in wrong_fields(answer)} == {"scopes"}


def test_without_money_no_price_is_shown_also_not_out_of_a_kept_answer(api: Api) -> None:
    with api.session() as session:
        ad = Advertisement(user_id=api.oscar.id, content="buy", price=12)
        session.add(ad)
    poor, _ = api.oscar.program(scopes=["read"])
    rich, _ = api.oscar.program(scopes=["read", "money"])
    one, kept = f"/api/ads/{ad.id}", {"Cache-Control": "max-age=60"}
    assert api.oscar.get(one).json["price"] == rich.get(one).json["price"] == "12.00"
    assert poor.get(one).json["price"] is None
    assert poor.get(f"{one}/statistics").json["price"] is None
    path = "/api/analytics/dashboard?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
    assert rich.get(path, headers=kept).json["totals"]["revenue"] == "0.00"
    assert poor.get(path, headers=kept).json["totals"]["revenue"] is None
    assert poor.get("/api/analytics/export?dataset=ads&format=csv").status_code == 403


def test_exports_show_a_key_only_what_its_scopes_show(api: Api) -> None:
    with api.session() as session:
        exports = [
            Export(user_id=api.oscar.id, role="operator", dataset=dataset, format="csv")
            for dataset in ("bots", "subscribers", "ads")
        ]
        session.add_all(exports)
    reader, _ = api.oscar.program(scopes=["read"])
    listed = reader.get("/api/analytics/exports").json["items"]
    assert [export["dataset"] for export in listed] == ["bots"]
    for export in exports[1:]:
        assert reader.get(f"/api/analytics/exports/{export.id}").status_code == 404
        body = {"dataset": export.dataset, "format": "csv"}
        assert reader.post("/api/analytics/exports", body).status_code == 403
    people, _ = api.oscar.program(scopes=["read", "people"])
    assert people.get(f"/api/analytics/exports/{exports[1].id}").status_code == 200


def test_the_last_use_is_shown_with_its_address(api: Api) -> None:
    program, made = api.oscar.program()
    assert made["last_used_at"] is made["last_used_ip"] is None
    for address in ("192.0.2.7", "2001:db8::7"):
        program.get("/api/auth/me", environ_overrides={"REMOTE_ADDR": address})
        (shown,) = api.oscar.get("/api/auth/keys").json["items"]
        assert shown["last_used_ip"] == address
        assert shown["last_used_at"] is not None
    program.get("/api/auth/me", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert api.oscar.get("/api/auth/keys").json["items"] == [shown], "of a minute the first"
    (seen,) = api.alice.get(f"/api/users/{api.oscar.id}/keys").json["items"]
    assert seen == shown, "an admin sees the same"


def test_a_rotated_key_goes_on_for_the_overlap_and_then_ends(api: Api) -> None:
    program, made = api.oscar.program(scopes=["read"], expires_at=None)
    path = f"/api/auth/keys/{made['id']}/rotate"
    answer = api.oscar.post(path, {"overlap_hours": 2})
    assert answer.status_code == 201, answer.text
    new = api.oscar.bearing(answer.json["key"])
    assert {answer.json[name] == made[name] for name in ("name", "role", "scopes")} == {True}
    assert program.get("/api/bots").status_code == new.get("/api/bots").status_code == 200
    old = api.oscar.get("/api/auth/keys").json["items"][1]
    assert old["replaced_by"] == answer.json["id"]
    end = datetime.fromisoformat(old["expires_at"])
    assert end - datetime.now(UTC) < timedelta(hours=2)
    with api.session() as session:
        session.execute(
            sa.update(ApiKey).filter_by(id=made["id"]).values(expires_at=datetime.now(UTC))
        )
    assert program.get("/api/bots").status_code == 401
    assert new.get("/api/bots").status_code == 200
    assert api.oscar.post(path).status_code == 409, "it has been replaced"
    lines = api.alice.get("/api/audit?action=key.rotate").json["items"]
    assert [line["object_id"] for line in lines] == [str(made["id"])]


def test_a_rotation_never_lengthens_a_life_and_may_end_it_at_once(api: Api) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    _, made = api.oscar.program(expires_at=soon)
    api.oscar.post(f"/api/auth/keys/{made['id']}/rotate", {"overlap_hours": 48})
    old = api.oscar.get("/api/auth/keys").json["items"][1]
    assert old["expires_at"] == made["expires_at"]
    program, made = api.oscar.program()
    api.oscar.post(f"/api/auth/keys/{made['id']}/rotate", {"overlap_hours": 0})
    assert program.get("/api/auth/me").status_code == 401
    answer = api.oscar.post(f"/api/auth/keys/{made['id']}/rotate", {"overlap_hours": 721})
    assert wrong_fields(answer) == {"overlap_hours"}


def test_a_key_that_was_revoked_or_is_anothers_is_not_rotated(api: Api) -> None:
    _, made = api.oscar.program()
    path = f"/api/auth/keys/{made['id']}/rotate"
    assert api.olga.post(path).status_code == 404
    assert api.oscar.delete(f"/api/auth/keys/{made['id']}").status_code == 204
    assert api.oscar.post(path).status_code == 404
