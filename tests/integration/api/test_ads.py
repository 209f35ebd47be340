"""Ads: writing, who sees which, reviewing, and what a wrong one is told."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.api import Api, Person, wrong_fields

AD = {"content": "Sale!", "title": "Autumn"}
LISTED = {
    *("id", "user_id", "title", "content", "parse_mode", "media_urls", "buttons", "price"),
    *("currency", "status", "targeting", "created_at", "scheduled_for", "completed_at"),
    "review_note",
}


def create(person: Person, **fields: Any) -> Any:
    answer = person.post("/api/ads/create", {**AD, **fields})
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_new_ad_is_a_draft_with_every_field(api: Api) -> None:
    ad = create(
        api.adam,
        content="<b>Hi</b> {first_name}",
        parse_mode="HTML",
        media_urls=["https://cdn.example.com/a.jpg"],
        buttons=[[{"text": "Go", "url": "https://shop.example.com/"}]],
        price="12.5",
        currency="EUR",
        scheduled_for="2100-01-01T01:00:00+01:00",
        targeting={"languages": ["EN"], "sample_percent": 50},
        priority=3,
    )
    assert set(ad) >= LISTED
    assert ad["status"] == "draft"
    assert ad["user_id"] == api.adam.id
    assert (ad["price"], ad["currency"]) == ("12.50", "EUR")
    assert ad["scheduled_for"] == "2100-01-01T00:00:00Z"
    assert ad["targeting"] == {"languages": ["en"], "sample_percent": 50.0}
    assert (ad["priority"], ad["track_clicks"], ad["disable_notification"]) == (3, True, False)
    assert api.adam.get(f"/api/ads/{ad['id']}").json == ad


def test_an_ad_of_words_alone_has_defaults_for_the_rest(api: Api) -> None:
    ad = create(api.oscar, title=None)
    assert ad["media_urls"] == [] == ad["buttons"]
    assert ad["targeting"] == {}
    assert ad["currency"] == "USD"
    assert [ad[f] for f in ("price", "parse_mode", "scheduled_for", "completed_at")] == [None] * 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": "x" * 4097}, "content"),
        ({"content": "x" * 1025, "media_urls": ["https://a.example.com/a.jpg"]}, "content"),
        ({"content": "<b>x", "parse_mode": "HTML"}, "content"),
        ({"content": "a.b", "parse_mode": "MarkdownV2"}, "content"),
        ({"content": "{first_name}"}, "content"),
        ({"content": "x" * 4090 + "{first_name}"}, "content"),
        ({"content": "nul \0"}, "content"),
        ({"content": '<a href="http://127.0.0.1/">x</a>', "parse_mode": "HTML"}, "content"),
        ({"content": '<a href="127.0.0.1/?n={username}">x</a>', "parse_mode": "HTML"}, "content"),
        ({"content": "[x](https://{username}/)", "parse_mode": "MarkdownV2"}, "content"),
        ({"content": "<a href={username}>x</a>", "parse_mode": "HTML"}, "content"),
        ({"content": '<a href="javascript:alert(1)">x</a>', "parse_mode": "HTML"}, "content"),
        ({"content": "[x](mailto:a@b.example)", "parse_mode": "MarkdownV2"}, "content"),
        ({"content": "<a>x.example@evil.example</a>", "parse_mode": "HTML"}, "content"),
        ({"content": "Go to https://x.example@evil.example/ now"}, "content"),
        ({"buttons": [[{"text": "x", "url": "https://x.example@evil.example/"}]]},
         "buttons.0.0.url"),
        ({"buttons": [[{"text": "x", "url": "https://xn--a.example/"}]]}, "buttons.0.0.url"),
        ({"media_urls": ["https://x.example@evil.example/a.jpg"]}, "media_urls.0"),
        ({"media_urls": ["https://a.example.com/a.heic"]}, "media_urls.0"),
        ({"media_urls": ["http://[::127.0.0.1]/a.jpg"]}, "media_urls.0"),
        ({"parse_mode": "Markdown"}, "parse_mode"),
        ({"media_urls": ["ftp://a.example.com/a.jpg"]}, "media_urls.0"),
        ({"media_urls": ["https://a.example.com/a.docx?x=1"]}, "media_urls.0"),
        ({"media_urls": ["https://a.example.com/a.jpg", "http://10.0.0.1/b.jpg"]}, "media_urls.1"),
        ({"media_urls": ["media:00000000-0000-0000-0000-000000000000"]}, "media_urls.0"),
        ({"media_urls": ["https://a.example.com/1.jpg"] * 11}, "media_urls"),
        ({"media_urls": ["https://a.example.com/a.gif", "https://a.example.com/a.png"]},
         "media_urls"),
        ({"media_urls": ["https://a.example.com/a.jpg"] * 2,
          "buttons": [[{"text": "x", "url": "https://a.example.com"}]]}, "buttons"),
        ({"buttons": [[{"text": "x", "url": "javascript:alert(1)"}]]}, "buttons.0.0.url"),
        ({"buttons": [[{"text": "x", "url": "http://localhost/"}]]}, "buttons.0.0.url"),
        ({"buttons": [[{"text": " ", "url": "https://a.example.com"}]]}, "buttons.0.0.text"),
        ({"buttons": [[{"text": "{first_name}", "url": "https://a.example.com"}]]},
         "buttons.0.0.text"),
        ({"buttons": [[{"text": "x", "url": "https://{username}.example.com"}]]},
         "buttons.0.0.url"),
        ({"buttons": [[{"text": "x"}]]}, "buttons.0.0.url"),
        ({"price": "-1"}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "123456789.00"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e5"}, "price"),
        ({"price": "٥"}, "price"),
        ({"price": "1_0"}, "price"),
        ({"price": " 5 "}, "price"),
        ({"price": 12.5}, "price"),
        ({"scheduled_for": "4102444800"}, "scheduled_for"),
        ({"targeting": {"joined_after": "1700000000000"}}, "targeting.joined_after"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "usd"}, "currency"),
        ({"scheduled_for": "2020-01-01T00:00:00Z"}, "scheduled_for"),
        ({"scheduled_for": "2100-01-01T00:00:00"}, "scheduled_for"),
        ({"targeting": {"sample_percent": 0}}, "targeting.sample_percent"),
        ({"targeting": {"sample_percent": 101}}, "targeting.sample_percent"),
        ({"targeting": {"languages": ["e"]}}, "targeting.languages.0"),
        ({"targeting": {"bot_ids": [2**63]}}, "targeting.bot_ids.0"),
        ({"targeting": {"active_within_days": 0}}, "targeting.active_within_days"),
        ({"targeting": {"planet": "mars"}}, "targeting.planet"),
        ({"priority": 11}, "priority"),
        ({"paid_budget": 5}, "paid_budget"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_by_field(
    api: Api, fields: dict[str, Any], field: str
) -> None:
    answer = api.oscar.post("/api/ads/create", {**AD, **fields})
    assert field in wrong_fields(answer)
    assert answer.mimetype == "application/problem+json"


def test_the_longest_texts_that_telegram_takes_are_taken(api: Api) -> None:
    create(api.oscar, content="<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    create(api.oscar, content="x" * 1024, media_urls=["https://a.example.com/a.png"])
    create(api.oscar, content="", media_urls=["https://a.example.com/a.png"])
    create(api.oscar, content=r"a\.b {first_name}", parse_mode="MarkdownV2")
    create(api.oscar, price="99999999.99")


def test_a_change_touches_what_it_names_and_nothing_else(api: Api) -> None:
    ad = create(api.adam, price="5", buttons=[[{"text": "b", "url": "https://b.example.com"}]])
    answer = api.adam.patch(f"/api/ads/{ad['id']}", {"title": "Winter", "price": None})
    assert answer.status_code == 200
    assert answer.json == {**ad, "title": "Winter", "price": None}
    assert wrong_fields(api.adam.patch(f"/api/ads/{ad['id']}", {"content": None})) == {"content"}
    assert wrong_fields(api.adam.patch(f"/api/ads/{ad['id']}", {"content": ""})) == {"content"}


def test_a_draft_can_be_deleted(api: Api) -> None:
    ad = create(api.adam)
    assert api.adam.delete(f"/api/ads/{ad['id']}").status_code == 204
    assert api.adam.get(f"/api/ads/{ad['id']}").status_code == 404


def test_the_list_is_newest_first_with_filters_and_cursors(api: Api) -> None:
    ids = [create(api.adam, title=f"ad {n}", content=f"words {n}")["id"] for n in range(5)]
    api.adam.post(f"/api/ads/{ids[1]}/submit")
    first = api.adam.get("/api/ads/list?limit=2").json
    assert first is not None
    assert [ad["id"] for ad in first["items"]] == [ids[4], ids[3]]
    second = api.adam.get(f"/api/ads/list?limit=200&cursor={first['next_cursor']}").json
    assert second is not None
    assert [ad["id"] for ad in second["items"]] == [ids[2], ids[1], ids[0]]
    assert second["next_cursor"] is None
    assert [a["id"] for a in api.adam.get("/api/ads/list?status=pending_review").json["items"]] == [
        ids[1]
    ]
    assert [a["id"] for a in api.adam.get("/api/ads/list?q=WORDS 3").json["items"]] == [ids[3]]
    assert api.adam.get("/api/ads/list?q=%25").json["items"] == []
    assert wrong_fields(api.adam.get("/api/ads/list?status=lost")) == {"status"}


def test_a_review_goes_from_advertiser_to_the_operator_who_keeps_the_ad(api: Api) -> None:
    ad = create(api.adam)["id"]
    assert api.oscar.get(f"/api/ads/{ad}").status_code == 404
    assert api.adam.post(f"/api/ads/{ad}/submit").json["status"] == "pending_review"
    for operator in (api.oscar, api.olga):
        assert operator.get(f"/api/ads/{ad}").status_code == 200
        assert [a["id"] for a in operator.get("/api/ads/list").json["items"]] == [ad]
    approved = api.oscar.post(f"/api/ads/{ad}/approve")
    assert (approved.status_code, approved.json["status"]) == (200, "approved")
    assert approved.json["operator_id"] == api.oscar.id
    assert api.oscar.get(f"/api/ads/{ad}").status_code == 200
    assert api.olga.get(f"/api/ads/{ad}").status_code == 404
    assert api.olga.get("/api/ads/list").json["items"] == []
    assert api.oscar.post(f"/api/ads/{ad}/approve").status_code == 409
    assert api.olga.post(f"/api/ads/{ad}/approve").status_code == 409
    assert api.adam.get(f"/api/ads/{ad}").json["status"] == "approved"


def test_a_rejected_ad_says_why_and_editing_makes_it_a_draft_again(api: Api) -> None:
    ad = create(api.adam)["id"]
    api.adam.post(f"/api/ads/{ad}/submit")
    assert wrong_fields(api.oscar.post(f"/api/ads/{ad}/reject", {})) == {"note"}
    rejected = api.oscar.post(f"/api/ads/{ad}/reject", {"note": "too loud"})
    assert (rejected.status_code, rejected.json["status"]) == (200, "rejected")
    assert api.oscar.get(f"/api/ads/{ad}").status_code == 404
    assert api.adam.get(f"/api/ads/{ad}").json["review_note"] == "too loud"
    refused = api.adam.post(f"/api/ads/{ad}/submit")
    assert refused.status_code == 409
    assert "allowed: delete, edit" in refused.json["detail"]
    assert api.adam.patch(f"/api/ads/{ad}", {"content": "psst"}).json["status"] == "draft"
    assert api.adam.post(f"/api/ads/{ad}/submit").status_code == 200


def test_what_was_approved_cannot_be_changed_without_another_review(api: Api) -> None:
    ad = create(api.adam)["id"]
    api.adam.post(f"/api/ads/{ad}/submit")
    api.oscar.post(f"/api/ads/{ad}/approve")
    changed = api.adam.patch(f"/api/ads/{ad}", {"content": "something else"})
    assert (changed.json["status"], changed.json["operator_id"]) == ("draft", None)
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 404


def test_other_peoples_ads_are_not_there_and_roles_are_kept(api: Api) -> None:
    own = create(api.oscar)["id"]
    for stranger in (api.olga, api.adam):
        assert stranger.get(f"/api/ads/{own}").status_code == 404
        assert stranger.patch(f"/api/ads/{own}", {"title": "x"}).status_code == 404
        assert stranger.delete(f"/api/ads/{own}").status_code == 404
        assert stranger.get(f"/api/ads/{own}/statistics").status_code == 404
    api.oscar.post(f"/api/ads/{own}/submit")
    assert api.olga.get(f"/api/ads/{own}").status_code == 404  # no advertiser's
    assert api.vera.get(f"/api/ads/{own}").status_code == 200
    assert api.vera.patch(f"/api/ads/{own}", {"title": "x"}).status_code == 403
    assert api.alice.patch(f"/api/ads/{own}", {"title": "x"}).status_code == 200
    for step in ("approve", "reject", "preview", "test", "broadcast", "pause", "resume", "cancel"):
        assert api.adam.post(f"/api/ads/999/{step}", {}).status_code == 403
    assert api.adam.get("/api/ads/999/recipients").status_code == 403
    assert api.nobody.get("/api/ads/list").status_code == 401
    assert api.oscar.get("/api/ads/9999999999999999999999").status_code == 404


def test_an_operator_cannot_change_what_an_advertiser_wrote(api: Api) -> None:
    ad = create(api.adam)["id"]
    api.adam.post(f"/api/ads/{ad}/submit")
    assert api.oscar.patch(f"/api/ads/{ad}", {"title": "mine"}).status_code == 404
    api.oscar.post(f"/api/ads/{ad}/approve")
    assert api.oscar.delete(f"/api/ads/{ad}").status_code == 404


def test_creating_with_an_idempotency_key_creates_once(api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    first = api.adam.post("/api/ads/create", AD, headers=headers)
    again = api.adam.post("/api/ads/create", AD, headers=headers)
    assert first.status_code == again.status_code == 201
    assert json.loads(first.data) == json.loads(again.data)
    assert len(api.adam.get("/api/ads/list").json["items"]) == 1
    other = api.adam.post("/api/ads/create", {"content": "other"}, headers=headers)
    assert other.status_code == 409


def test_money_is_exact(api: Api) -> None:
    ad = create(api.adam, price="0.10")
    assert Decimal(ad["price"]) == Decimal("0.10")


def test_every_change_is_in_the_audit_log(api: Api) -> None:
    ad = create(api.adam)["id"]
    api.adam.patch(f"/api/ads/{ad}", {"title": "new"})
    api.adam.post(f"/api/ads/{ad}/submit")
    api.oscar.post(f"/api/ads/{ad}/approve")
    entries = api.alice.get(f"/api/audit?object=ad:{ad}").json["items"]
    assert [e["action"] for e in entries] == ["ad.approve", "ad.submit", "ad.change", "ad.create"]
    assert entries[2]["details"] == {"before": {"title": "Autumn"}, "after": {"title": "new"}}


def test_a_reviewer_sees_where_links_lead_and_what_may_deceive(api: Api) -> None:
    content = (
        'Hi <a href="https://Faß.example/x">our shop</a>, https://bare.example/y '
        '<a href="https://evil.example/login">https://bank.example</a> '
        '<a href="tg://user?id=1">me</a>'
    )
    buttons = [[{"text": "Pay", "url": "https://pаypal.example"}]]  # with a Cyrillic а
    fields = {"content": content, "parse_mode": "HTML", "buttons": buttons}
    number = api.adam.post("/api/ads/create", fields).json["id"]
    api.adam.post(f"/api/ads/{number}/submit")
    links = api.oscar.get(f"/api/ads/{number}").json["links"]
    assert [(link["text"], link["host"], link["host_unicode"]) for link in links] == [
        ("our shop", "xn--fa-hia.example", "faß.example"),
        ("https://bank.example", "evil.example", None),
        ("me", None, None),
        ("https://bare.example/y", "bare.example", None),
        ("Pay", "xn--pypal-4ve.example", "pаypal.example"),
    ]
    assert links[0]["url"] == "https://Faß.example/x"
    warnings = [link["warning"] or "" for link in links]
    assert [bool(warning) for warning in warnings] == [False, True, False, False, True]
    assert "bank.example" in warnings[1]
    assert "alphabets" in warnings[4]


def test_links_that_stay_in_telegram_may_be_buttons(api: Api) -> None:
    buttons = [[{"text": "Ask", "url": "tg://resolve?domain=crier_bot"}]]
    answer = api.adam.post("/api/ads/create", {"content": "x", "buttons": buttons})
    assert answer.status_code == 201, answer.json
