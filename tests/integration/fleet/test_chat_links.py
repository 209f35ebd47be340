"""A chat that a person links to an account, by a deep link of the platform's bot."""

import json

from crier.jobs import chat_linking
from crier.services import workspace
from crier.services.caller import Caller
from crier.services.people import linked_chats
from tests.support.fleet import FleetRows, Worker
from tests.support.sandbox import SandboxBot
from tests.support.waiting import until, until_equal

ANN = 5551234567
OWNER = Caller(user_id=1, username="o", role="admin")


def started(world: FleetRows) -> SandboxBot:
    """The platform's bot, which runs."""
    world.run("UPDATE users SET role = 'admin' WHERE id = 1")
    bot = world.add_bot(welcome="Welcome")
    with world.sessions.begin() as session:
        workspace.change(session, OWNER, {"platform_bot_id": bot.id})
    world.start(bot.id)
    world.sandbox.add_person(bot.id, ANN, first_name="Ann", username="ann")
    return bot


def code(world: FleetRows) -> str:
    with world.sessions.begin() as session:
        return linked_chats.begin(session, OWNER)[0].partition("?start=")[2]


def work(world: FleetRows, worker: Worker) -> None:
    """Do the job that the session has asked for."""
    jobs = "SELECT * FROM procrastinate_jobs WHERE task_name = 'link_chat' AND status = 'todo'"
    until(lambda: world.run(jobs), 10, "the job")
    (job,) = world.run(jobs)
    told = json.dumps(job["args"]) + job["lock"]
    assert (str(ANN) in told, "mychat_" in told) == (False, False)
    done = chat_linking.link(worker.fleet, world.sessions, **job["args"])
    assert worker.await_(done) is None
    world.run("DELETE FROM procrastinate_jobs WHERE id = %s", job["id"])


def said(world: FleetRows, bot: SandboxBot) -> list[str]:
    return [message["text"] for message in world.sandbox.outbox(bot.id, ANN)]


def test_start_with_a_code_links_the_chat_and_subscribes_to_nothing(
    world: FleetRows, worker: Worker
) -> None:
    bot, link = started(world), code(world)
    world.sandbox.write(bot.id, ANN, f"/start {link}")
    work(world, worker)
    (text,) = said(world, bot)
    assert text.startswith("This chat is linked to the account o.")
    (row,) = world.run("SELECT * FROM linked_chats")
    assert (row["user_id"], row["chat_id"], row["name"]) == (1, ANN, "Ann @ann")
    assert world.texts(bot.id) == ["/start mychat_…"]
    assert world.chat(bot.id, ANN)["source"] is None
    assert world.chats(bot.id) == {ANN: "unsubscribed"}
    (line,) = world.run("SELECT * FROM audit_log WHERE action = 'user.link_chat'")
    assert (line["actor"], line["object_id"]) == ("o", "1")
    message = world.sandbox.outbox(bot.id, ANN)[0]
    data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    world.sandbox.press(bot.id, ANN, message_id=message["message_id"], data=data)
    work(world, worker)
    assert said(world, bot)[-1] == "This chat is linked to no account any more."
    assert world.run("SELECT * FROM linked_chats") == []


def test_a_code_that_is_not_good_is_answered_in_words(world: FleetRows, worker: Worker) -> None:
    bot = started(world)
    world.sandbox.write(bot.id, ANN, f"/start mychat_{'A' * 43}")
    work(world, worker)
    assert "Take a new one" in said(world, bot)[0]
    assert world.run("SELECT * FROM linked_chats") == []


def test_other_payloads_are_sources_as_ever(world: FleetRows, worker: Worker) -> None:
    bot = started(world)
    world.sandbox.write(bot.id, ANN, "/start mychat_summer")
    until_equal(lambda: said(world, bot), ["Welcome"], 10)
    assert world.chat(bot.id, ANN)["source"] == "mychat_summer"
    assert world.chats(bot.id) == {ANN: "active"}
    group = world.sandbox.add_group(bot.id)
    link = code(world)
    world.sandbox.write(bot.id, ANN, f"/start {link}", chat=group)
    until(lambda: len(world.texts(bot.id)) == 2, 10)
    assert link not in str(world.run("SELECT content FROM messages"))
    assert link not in str(world.run("SELECT source FROM subscribers"))
    assert world.run("SELECT * FROM procrastinate_jobs WHERE task_name = 'link_chat'") == []
