"""Places, polls, dice, invoices and paid media, by real clients, and what is refused of them."""

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
    made = sandbox.create_bot(stars=20)
    sandbox.add_people(made.id, 5, first_id=PERSON)
    sandbox.set_limits(chat_rate=0, bot_rate=0, group_per_minute=0)
    return made


async def test_places_contacts_and_dice_come_back(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        place = (await client.send_location(PERSON, 52.5, 13.4)).location
        assert place is not None
        assert (place.latitude, place.longitude) == (52.5, 13.4)
        venue = (
            await client.send_venue(PERSON, 52.5, 13.4, "Bar", "Street 1", foursquare_id="4")
        ).venue
        assert venue is not None
        assert (venue.title, venue.foursquare_id) == ("Bar", "4")
        contact = (await client.send_contact(PERSON, "+123", "Ada")).contact
        assert contact is not None
        assert (contact.phone_number, contact.first_name) == ("+123", "Ada")
        dice = (await client.send_dice(PERSON, emoji="🎰")).dice
        assert dice is not None
        assert 1 <= dice.value <= 64


async def test_a_live_location_moves_and_stops(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        sent = await client.send_location(PERSON, 1, 2, live_period=900, heading=90)
        moved = await client.edit_message_live_location(
            PERSON, sent.message_id, latitude=3, longitude=4
        )
        assert isinstance(moved, telegram.Message)
        assert moved.location is not None
        assert (moved.location.latitude, moved.location.heading) == (3, None)
        stopped = await client.stop_message_live_location(PERSON, sent.message_id)
        assert isinstance(stopped, telegram.Message)
        assert stopped.location is not None
        assert stopped.location.live_period is None
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await client.stop_message_live_location(PERSON, sent.message_id)


async def test_a_poll_is_sent_and_stopped(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        sent = await client.send_poll(PERSON, "Which?", ["a", "b"], is_anonymous=False)
        assert sent.poll is not None
        assert (sent.poll.is_anonymous, sent.poll.is_closed) == (False, False)
        assert [option.text for option in sent.poll.options] == ["a", "b"]
        stopped = await client.stop_poll(PERSON, sent.message_id)
        assert stopped.is_closed
        with pytest.raises(BadRequest, match="Poll has already been closed"):
            await client.stop_poll(PERSON, sent.message_id)
        copied = await client.copy_message(PERSON, PERSON, sent.message_id)
        assert copied.message_id > sent.message_id


def test_a_quiz_explains_itself(sandbox: Sandbox, bot: SandboxBot) -> None:
    poll = sandbox.call(
        bot.token,
        "sendPoll",
        chat_id=PERSON,
        question="Which?",
        options=["a", {"text": "<b>b</b>", "text_parse_mode": "HTML"}],
        type="quiz",
        correct_option_id=1,
        explanation="*b*",
        explanation_parse_mode="MarkdownV2",
    )["result"]["poll"]
    assert (poll["correct_option_id"], poll["correct_option_ids"]) == (1, [1])
    assert poll["options"][1]["text_entities"] == [{"offset": 0, "length": 1, "type": "bold"}]
    assert (poll["explanation"], poll["explanation_entities"][0]["type"]) == ("b", "bold")


async def test_paid_media_and_invoices_cannot_be_copied(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        media = [telegram.InputPaidMediaPhoto(URL), telegram.InputPaidMediaVideo(URL)]
        paid = await client.send_paid_media(PERSON, 5, media, caption="buy")
        assert paid.paid_media is not None
        assert [item.type for item in paid.paid_media.paid_media] == ["photo", "video"]
        prices = [telegram.LabeledPrice("all", 10)]
        bill = await client.send_invoice(PERSON, "T", "D", "payload", "XTR", prices)
        assert bill.invoice is not None
        assert (bill.invoice.currency, bill.invoice.total_amount) == ("XTR", 10)
        for message in (paid, bill):
            with pytest.raises(BadRequest, match="The message can't be copied"):
                await message.copy(PERSON)


def test_a_live_photo_has_both_its_parts(sandbox: Sandbox, bot: SandboxBot) -> None:
    media = [
        {"type": "live_photo", "media": "https://e.com/a.mp4", "photo": URL},
        {"type": "photo", "media": URL},
    ]
    album = sandbox.call(bot.token, "sendMediaGroup", chat_id=PERSON, media=media)["result"]
    assert album[0]["live_photo"]["photo"] == album[0]["photo"]
    assert "live_photo" not in album[1]
    wrong = [{"type": "live_photo", "media": "https://e.com/a.mp4"}]
    refused = sandbox.call(bot.token, "sendMediaGroup", chat_id=PERSON, media=wrong)
    assert refused["description"] == "Bad Request: can't parse InputMedia: Photo not found"


async def test_gifts_are_paid_with_the_bots_stars(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        gifts = (await client.get_available_gifts()).gifts
        cheap = min(gifts, key=lambda gift: gift.star_count)
        assert await client.send_gift(cheap, user_id=PERSON)
        assert (await client.get_my_star_balance()).amount == 20 - cheap.star_count
        with pytest.raises(BadRequest, match="Balance_too_low"):
            await client.send_gift(cheap, user_id=PERSON)


@pytest.mark.parametrize(
    ("method", "fields", "description"),
    [
        ("sendLocation", {}, "latitude is empty"),
        ("sendLocation", {"latitude": 1}, "longitude is empty"),
        ("sendLocation", {"latitude": 91, "longitude": 1}, "invalid location specified"),
        (
            "sendLocation",
            {"latitude": 1, "longitude": 1, "live_period": 5},
            "wrong live location period specified",
        ),
        ("sendContact", {"first_name": "a"}, 'parameter "phone_number" is required'),
        ("sendDice", {"emoji": "x"}, "EMOTICON_INVALID"),
        ("sendGame", {}, 'parameter "game_short_name" is required'),
        ("sendPoll", {"question": "q", "options": "x"}, "can't parse options JSON object"),
        ("sendPoll", {"question": "q", "options": [1]}, "expected an option to be of type String"),
        (
            "sendPoll",
            {"question": "q", "options": ["a"], "type": "x"},
            "unsupported poll type specified",
        ),
        (
            "sendPoll",
            {"question": "q", "options": ["a", "b"], "type": "quiz"},
            "correct quiz option list must be non-empty",
        ),
        (
            "sendPoll",
            {"question": "q" * 301, "options": ["a", "b"]},
            "poll question length must not exceed 300",
        ),
        ("sendInvoice", {"title": "a"}, 'parameter "description" is required'),
        ("sendPaidMedia", {"star_count": 1}, 'parameter "media" is required'),
        (
            "sendPaidMedia",
            {"star_count": 1, "media": [{"type": "audio", "media": "x"}]},
            'can\'t parse InputPaidMedia: type "audio" is unsupported',
        ),
        (
            "sendPaidMedia",
            {"star_count": 0, "media": [{"type": "photo", "media": URL}]},
            "STARS_AMOUNT_INVALID",
        ),
        ("setMessageReaction", {"message_id": 77}, "message to react not found"),
        (
            "setMessageReaction",
            {"reaction": [{"type": "paid"}]},
            "can't parse ReactionType: invalid reaction type specified",
        ),
        ("sendChatAction", {"action": "dance"}, "wrong parameter action in request"),
        ("getFile", {}, "file_id not specified"),
        ("stopPoll", {"message_id": 77}, "message with poll to stop not found"),
    ],
)
def test_what_is_wrong_is_named_in_telegrams_words(
    sandbox: Sandbox, bot: SandboxBot, method: str, fields: dict[str, Any], description: str
) -> None:
    answer = sandbox.call(bot.token, method, chat_id=PERSON, **fields)
    assert answer["description"] == f"Bad Request: {description}"


def test_an_answer_to_an_inline_query_needs_one(sandbox: Sandbox, bot: SandboxBot) -> None:
    article = {"type": "article", "id": "1", "title": "t"}
    query = {"kind": "inline_query", "payload": {"id": "123", "query": ""}}
    sandbox.push_updates(bot.id, query)
    fields: dict[str, Any] = {"inline_query_id": "123", "results": [article, article]}
    refused = sandbox.call(bot.token, "answerInlineQuery", **fields)
    assert refused["description"] == "Bad Request: RESULT_ID_DUPLICATE"
    fields["results"] = [article]
    assert sandbox.call(bot.token, "answerInlineQuery", **fields)["ok"]
    late = sandbox.call(bot.token, "answerInlineQuery", **fields)["description"]
    assert late.startswith("Bad Request: query is too old and response timeout expired")
