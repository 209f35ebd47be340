"""An ad that went out through somebody else's bots: its owner gets the sums, and nobody's chats."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.ads import add_bot, add_broadcast, add_chats, settle
from tests.support.api import Api, Person

SENT = ("sent", None, None)
SECRET = "Telegram refuses the bot of alice"


class SharedAd:
    """Oscar's ad, sent by the admin through a bot of hers and one of his."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.hers, self.his = add_bot(api, api.alice), add_bot(api, api.oscar)
        self.ad: int = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
        parts = {self.hers: [11, 12], self.his: [21, 22]}
        self.broadcast, ids = add_broadcast(
            api, self.ad, api.alice, parts, message={"text": "x", "links": ["https://a.example"]}
        )
        with api.session() as session:
            for bot, delivery in ids.items():
                session.execute(sa.text(
                    "INSERT INTO clicks (delivery_id, chat_id, link, kind)"
                    " VALUES (:d, :c, 0, 'person')"
                ), {"d": delivery, "c": parts[bot][0]})  # fmt: skip
            session.execute(sa.text(
                "UPDATE bots SET status = 'error', last_error = :e WHERE id = :id"
            ), {"e": SECRET, "id": self.hers})  # fmt: skip
        for delivery in ids.values():
            settle(api, delivery, [SENT])


@pytest.fixture
def world(api: Api) -> SharedAd:
    return SharedAd(api)


def export(person: Person, query: str) -> list[dict[str, Any]]:
    answer = person.get(f"/api/analytics/export?format=json&{query}")
    assert answer.status_code == 200, answer.json
    rows: list[dict[str, Any]] = json.loads(answer.get_data())
    return rows


def test_recipients_of_anothers_bot_are_listed_for_whoever_may_see_that_bot(
    world: SharedAd,
) -> None:
    path = f"/api/ads/{world.ad}/recipients"
    for person, chats in (
        (world.api.oscar, [21, 22]),
        (world.api.alice, [11, 12, 21, 22]),
        (world.api.vera, [11, 12, 21, 22]),
    ):
        assert [row["chat_id"] for row in person.get(path).json["items"]] == chats, person.name
    named = world.api.oscar.get(f"{path}?bot_id={world.hers}").json
    assert named == {"items": [], "next_cursor": None}
    first = world.api.oscar.get(f"{path}?limit=1").json
    rest = world.api.oscar.get(f"{path}?limit=1&cursor={first['next_cursor']}").json
    assert [row["chat_id"] for row in first["items"] + rest["items"]] == [21, 22]


@pytest.mark.parametrize(
    ("dataset", "his", "all_of_them"),
    [
        ("recipients", {21, 22}, {11, 12, 21, 22}),
        ("messages", {21}, {11, 21}),
        ("clicks", {21}, {11, 21}),
    ],
)
def test_no_export_names_a_chat_of_anothers_bot(
    world: SharedAd, dataset: str, his: set[int], all_of_them: set[int]
) -> None:
    for by in (f"ad_id={world.ad}", f"broadcast_id={world.broadcast}"):
        query = f"dataset={dataset}&{by}"
        assert {row["chat_id"] for row in export(world.api.oscar, query)} == his
        assert {row["chat_id"] for row in export(world.api.alice, query)} == all_of_them
    foreign = f"/api/analytics/export?dataset={dataset}&ad_id={world.ad}&bot_id={world.hers}"
    assert world.api.oscar.get(foreign).status_code == 404


def test_clicks_of_everything_are_those_of_own_bots_too(world: SharedAd) -> None:
    assert {row["chat_id"] for row in export(world.api.oscar, "dataset=clicks")} == {21}


def test_the_sums_are_those_of_every_bot_and_say_nothing_of_what_is_wrong_with_it(
    world: SharedAd,
) -> None:
    path = f"/api/ads/{world.ad}/statistics"
    answer = world.api.oscar.get(path)
    assert (answer.json["audience"], answer.json["sent"]) == (4, 2)
    assert [part["bot_id"] for part in answer.json["per_bot"]] == [world.hers, world.his]
    assert [w["reason"] for w in answer.json["waiting"]] == ["the bot is in error"]
    told = [w["reason"] for w in world.api.alice.get(path).json["waiting"]]
    assert told == [f"the bot is in error: {SECRET}"]


def test_a_retry_goes_through_own_bots_alone(world: SharedAd) -> None:
    api = world.api
    with api.session() as session:
        session.execute(sa.text("UPDATE bots SET status = 'running', last_error = NULL"))
        session.execute(sa.text("UPDATE messages SET status = 'failed', message_id = NULL"))
        session.execute(sa.text(
            "UPDATE deliveries SET status = 'cancelled', sent = 0, failed = 1, skipped = 1"
        ))  # fmt: skip
        session.execute(sa.text("UPDATE broadcasts SET status = 'cancelled'"))
        session.execute(sa.text("UPDATE advertisements SET status = 'cancelled'"))
        add_chats(session, world.hers, [11])
        add_chats(session, world.his, [21])
    asked = {"states": ["failed"], "dry_run": True}
    path = f"/api/ads/{world.ad}/retry"
    everybodys = {"broadcast_id": world.broadcast, "retryable": 2, "unreachable": 0}
    assert api.alice.post(path, asked).json == everybodys
    assert api.oscar.post(path, asked).json == everybodys | {"retryable": 1, "unreachable": 1}
    assert api.oscar.post(path, {"states": ["failed"]}).json["retryable"] == 1


def test_nothing_else_of_anothers_bot_is_within_reach(world: SharedAd) -> None:
    for what in ("", "/messages", "/chats", "/logs", "/metrics", "/status", "/commands"):
        assert world.api.oscar.get(f"/api/bots/{world.hers}{what}").status_code == 404, what
    trial = {"bot_id": world.hers, "chat_id": 11}
    assert world.api.oscar.post(f"/api/ads/{world.ad}/test", trial).status_code == 404
