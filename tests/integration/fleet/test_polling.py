"""What people do reaches the tables, once and in order, and is answered."""

import itertools
import time
from typing import Any

import pytest

from tests.support.fleet import FleetRows, Worker
from tests.support.sandbox import SandboxBot
from tests.support.waiting import until

ANN, BOB = 1001, 1002
REPLY: dict[str, Any] = {
    "text": "Help for {first_name}",
    "parse_mode": None,
    "media_url": None,
    "buttons": [],
}


@pytest.fixture
def bot(world: FleetRows, worker: Worker) -> SandboxBot:
    """A bot that runs and knows Ann and Bob."""
    commands = [
        {"trigger": "/help", "match": "command", "reply": REPLY},
        {"trigger": "price list", "match": "exact", "reply": REPLY | {"text": "exactly"}},
        {"trigger": "price", "match": "contains", "reply": REPLY | {"text": "contains"}},
    ]
    welcome = {"text": "Hi <b>{first_name}</b>", "parse_mode": "HTML"}
    added = world.add_bot(commands=commands, welcome=welcome)
    world.start(added.id)
    people = [(ANN, "A<nn", "ann"), (BOB, "Bob", None)]
    for person, first_name, username in people:
        world.sandbox.add_person(added.id, person, first_name=first_name, username=username or "")
    return added


def sent(world: FleetRows, bot: SandboxBot, chat: int = 0) -> list[str]:
    return [message.get("text", "") for message in world.sandbox.outbox(bot.id, chat)]


