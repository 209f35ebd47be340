"""What a bot answers by itself arrives as it was meant: markup as markup, sound as sound."""

import pytest

from tests.support.fleet import FleetRows, Worker
from tests.support.waiting import until, until_equal

LINK = "https://cdn.example/song"


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("mp3", "audio"), ("m4a", "audio"), ("ogg", "voice"), ("oga", "voice"),
        ("mp4", "video"), ("gif", "animation"), ("jpg", "photo"), ("pdf", "document"),
    ],
)  # fmt: skip
def test_a_reply_with_a_medium_arrives_as_that_kind(
    world: FleetRows, worker: Worker, ending: str, kind: str
) -> None:
    reply = {"text": "<b>Listen</b>", "parse_mode": "HTML", "media_url": f"{LINK}.{ending}"}
    bot = world.add_bot(welcome=reply)
    world.start(bot.id)
    person = world.sandbox.add_person(bot.id, 1001, first_name="Ann")
    world.sandbox.write(bot.id, person, "/start")
    until(lambda: world.texts(bot.id, "out"), 20)
    (row,) = world.run("SELECT status, error, message_type FROM messages WHERE direction = 'out'")
    assert (row["status"], row["error"], row["message_type"]) == ("sent", None, kind)
    (message,) = world.sandbox.outbox(bot.id)
    assert kind in message
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("Listen", "bold")


@pytest.mark.parametrize(
    ("mode", "text"), [("HTML", "<b>Hi</b> {first_name}"), ("MarkdownV2", "*Hi* {first_name}")]
)
def test_markup_of_a_reply_is_read_and_of_a_plain_one_is_shown(
    world: FleetRows, worker: Worker, mode: str, text: str
) -> None:
    commands = [
        {"trigger": "rich", "match": "exact", "reply": {"text": text, "parse_mode": mode}},
        {"trigger": "plain", "match": "exact", "reply": {"text": text}},
    ]
    bot = world.add_bot(commands=commands)
    world.start(bot.id)
    person = world.sandbox.add_person(bot.id, 1001, first_name="A<n*")
    for number, trigger in enumerate(("rich", "plain"), 1):
        world.sandbox.write(bot.id, person, trigger)
        until_equal(lambda: len(world.sandbox.outbox(bot.id)), number, 10)
    rich, plain = world.sandbox.outbox(bot.id)
    assert (rich["text"], rich["entities"][0]["type"]) == ("Hi A<n*", "bold")
    assert plain["text"] == text.replace("{first_name}", "A<n*")
    assert "entities" not in plain
