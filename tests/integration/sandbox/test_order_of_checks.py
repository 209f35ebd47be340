"""What is wrong first is said first: each method checks in the real server's order."""

import http.client
from itertools import accumulate
from typing import Any

import pytest

from tests.support.sandbox import Json, Sandbox, SandboxBot

PERSON = 1_000_000_001
RIGHT: Json = {"chat_id": PERSON, "text": "x"}
CAPTIONED = ["photo", "video", "animation", "document", "audio", "voice"]


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 1, first_id=PERSON)
    return made


Step = tuple[dict[str, Any], str]
"""Arguments that are wrong, and what is said of them."""

REPLY: Step = ({"reply_parameters": "["}, "can't parse reply parameters JSON object")
KEYBOARD: Step = ({"reply_markup": "["}, "can't parse reply keyboard markup JSON object")
CHAT: Step = ({"chat_id": 5}, "chat not found")
ANSWERED: Step = ({"reply_to_message_id": 77}, "message to be replied not found")
MARKUP: Step = (
    {"parse_mode": "HTML"},
    "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
)


def check_order(sandbox: Sandbox, bot: SandboxBot, method: str, right: Json, *steps: Step) -> None:
    """With everything wrong the first step speaks; with that one right the next, and so on."""
    wrong = [arguments for arguments, _ in steps]
    rests = [*accumulate(reversed(wrong), lambda later, one: later | one)][::-1]
    said = [sandbox.call(bot.token, method, **right | rest)["description"] for rest in rests]
    assert said == [f"Bad Request: {words}" for _, words in steps]


