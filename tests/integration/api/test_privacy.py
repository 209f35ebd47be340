"""Erasing people and bots: what goes, what stays, and that nothing is half gone."""

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.services.privacy import erasing, owners
from crier.services.system import commands
from tests.support import person as people
from tests.support.ads import add_chats
from tests.support.api import Api
from tests.support.person import CHAT, OTHER, World


@pytest.fixture
def world(api: Api) -> World:
    return people.make_world(api)


def scalar(api: Api, text: str) -> object:
    with api.session() as session:
        return session.scalar(sa.text(text))


def test_an_export_holds_everything_of_the_own_bots_and_nothing_of_others(
    api: Api, world: World
) -> None:
    found = api.oscar.post("/api/people/export", {"chat_id": CHAT}).json["data"]
    assert {row["bot_id"] for row in found["subscribers"]} == set(world.bots)
    assert {(row["first_name"], row["source"]) for row in found["subscribers"]} == {
        (people.NAME, people.SOURCE)
    }
    assert [row["content"] for row in found["messages"] if row["direction"] == "in"] == [
        people.TEXT
    ] * 2
    assert {row["ad_text"] for row in found["messages"] if row["direction"] == "out"} == {"buy"}
    assert len(found["clicks"]) == 4
    assert {row["url"] for row in found["clicks"]} == {"https://shop.example/"}
    assert len(found["first_clicks"]) == len(found["audience_pages"]) == 2
    assert [row["reason"] for row in found["status_changes"]] == ["blocked", "returned"] * 2
    assert found["webhook_updates"][0]["body"]["message"]["text"] == people.TEXT
    assert str(OTHER) not in json.dumps(found)
    admins = api.alice.post("/api/people/export", {"chat_id": CHAT}).json["data"]
    assert len(admins["subscribers"]) == 3
    line = api.alice.get("/api/audit?action=person.export").json["items"][0]
    assert str(CHAT) not in json.dumps(line)
    assert line["details"]["clicks"] == 4


