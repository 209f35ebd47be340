"""Saved views: one's own, replaced by name, forgotten, bounded, gone with the account."""

import sqlalchemy as sa

from tests.support.api import Api, wrong_fields

PATH = "/api/auth/views"
ERRORS = {"page": "bots", "name": "In error", "search": "status=error&sort=name"}


def test_views_are_ones_own_and_go_with_the_account(api: Api) -> None:
    saved = api.oscar.put(PATH, ERRORS)
    assert saved.status_code == 200
    assert [view | {"saved_at": None} for view in saved.json["items"]] == [
        ERRORS | {"saved_at": None}
    ]
    assert api.olga.get(PATH).json == {"items": []}
    api.oscar.put(PATH, ERRORS | {"search": "q=city"})
    api.oscar.put(PATH, ERRORS | {"page": "ads"})
    found = api.oscar.get(PATH).json["items"]
    assert [(view["page"], view["search"]) for view in found] == [
        ("ads", ERRORS["search"]),
        ("bots", "q=city"),
    ]
    left = api.oscar.put(PATH, ERRORS | {"search": None}).json["items"]
    assert [view["page"] for view in left] == ["ads"]
    assert kept(api) == 1
    assert api.alice.delete(f"/api/users/{api.oscar.id}").status_code == 204
    assert kept(api) == 0


def kept(api: Api) -> int:
    with api.session() as session:
        return int(session.scalar(sa.text("SELECT count(*) FROM saved_views")) or 0)


def test_what_is_too_short_is_told_in_characters(api: Api) -> None:
    answer = api.vera.put(PATH, ERRORS | {"name": ""})
    assert answer.json["errors"] == [
        {"field": "name", "message": "String should have at least 1 character"}
    ]


def test_what_does_not_fit_is_refused(api: Api) -> None:
    assert wrong_fields(api.vera.put(PATH, ERRORS | {"page": "people"})) == {"page"}
    assert wrong_fields(api.vera.put(PATH, ERRORS | {"name": "  "})) == {"name"}
    for number in range(50):
        assert api.vera.put(PATH, ERRORS | {"name": str(number)}).status_code == 200
    assert api.vera.put(PATH, ERRORS | {"name": "more"}).status_code == 409
    assert api.vera.put(PATH, ERRORS | {"name": "7", "search": ""}).status_code == 200
    assert api.vera.put(PATH, ERRORS | {"page": "logs"}).status_code == 200