def test_start_subscribes_and_stop_unsubscribes(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.write(bot.id, ANN, "/start promo_7")
    until(lambda: world.chats(bot.id) == {ANN: "active"}, 5)
    row = world.chat(bot.id, ANN)
    assert (row["source"], row["first_name"], row["username"]) == ("promo_7", "A<nn", "ann")
    joined = row["joined_at"]
    world.sandbox.write(bot.id, ANN, "/stop")
    until(lambda: world.chats(bot.id) == {ANN: "unsubscribed"}, 5)
    world.sandbox.write(bot.id, ANN, "/start again")
    until(lambda: world.chats(bot.id) == {ANN: "active"}, 5)
    row = world.chat(bot.id, ANN)
    assert (row["joined_at"], row["source"]) == (joined, "promo_7")
    assert world.texts(bot.id) == ["/start promo_7", "/stop", "/start again"]
    counters = world.run("SELECT * FROM bot_counters WHERE bot_id = %s", bot.id)[0]
    assert (counters["subscribers"], counters["unsubscribed"]) == (1, 0)
    assert world.value("SELECT sum(messages_in) FROM bot_minutes WHERE bot_id = %s", bot.id) == 3


def test_a_person_that_only_wrote_is_unsubscribed(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.write(bot.id, ANN, "hello?")
    until(lambda: world.chats(bot.id) == {ANN: "unsubscribed"}, 5)
    world.sandbox.block(bot.id, ANN)
    until(lambda: world.chats(bot.id) == {ANN: "blocked"}, 5)
    world.sandbox.unblock(bot.id, ANN)
    until(lambda: world.chats(bot.id) == {ANN: "unsubscribed"}, 5)
    assert world.chat(bot.id, ANN)["opted_out"] is None, "an import may make them active"
    world.sandbox.write(bot.id, ANN, "/stop")
    until(lambda: world.chat(bot.id, ANN)["opted_out"] is True, 5)


def test_blocking_and_unblocking_come_back_to_what_the_person_wanted(
    world: FleetRows, bot: SandboxBot
) -> None:
    for person, text in ((ANN, "/start"), (BOB, "/stop")):
        world.sandbox.write(bot.id, person, text)
        world.sandbox.block(bot.id, person)
    until(lambda: world.chats(bot.id) == {ANN: "blocked", BOB: "blocked"}, 5)
    world.sandbox.unblock(bot.id, ANN, BOB)
    until(lambda: world.chats(bot.id) == {ANN: "active", BOB: "unsubscribed"}, 5)


def test_a_group_counts_while_the_bot_is_in_it(world: FleetRows, bot: SandboxBot) -> None:
    group = world.sandbox.add_group(bot.id, "Chat")
    until(lambda: world.chats(bot.id) == {group: "active"}, 5)
    assert world.chat(bot.id, group)["title"] == "Chat"
    world.sandbox.set_status(bot.id, "kicked", group)
    until(lambda: world.chats(bot.id) == {group: "gone"}, 5)


def test_a_migrated_group_goes_on_under_its_new_id(world: FleetRows, bot: SandboxBot) -> None:
    group = world.sandbox.add_group(bot.id, "Chat", type="group")
    until(lambda: world.chats(bot.id) == {group: "active"}, 5)
    joined = world.chat(bot.id, group)["joined_at"]
    new = world.sandbox.migrate(bot.id, group)
    until(lambda: world.chats(bot.id) == {group: "gone", new: "active"}, 5)
    assert world.chat(bot.id, group)["migrated_to"] == new
    assert world.chat(bot.id, new)["joined_at"] == joined


def test_welcome_and_commands_are_answered_and_recorded(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.set_limits(chat_rate=1000, chat_burst=1000)
    for text in ("/start", "/HELP@" + bot.username, "Price List", "the price?", "/other"):
        world.sandbox.write(bot.id, ANN, text)
    expected = ["Hi A<nn", "Help for A<nn", "exactly", "contains"]
    until(lambda: sent(world, bot, ANN) == expected, 15)
    until(lambda: len(world.texts(bot.id, "out")) == 4, 5)
    assert world.texts(bot.id, "out")[0] == "Hi <b>A&lt;nn</b>"
    rows = world.run("SELECT status, message_id FROM messages WHERE direction = 'out'")
    assert {row["status"] for row in rows} == {"sent"}
    assert all(row["message_id"] for row in rows)


def test_a_press_is_acknowledged_and_answered_like_a_text(
    world: FleetRows, bot: SandboxBot
) -> None:
    buttons = [[{"text": "Prices", "callback_data": "price list"}]]
    world.change(bot.id, welcome={"text": "Choose", "buttons": buttons})
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: sent(world, bot, ANN) == ["Choose"], 5)
    message = world.sandbox.outbox(bot.id, ANN)[0]["message_id"]
    world.sandbox.press(bot.id, ANN, message_id=message, data="price list")
    until(lambda: sent(world, bot, ANN) == ["Choose", "exactly"], 5)
    assert world.sandbox.bot(bot.id)["methods"]["answercallbackquery"] == 1
    assert world.texts(bot.id) == ["/start"], "a press is no message"


def test_a_chat_is_answered_in_order_and_chats_do_not_wait_for_each_other(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.change(
        bot.id,
        commands=[
            {"trigger": f"/n{n}", "match": "command", "reply": {"text": f"{n}"}} for n in range(4)
        ],
    )
    until(lambda: len(world.sandbox.bot(bot.id)["commands"]) > 0, 5)
    for n in range(4):
        world.sandbox.write(bot.id, ANN, f"/n{n}")
    world.sandbox.write(bot.id, BOB, "/n1")
    until(lambda: sent(world, bot, BOB) == ["1"], 2)
    assert len(sent(world, bot, ANN)) < 4, "one chat gets a message a second"
    until(lambda: sent(world, bot, ANN) == ["0", "1", "2", "3"], 10)


def test_the_menu_is_kept_in_step_and_told_only_when_it_changes(
    world: FleetRows, bot: SandboxBot
) -> None:
    def told() -> int:
        return int(dict(world.sandbox.bot(bot.id)["methods"]).get("setmycommands", 0))

    until(lambda: told() == 1, 5)
    assert "help" in str(world.sandbox.bot(bot.id)["commands"])
    world.change(bot.id, welcome="Hello")
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: sent(world, bot) == ["Hello"], 5)
    assert told() == 1
    world.change(bot.id, commands=[])
    until(lambda: told() == 2, 5)


def test_a_changed_welcome_is_used_without_a_restart(world: FleetRows, bot: SandboxBot) -> None:
    before = world.bot(bot.id)
    world.change(bot.id, welcome="Other")
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: sent(world, bot) == ["Other"], 5)
    after = world.bot(bot.id)
    assert (after["status"], after["instance_id"]) == ("running", before["instance_id"])


def test_a_reply_to_a_person_that_blocked_the_bot_is_recorded_as_blocked(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.sandbox.add_fault(
        "error", methods=["sendMessage"], status=403,
        description="Forbidden: bot was blocked by the user",
    )  # fmt: skip
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: world.chats(bot.id) == {ANN: "blocked"}, 5)
    row = world.run("SELECT status, error_code FROM messages WHERE direction = 'out'")[0]
    assert (row["status"], row["error_code"]) == ("blocked", 403)


def test_a_flood_wait_is_kept_and_then_the_reply_goes_out_once(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.sandbox.add_fault("flood", methods=["sendMessage"], count=1, retry_after=1)
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: len(sent(world, bot)) == 1, 8)
    until(lambda: world.texts(bot.id, "out"), 5)
    assert world.sandbox.chat(bot.id, ANN)["accepted"] == 1
    assert world.bot(bot.id)["flood_until"] is not None


def test_a_reply_goes_out_although_a_paid_broadcast_uses_all_of_the_free_rate(
    world: FleetRows, worker: Worker, bot: SandboxBot
) -> None:
    slow = {"bot_rate": 0.01, "bot_burst": 1}
    world.sandbox.change_bot(bot.id, stars=100, limits=slow)
    world.sandbox.call(bot.token, "sendMessage", chat_id=ANN, text="uses it up")
    pacer = worker.call(lambda: worker.fleet.limiters.of(bot.id)).pacer
    worker.call(lambda: pacer.allow_paid(5, time.monotonic()))
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: world.texts(bot.id, "out"), 5)
    assert (world.sandbox.totals(bot.id)["paid"], pacer.paid_left) == (1, 4)