def test_the_order_of_send_message(sandbox: Sandbox, bot: SandboxBot) -> None:
    check_order(
        sandbox, bot, "sendMessage", RIGHT,
        ({"link_preview_options": "["}, "can't parse link preview options JSON object"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b>" + "x" * 5000} | MARKUP[0], MARKUP[1]),
        ({"parse_mode": "", "entities": [{"offset": 0}]},
         "can't parse MessageEntity: Can't find field \"length\""),
        ({"entities": [], **REPLY[0]}, REPLY[1]),
        KEYBOARD, CHAT,
        ({"text": "x" * 5000, "reply_parameters": {"message_id": 77}}, ANSWERED[1]),
        ({"text": "x" * 5000}, "message is too long"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", CAPTIONED)
def test_the_order_of_captioned_media(sandbox: Sandbox, bot: SandboxBot, kind: str) -> None:
    check_order(
        sandbox, bot, f"send{kind}", {"chat_id": PERSON, kind: "nonsense"},
        ({kind: ""}, f"there is no {kind} in the request"),
        ({kind: "nonsense", "caption": "<b>"} | MARKUP[0], MARKUP[1]),
        ({"caption": "x" * 2000} | REPLY[0], REPLY[1]),
        KEYBOARD, CHAT, ANSWERED,
        ({"caption": "x" * 2000}, "wrong remote file identifier specified: "
         "can't unserialize it. Wrong last symbol"),
    )  # fmt: skip


def test_the_order_of_other_messages(sandbox: Sandbox, bot: SandboxBot) -> None:
    place = {"chat_id": PERSON, "latitude": 1, "longitude": 1}
    latitude = ({"latitude": ""}, "latitude is empty")
    steps = latitude, REPLY, KEYBOARD, CHAT, ANSWERED
    check_order(sandbox, bot, "sendLocation", place, *steps)
    poll = {"chat_id": PERSON, "question": "?", "options": ["a", "b"]}
    question = ({"question": "<b>", "question_parse_mode": "HTML"}, MARKUP[1])
    check_order(sandbox, bot, "sendPoll", poll, question, REPLY, KEYBOARD, CHAT, ANSWERED)


def test_the_order_of_copies_and_forwards(sandbox: Sandbox, bot: SandboxBot) -> None:
    sent = sandbox.call(bot.token, "sendMessage", **RIGHT)["result"]["message_id"]
    source = {"chat_id": PERSON, "from_chat_id": PERSON, "message_id": sent}
    for word in ("copy", "forward"):
        check_order(
            sandbox, bot, f"{word}Message", source,
            ({"from_chat_id": ""}, 'parameter "from_chat_id" is required'),
            ({"from_chat_id": PERSON, "message_id": 999}, f"message to {word} not found"),
            REPLY, CHAT, ANSWERED,
        )  # fmt: skip


def test_the_order_of_edits(sandbox: Sandbox, bot: SandboxBot) -> None:
    sent = sandbox.call(bot.token, "sendMessage", **RIGHT)["result"]["message_id"]
    message = {"chat_id": PERSON, "message_id": sent, "text": "y"}
    check_order(
        sandbox, bot, "editMessageText", message,
        ({"link_preview_options": "["}, "can't parse link preview options JSON object"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b>"} | MARKUP[0], MARKUP[1]),
        ({"text": "y" * 5000} | KEYBOARD[0], KEYBOARD[1]),
        CHAT,
        ({"message_id": 999}, "message to edit not found"),
        ({"text": "y" * 5000}, "message is too long"),
    )  # fmt: skip
    check_order(
        sandbox, bot, "editMessageCaption", message,
        KEYBOARD,
        ({"caption": "<b>"} | MARKUP[0], MARKUP[1]),
        ({"caption": "x" * 2000}, "there is no caption in the message to edit"),
    )  # fmt: skip


def test_the_order_of_albums(sandbox: Sandbox, bot: SandboxBot) -> None:
    check_order(
        sandbox, bot, "sendMediaGroup", {"chat_id": PERSON, "media": []},
        REPLY,
        ({"media": ""}, 'parameter "media" is required'),
        ({"media": []} | CHAT[0], CHAT[1]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "words", "elsewhere"),
    [
        (
            {"offset": 0},
            "can't parse InputMedia: Can't parse MessageEntity: Can't find field \"length\"",
            "can't parse InputMedia: Can't parse MessageEntity: Can't find field \"length\"",
        ),
        (
            {"type": "bold", "offset": -1, "length": 1},
            "receive an entity with incorrect offset -1",
            CHAT[1],
        ),
    ],
)
def test_an_albums_caption_is_read_before_the_chat_and_checked_after_it(
    sandbox: Sandbox, bot: SandboxBot, entity: Json, words: str, elsewhere: str
) -> None:
    """`elsewhere` is what is said where the chat is unknown."""
    item = {"type": "photo", "media": "https://e.com/a.jpg", "caption": "x"}
    media = [item | {"caption_entities": [entity]}]
    for chat_id, expected in ((PERSON, words), (5, elsewhere)):
        answer = sandbox.call(bot.token, "sendMediaGroup", chat_id=chat_id, media=media)
        assert answer["description"] == f"Bad Request: {expected}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("5", "object expected as reply parameters"),
        ({"message_id": "x"}, 'field "message_id" must be a valid Number'),
        ({"message_id": []}, 'field "message_id" must be a Number'),
        ({"message_id": 1, "quote": []}, 'field "quote" must be of type String'),
        ({"message_id": 1, "quote": "<b>", "quote_parse_mode": "HTML"}, MARKUP[1]),
        (
            {"message_id": 1, "allow_sending_without_reply": 1},
            'field "allow_sending_without_reply" must be of type Boolean',
        ),
    ],
)
def test_what_is_wrong_with_a_reply_is_said(
    sandbox: Sandbox, bot: SandboxBot, options: object, words: str
) -> None:
    answer = sandbox.call(bot.token, "sendMessage", **RIGHT, reply_parameters=options)
    assert answer["description"] == f"Bad Request: {words}"


def test_small_requests_without_what_they_need(sandbox: Sandbox, bot: SandboxBot) -> None:
    assert sandbox.call(bot.token, "getFile")["description"] == "Bad Request: file_id not specified"
    for arguments in ({}, {"chat_id": 5}, {"chat_id": PERSON, "action": "dance"}):
        answer = sandbox.call(bot.token, "sendChatAction", **arguments)
        assert answer["description"] == "Bad Request: wrong parameter action in request"
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    for path in (f"/bot{bot.token}", f"/bot{bot.token}?method=getMe", "/bot", "/botx", "/"):
        connection.request("GET", path)
        response = connection.getresponse()
        assert (response.status, b"Not Found" in response.read()) == (404, True)
    connection.close()