def test_an_erasure_takes_the_person_and_leaves_every_sum(
    api: Api, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rows = people.sums(api, world), people.row_counts(api)
    assert people.marks_in(people.dump(database_url))
    answer = api.alice.post("/api/people/erase", {"chat_id": CHAT})
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    people.carry_out(api)
    assert people.marks_in(people.dump(database_url)) == []
    found = api.alice.get(f"/api/erasures/{answer.json['id']}").json
    assert (found["state"], found["step"]) == ("running", "settling")
    assert (people.sums(api, world), people.row_counts(api)) == (before, rows)
    monkeypatch.setattr(erasing, "SETTLED", erasing.SETTLED * 0)
    people.settle_requests(api)
    people.carry_out(api)
    found = api.alice.get(f"/api/erasures/{answer.json['id']}").json
    assert (found["state"], found["rows"] > 10) == ("done", True)
    assert scalar(api, "SELECT salt FROM privacy_requests") is None
    assert (people.sums(api, world), people.row_counts(api)) == (before, rows)
    assert not any(api.alice.post("/api/people/export", {"chat_id": CHAT}).json["data"][name] for
                   name in ("subscribers", "messages", "clicks", "audience_pages"))  # fmt: skip


def test_an_operator_erases_from_own_bots_only(api: Api, world: World) -> None:
    api.oscar.post("/api/people/erase", {"chat_id": CHAT})
    people.carry_out(api)
    assert scalar(api, f"SELECT array_agg(bot_id) FROM subscribers WHERE chat_id = {CHAT}") == [
        world.olgas
    ]
    assert api.olga.get("/api/erasures").json["items"] == []
    assert len(api.oscar.get("/api/erasures").json["items"]) == 1


def test_from_the_answer_on_the_person_gets_nothing_until_they_start_again(
    api: Api, world: World
) -> None:
    api.oscar.post("/api/people/erase", {"chat_id": CHAT})
    status = f"SELECT DISTINCT status FROM subscribers WHERE chat_id = {CHAT} AND bot_id < 3"
    assert scalar(api, status) == "unsubscribed"
    people.carry_out(api)
    path = f"/api/bots/{world.bots[0]}/chats/import"
    answer = api.oscar.post(path, {"chat_ids": [CHAT, 42]}).json
    assert answer["accepted"] == 1
    assert "erased" in answer["rejected"][0]["reason"]
    with api.session() as session:  # as after a /start
        add_chats(session, world.bots[0], [CHAT])
    people.settle_requests(api)
    people.carry_out(api)
    assert scalar(api, status) == "active"
    assert api.oscar.post(path, {"chat_ids": [CHAT]}).json["rejected_total"] == 0


def test_a_link_that_an_erased_person_kept_counts_and_stores_nobody(
    api: Api, world: World, database_url: str
) -> None:
    api.alice.post("/api/people/erase", {"chat_id": CHAT})
    people.carry_out(api)
    people.click(api, world.deliveries, CHAT)
    statistics = api.oscar.get(f"/api/ads/{world.ad}/statistics").json
    assert (statistics["clicks"], statistics["unique_clicks"]) == (6, 4)
    assert str(CHAT) not in people.dump(database_url)


def test_a_deleted_bot_is_gone_at_once_and_its_rows_after_it(
    api: Api, world: World, database_url: str
) -> None:
    bot = world.bots[0]
    api.oscar.patch(f"/api/bots/{bot}", {"welcome": "hullabaloo welcome"})
    told = api.oscar.get(f"/api/bots/{bot}/deletion").json
    assert told["goes"] == {
        "chats": 8, "messages": 4, "clicks": 4, "pending_recipients": 1, "schedules": 0,
    }  # fmt: skip
    assert told["stays"] == {"broadcasts": 1, "sent": 1, "clicks": 2}
    before = people.sums(api, world)
    assert api.oscar.delete(f"/api/bots/{bot}").status_code == 204
    assert api.oscar.get(f"/api/bots/{bot}").status_code == 404
    erasure = api.oscar.get("/api/erasures").json["items"][0]
    assert (erasure["kind"], erasure["bot_id"], erasure["state"]) == ("bot", bot, "waiting")
    people.carry_out(api)
    assert api.oscar.get(f"/api/erasures/{erasure['id']}").json["state"] == "done"
    for table in ("subscribers", "messages", "webhook_updates", "bot_files"):
        assert scalar(api, f"SELECT count(*) FROM {table} WHERE bot_id = {bot}") == 0
    delivery = world.deliveries[bot]
    for table in ("audience_pages", "clicks", "first_clicks"):
        assert scalar(api, f"SELECT count(*) FROM {table} WHERE delivery_id = {delivery}") == 0
    assert "hullabaloo" not in people.dump(database_url)
    after = people.sums(api, world)
    for name in ("clicks", "unique_clicks", "sent", "blocked", "audience", "price", "timeline"):
        assert after["statistics"][name] == before["statistics"][name]
    assert after["statistics"]["skipped"] == 1
    assert after["counters"] == before["counters"]
    assert after["revenue"] == before["revenue"]


def test_an_erasure_goes_on_where_it_was_killed(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 3)
    bot = world.bots[0]
    api.oscar.delete(f"/api/bots/{bot}")
    pieces = 0
    while True:
        with api.session() as session:  # killed in the middle of a piece: nothing of it is left
            erasing.work(session, api.deps.vault)
            session.rollback()
        with api.session() as session:
            if not erasing.work(session, api.deps.vault):
                break
        pieces += 1
    assert pieces > 4
    found = api.oscar.get("/api/erasures").json["items"][0]
    assert (found["state"], found["rows"]) == ("done", 8 + 4 + 4 + 2 + 1 + 1 + 2)


def test_a_bot_with_an_open_delivery_is_erased_once_that_is_closed(api: Api, world: World) -> None:
    bot = world.bots[0]
    with api.session() as session:
        session.execute(sa.text(f"UPDATE deliveries SET claimed = 3 WHERE bot_id = {bot}"))
    api.oscar.delete(f"/api/bots/{bot}")
    people.carry_out(api)
    found = api.oscar.get("/api/erasures").json["items"][0]
    assert (found["state"], found["step"], found["rows"]) == ("running", "deliveries", 0)


def test_a_schedule_of_the_deleted_bot_alone_is_cancelled(api: Api, world: World) -> None:
    schedules = []
    for bots in (world.bots[:1], world.bots):
        ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
        body = {"bot_ids": list(bots), "scheduled_for": "2090-01-01T00:00:00Z"}
        assert api.oscar.post(f"/api/ads/{ad}/broadcast", body).status_code == 202
        schedules.append(ad)
    assert api.oscar.get(f"/api/bots/{world.bots[0]}/deletion").json["goes"]["schedules"] == 1
    api.oscar.delete(f"/api/bots/{world.bots[0]}")
    states = [api.oscar.get(f"/api/ads/{ad}").json["status"] for ad in schedules]
    assert states == ["cancelled", "scheduled"]


def test_a_person_is_exported_and_erased_on_the_command_line(
    api: Api, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
    run = CliRunner().invoke(commands.people, ["export", str(CHAT)], catch_exceptions=False)
    assert len(json.loads(run.output)["data"]["subscribers"]) == 3
    run = CliRunner().invoke(commands.people, ["erase", str(CHAT)], input="n\n")
    assert run.exit_code == 1
    assert people.marks_in(people.dump(database_url))
    run = CliRunner().invoke(commands.people, ["erase", str(CHAT), "--yes"], catch_exceptions=False)
    assert run.output.startswith("erased, ")
    assert people.marks_in(people.dump(database_url)) == []


def test_what_goes_with_an_account_is_said_before(api: Api, world: World) -> None:
    api.oscar.post("/api/ads/create", {"content": "never sent"})
    told = api.alice.get(f"/api/users/{api.oscar.id}/deletion").json
    assert (told["bots"], told["drafts"], told["ads"]) == (2, 1, 1)
    assert (told["goes"]["chats"], told["goes"]["pending_recipients"]) == (16, 2)
    assert told["stays"] == {"broadcasts": 1, "sent": 2, "clicks": 4}
    assert api.alice.get("/api/users/999/deletion").status_code == 404


def test_with_an_account_go_its_bots_and_drafts_and_nobody_elses(
    api: Api, world: World, database_url: str
) -> None:
    api.oscar.post("/api/ads/create", {"content": "gibberish draft"})
    before = people.sums(api, world)
    with api.session() as session:
        lines = owners.erase(session, "alice", [api.oscar.id], "user", api.oscar.id)
    assert sorted(line.action for line in lines) == [
        "bot.delete",
        "bot.delete",
        "user.erase_drafts",
    ]
    assert api.oscar.get("/api/bots").json["items"] == []
    people.carry_out(api)
    assert "gibberish" not in people.dump(database_url)
    assert scalar(api, "SELECT array_agg(DISTINCT bot_id) FROM subscribers") == [world.olgas]
    after = people.sums(api, world)
    assert (after["counters"], after["revenue"]) == (before["counters"], before["revenue"])
    assert after["statistics"]["sent"] == before["statistics"]["sent"]


def test_files_of_exports_that_may_name_the_person_end_with_the_erasure(
    api: Api, world: World
) -> None:
    columns = "user_id, role, dataset, format, status, rows_total, file_id, file_name, sha256"
    row = "'operator', '{}', 'csv', 'finished', 1, gen_random_uuid(), 'x', 'x', now(), now() + '9h'"
    with api.session() as session:
        for owner, dataset in ((api.oscar, "clicks"), (api.oscar, "revenue"), (api.olga, "clicks")):
            values = f"{owner.id}, {row.format(dataset)}"
            session.execute(
                sa.text(
                    f"INSERT INTO exports ({columns}, finished_at, expires_at) VALUES ({values})"
                )
            )
    api.oscar.post("/api/people/erase", {"chat_id": CHAT})
    people.carry_out(api)
    assert scalar(api, "SELECT array_agg(id) FROM exports WHERE expires_at <= now()") == [1]
