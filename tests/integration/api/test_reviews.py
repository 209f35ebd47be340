"""The queue of reviews, and the history of one ad."""

from typing import Any

from tests.support.api import Api, Person


def hand_in(person: Person, title: str) -> int:
    number: int = person.post("/api/ads/create", {"content": "x", "title": title}).json["id"]
    assert person.post(f"/api/ads/{number}/submit").status_code == 200
    return number


def queue(person: Person, query: str = "") -> Any:
    answer = person.get(f"/api/ads/reviews{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_waits_longest_comes_first_with_its_author_and_time(api: Api) -> None:
    first, second = hand_in(api.adam, "A"), hand_in(api.adam, "B")
    third = hand_in(api.person("anna", "advertiser"), "C")
    api.adam.patch(f"/api/ads/{first}", {"title": "A again"})
    api.adam.post(f"/api/ads/{first}/submit")
    page = queue(api.oscar, "?limit=2")
    assert [ad["id"] for ad in page["items"]] == [second, third]
    assert [ad["submitted_by"] for ad in page["items"]] == ["adam", "anna"]
    assert page["items"][0]["submitted_at"] <= page["items"][1]["submitted_at"]
    rest = queue(api.oscar, f"?limit=2&cursor={page['next_cursor']}")
    assert [ad["title"] for ad in rest["items"]] == ["A again"]
    assert rest["next_cursor"] is None
    api.oscar.post(f"/api/ads/{second}/approve")
    assert [ad["id"] for ad in queue(api.olga)["items"]] == [third, first]
    assert api.adam.get("/api/ads/reviews").status_code == 403


def test_the_history_tells_each_step_and_what_changed_between(api: Api) -> None:
    ad = hand_in(api.adam, "Tea")
    api.oscar.post(f"/api/ads/{ad}/reject", {"note": "Say where."})
    api.adam.patch(f"/api/ads/{ad}", {"content": "Tea at ten", "title": "Tea"})
    api.adam.post(f"/api/ads/{ad}/submit")
    api.olga.post(f"/api/ads/{ad}/approve")
    steps = api.adam.get(f"/api/ads/{ad}/reviews").json["items"]
    assert [(s["step"], s["by"], s["note"], s["changed"]) for s in steps] == [
        ("approve", "olga", None, []),
        ("submit", "adam", None, []),
        ("change", "adam", None, ["content"]),
        ("reject", "oscar", "Say where.", []),
        ("submit", "adam", None, []),
    ]
    assert api.olga.get(f"/api/ads/{ad}/reviews?limit=1").json["items"] == steps[:1]
    assert api.oscar.get(f"/api/ads/{ad}/reviews").status_code == 404
    assert api.person("anna", "advertiser").get(f"/api/ads/{ad}/reviews").status_code == 404