NASTY: list[dict[str, Any]] = [
    {"kind": "message", "payload": {"message_id": 1}},
    {"kind": "message", "payload": 7},
    {"kind": "message", "payload": {"message_id": 2**70, "date": 1, "chat": {"id": 1}}},
    {"kind": "no_such_kind", "payload": {"deep": [[[]]]}},
    {
        "kind": "message",
        "payload": {
            "message_id": 1, "date": 1, "text": "zero \x00 and lone",
            "chat": {"id": 2**52, "type": "private"},
            "from": {"id": 2**52, "first_name": "\x00", "is_bot": False},
        },
    },
    {"kind": "my_chat_member", "payload": {"chat": {}}},
    {"kind": "callback_query", "payload": {"id": "x"}},
    {
        "kind": "message",
        "payload": {
            "message_id": 5, "date": 253_402_300_799, "chat": {"id": -5, "type": "galaxy"},
            "text": "from the future",
        },
    },
]  # fmt: skip


def test_malformed_updates_are_stepped_over(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.push_updates(bot.id, *NASTY)
    world.sandbox.write(bot.id, ANN, "after all that")
    until(lambda: world.texts(bot.id)[-1:] == ["after all that"], 10)
    assert world.texts(bot.id)[0].startswith("zero  and ")
    assert any("could not be understood" in line for line in world.logs(bot.id))
    assert world.bot(bot.id)["status"] == "running"


def test_a_thousand_messages_are_recorded_once_each(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.add_people(bot.id, 50)
    assert world.sandbox.write_many(bot.id, 1000) == 1000
    until(lambda: len(world.texts(bot.id)) >= 1000, 20)
    texts = world.texts(bot.id)
    assert sorted(texts) == sorted(f"message {n}" for n in itertools.islice(_numbers(texts), 1000))
    assert len(set(texts)) == 1000


def _numbers(texts: list[str]) -> list[int]:
    return sorted(int(text.split()[1]) for text in texts)
