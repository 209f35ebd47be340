"""What a person may ask of a bot about their own data, where its owner has switched that on."""

import json
import urllib.request
from typing import Any

import pytest

from crier.jobs import person_data
from crier.services.privacy import erasing
from tests.support import person as people
from tests.support.fleet import FleetRows, Worker
from tests.support.sandbox import SandboxBot
from tests.support.waiting import until, until_equal

ANN = 5551234567
MARKS = ("Annabellissima", "quuxberry", str(ANN))


def started(world: FleetRows, *, on: bool = True, **columns: Any) -> SandboxBot:
    """A running bot that Ann has started and told something."""
    settings = {"privacy_commands": True} if on else {}
    bot = world.add_bot(settings=settings, welcome="Welcome", **columns)
    world.start(bot.id)
    world.sandbox.add_person(bot.id, ANN, first_name="Annabellissima")
    world.sandbox.write(bot.id, ANN, "/start")
    world.sandbox.write(bot.id, ANN, "I like quuxberry pie")
    until_equal(lambda: len(world.texts(bot.id)), 2, 10)
    until_equal(lambda: len(world.texts(bot.id, "out")), 1, 10)
    return bot


def said(world: FleetRows, bot: SandboxBot, number: int) -> dict[str, Any]:
    """The bot's message of that number, once it is there."""
    until(lambda: len(world.sandbox.outbox(bot.id)) >= number, 10)
    return world.sandbox.outbox(bot.id)[number - 1]


def test_without_the_setting_the_commands_are_the_owners(world: FleetRows, worker: Worker) -> None:
    reply = {"text": "our own words"}
    commands = [{"trigger": "/forget", "match": "command", "reply": reply}]
    bot = started(world, on=False, commands=commands)
    for text in ("/mydata", "/privacy", "/forget"):
        world.sandbox.write(bot.id, ANN, text)
    assert said(world, bot, 2)["text"] == "our own words"
    assert world.run("SELECT * FROM privacy_requests") == []
    assert world.run("SELECT * FROM procrastinate_jobs WHERE queue_name = 'jobs'") == []


def test_a_person_gets_everything_as_a_file(world: FleetRows, worker: Worker) -> None:
    bot = started(world)
    world.sandbox.write(bot.id, ANN, "/mydata")
    said(world, bot, 2)
    (job,) = world.run("SELECT * FROM procrastinate_jobs WHERE task_name = 'send_person_data'")
    assert str(ANN) not in json.dumps(job["args"]) + job["lock"] + job["queueing_lock"]
    sent = person_data.send(worker.fleet, world.sessions, **job["args"])
    assert worker.await_(sent) is None
    message = said(world, bot, 3)
    assert message["document"]["file_name"] == "my-data.json"
    file = world.sandbox.call(bot.token, "getFile", file_id=message["document"]["file_id"])[
        "result"
    ]
    url = f"{world.sandbox.url}/file/bot{bot.token}/{file['file_path']}"
    with urllib.request.urlopen(url) as answer:
        found = json.load(answer)
    assert found["chat_id"] == ANN
    assert [row["first_name"] for row in found["data"]["subscribers"]] == ["Annabellissima"]
    assert "I like quuxberry pie" in [row["content"] for row in found["data"]["messages"]]
    assert world.texts(bot.id, "out") == ["Welcome"]
    (line,) = world.run("SELECT * FROM audit_log WHERE action = 'person.export'")
    assert (line["actor"], str(ANN) in line["object_id"]) == ("the person", False)


def test_forget_asks_first_and_then_erases_everywhere(
    world: FleetRows, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, other = started(world), started(world)
    world.sandbox.write(bot.id, ANN, "/forget")
    question = said(world, bot, 2)
    assert "cannot be undone" in question["text"]
    assert world.run("SELECT * FROM privacy_requests") == []
    world.sandbox.press(bot.id, ANN, message_id=question["message_id"], data="crier:forget")
    assert "erased" in said(world, bot, 3)["text"]
    assert world.chats(bot.id) == world.chats(other.id) == {ANN: "unsubscribed"}
    erasing.work_off(world.sessions, world.vault)
    dumped = people.dump(world.database_url)
    assert [mark for mark in MARKS if mark in dumped] == []
    (line,) = world.run("SELECT * FROM audit_log WHERE action = 'person.erase'")
    assert line["actor"] == "the person"
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: world.chats(bot.id).get(ANN) == "active", 10)
    monkeypatch.setattr(erasing, "SETTLED", erasing.SETTLED * 0)
    world.run("UPDATE privacy_requests SET due_at = now()")
    erasing.work_off(world.sessions, world.vault)
    assert world.chats(bot.id)[ANN] == "active"


def test_in_a_group_nobody_can_ask(world: FleetRows, worker: Worker) -> None:
    bot = started(world)
    group = world.sandbox.add_group(bot.id)
    world.sandbox.write(bot.id, ANN, "/forget", chat=group)
    world.sandbox.write(bot.id, ANN, "bye")
    until(lambda: "bye" in world.texts(bot.id), 10)
    assert len(world.sandbox.outbox(bot.id)) == 1


def test_the_menu_names_the_commands_and_an_own_text_about_privacy_is_kept(
    world: FleetRows, worker: Worker
) -> None:
    reply = {"text": "our own notice"}
    bot = started(world, commands=[{"trigger": "/privacy", "match": "command", "reply": reply}])
    until(lambda: (world.bot(bot.id)["menu"] or "").find("mydata") > 0, 10)
    world.sandbox.write(bot.id, ANN, "/privacy")
    assert said(world, bot, 2)["text"] == "our own notice"
