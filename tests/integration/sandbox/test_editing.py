"""Edits, copies and deletions: what may be changed, and by which words it is refused."""

from typing import Any

import pytest
import telegram
from telegram.error import BadRequest

from tests.support.foreign import ptb_client
from tests.support.sandbox import Sandbox, SandboxBot

PERSON = 1_000_000_001
URL = "https://example.com/a.jpg"


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 5, first_id=PERSON)
    sandbox.set_limits(chat_rate=0, bot_rate=0, group_per_minute=0)
    return made


def call(sandbox: Sandbox, bot: SandboxBot, method: str, **fields: object) -> Any:
    answer = sandbox.call(bot.token, method, **{"chat_id": PERSON, **fields})
    return answer.get("result") or answer["description"].removeprefix("Bad Request: ")


async def test_media_is_replaced_by_other_media(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        sent = await client.send_photo(PERSON, URL, caption="old")
        media = telegram.InputMediaDocument(
            b"content", filename="a.txt", caption="<b>new</b>", parse_mode="HTML"
        )
        edited = await client.edit_message_media(media, PERSON, sent.message_id)
        assert isinstance(edited, telegram.Message)
        assert (edited.caption_html, edited.photo) == ("<b>new</b>", ())
        assert edited.document is not None
        assert edited.document.file_name == "a.txt"
        text = await client.send_message(PERSON, "text")
        shown = await client.edit_message_media(
            telegram.InputMediaPhoto(URL), PERSON, text.message_id
        )
        assert isinstance(shown, telegram.Message)
        assert (bool(shown.photo), shown.text) == (True, None)
        place = await client.send_location(PERSON, 1, 2)
        with pytest.raises(BadRequest, match="Message media can't be edited"):
            await client.edit_message_media(telegram.InputMediaPhoto(URL), PERSON, place.message_id)


def test_forwarded_messages_and_those_with_a_keyboard_are_not_edited(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sent = call(sandbox, bot, "sendMessage", text="a")["message_id"]
    forwarded = call(sandbox, bot, "forwardMessage", from_chat_id=PERSON, message_id=sent)
    keyboard = {"keyboard": [["a"]]}
    with_keyboard = call(sandbox, bot, "sendMessage", text="a", reply_markup=keyboard)
    for message in (forwarded, with_keyboard):
        edit = {"message_id": message["message_id"], "text": "b"}
        assert call(sandbox, bot, "editMessageText", **edit) == "message can't be edited"
    empty = call(sandbox, bot, "sendMessage", text="a", reply_markup={"inline_keyboard": []})
    assert (
        call(sandbox, bot, "editMessageText", message_id=empty["message_id"], text="b")["text"]
        == "b"
    )


@pytest.mark.parametrize(
    ("method", "fields", "description"),
    [
        ("editMessageText", {"text": "b"}, "message to edit not found"),
        ("editMessageText", {"text": "b", "chat_id": ""}, "message identifier is not specified"),
        ("editMessageMedia", {}, 'parameter "media" is required'),
        (
            "editMessageMedia",
            {"media": {"type": "x", "media": "y"}},
            'can\'t parse InputMedia: type "x" is unsupported',
        ),
        ("deleteMessage", {}, "message identifier is not specified"),
        ("deleteMessage", {"chat_id": ""}, "chat identifier is not specified"),
        ("deleteMessages", {}, "message identifiers are not specified"),
        ("deleteMessages", {"message_ids": "[1"}, "can't parse message_ids JSON object"),
        ("deleteMessages", {"message_ids": {}}, "expected an Array of message identifiers"),
        ("deleteMessages", {"message_ids": [0]}, "invalid message identifier specified"),
        ("deleteMessages", {"message_ids": [True]}, "message identifier must be a Number"),
        ("deleteMessages", {"message_ids": ["x"]}, "can't parse message identifier as a Number"),
        (
            "deleteMessages",
            {"message_ids": list(range(1, 102))},
            "too many message identifiers specified",
        ),
        ("copyMessage", {"message_id": 1}, 'parameter "from_chat_id" is required'),
        ("copyMessage", {"from_chat_id": PERSON}, "message to copy not found"),
        ("forwardMessage", {"from_chat_id": PERSON}, "message to forward not found"),
        (
            "copyMessages",
            {"from_chat_id": PERSON, "message_ids": [2, 1]},
            "message identifiers must be in a strictly increasing order",
        ),
    ],
)
def test_missing_and_malformed_identifiers_are_told_apart(
    sandbox: Sandbox, bot: SandboxBot, method: str, fields: dict[str, Any], description: str
) -> None:
    assert call(sandbox, bot, method, **fields) == description


def test_protected_messages_are_copied_but_not_forwarded(sandbox: Sandbox, bot: SandboxBot) -> None:
    sent = call(sandbox, bot, "sendMessage", text="a", protect_content=True)["message_id"]
    origin = {"from_chat_id": PERSON, "message_id": sent}
    assert "message_id" in call(sandbox, bot, "copyMessage", **origin)
    refused = call(sandbox, bot, "forwardMessage", **origin)
    assert refused == "message has protected content and can't be forwarded"


def test_albums_stay_albums_when_copied(sandbox: Sandbox, bot: SandboxBot) -> None:
    media = [{"type": "photo", "media": URL}] * 2
    album = call(sandbox, bot, "sendMediaGroup", media=media)
    single = call(sandbox, bot, "sendMessage", text="alone")
    ids = [message["message_id"] for message in (*album, single)]
    copies = call(sandbox, bot, "copyMessages", from_chat_id=PERSON, message_ids=ids)
    assert len(copies) == 3
    shown = sandbox.outbox(bot.id)[-3:]
    groups = [message.get("media_group_id") for message in shown]
    assert groups[0] == groups[1]
    assert groups[0] not in (None, album[0]["media_group_id"])
    assert groups[2] is None


def test_the_keyboard_must_be_given_again_and_the_caption_may(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    sent = call(sandbox, bot, "sendPhoto", photo=URL, caption="old", reply_markup=markup)
    origin = {"from_chat_id": PERSON, "message_id": sent["message_id"]}
    for caption, shown in ({"caption": "new"}, "new"), ({}, "old"), ({"caption": ""}, None):
        call(sandbox, bot, "copyMessage", **origin, **caption)
        copied = sandbox.outbox(bot.id)[-1]
        assert copied.get("caption") == shown
        assert "reply_markup" not in copied


def test_the_answer_tells_the_page_of_the_preview(sandbox: Sandbox, bot: SandboxBot) -> None:
    def preview(text: str, **options: object) -> object:
        sent = call(sandbox, bot, "sendMessage", text=text, link_preview_options=options)
        return sent.get("link_preview_options")

    page = "https://example.com/x"
    assert preview(f"see {page}") == {"url": page}
    assert preview("nothing") is None
    assert preview(page, prefer_large_media=True, show_above_text=True) == {
        "url": page,
        "show_above_text": True,
    }
    other = "https://other.example.com/"
    assert preview(page, url=other, prefer_large_media=True) == {
        "url": other,
        "prefer_large_media": True,
    }
    assert preview(page, is_disabled=True) == {"is_disabled": True}
