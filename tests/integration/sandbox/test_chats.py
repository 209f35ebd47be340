"""Settings, links, pinned messages and topics of chats, by real clients."""

import datetime as dt

import pytest
from aiogram.exceptions import TelegramBadRequest
from telegram.error import BadRequest

from tests.support.foreign import aiogram_client, ptb_client
from tests.support.sandbox import Sandbox, SandboxBot

PERSON = 1_000_000_001
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x40\0\0\x01\x40" + b"\0" * 8


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 5, first_id=PERSON)
    sandbox.set_limits(chat_rate=0, bot_rate=0, group_per_minute=0)
    return made


@pytest.fixture
def group(sandbox: Sandbox, bot: SandboxBot) -> int:
    return sandbox.add_group(bot.id, type="supergroup", status="administrator", is_forum=True)


async def test_a_chat_shows_what_was_set_for_it(
    sandbox: Sandbox, bot: SandboxBot, group: int
) -> None:
    async with ptb_client(sandbox, bot) as client:
        assert await client.set_chat_title(group, "New title")
        assert await client.set_chat_description(group, "About it")
        assert await client.set_chat_photo(group, PNG)
        shown = await client.get_chat(group)
        assert (shown.title, shown.description) == ("New title", "About it")
        assert shown.photo is not None
        with pytest.raises(BadRequest, match="Chat description is not modified"):
            await client.set_chat_description(group, "About it")
        assert await client.delete_chat_photo(group)
        with pytest.raises(BadRequest, match="Chat_not_modified"):
            await client.delete_chat_photo(group)
        with pytest.raises(BadRequest, match="Title must be non-empty"):
            await client.set_chat_title(group, " ")


async def test_invite_links_are_made_edited_and_revoked(
    sandbox: Sandbox, bot: SandboxBot, group: int
) -> None:
    async with aiogram_client(sandbox, bot) as client:
        until = dt.timedelta(hours=1)
        link = await client.create_chat_invite_link(group, name="A", expire_date=until)
        assert (link.name, link.creator.id, link.is_revoked) == ("A", bot.id, False)
        assert link.expire_date is not None
        edited = await client.edit_chat_invite_link(group, link.invite_link, member_limit=3)
        assert (edited.name, edited.expire_date, edited.member_limit) == (None, None, 3)
        assert (await client.revoke_chat_invite_link(group, link.invite_link)).is_revoked
        primary = await client.export_chat_invite_link(group)
        assert (await client.get_chat(group)).invite_link == primary
        assert await client.export_chat_invite_link(group) != primary
        with pytest.raises(TelegramBadRequest, match="INVITE_HASH_EXPIRED"):
            await client.revoke_chat_invite_link(group, "https://t.me/+nothing")
        with pytest.raises(TelegramBadRequest, match="member limit can't be specified"):
            await client.create_chat_invite_link(group, member_limit=1, creates_join_request=True)


async def test_the_newest_pinned_message_is_shown(
    sandbox: Sandbox, bot: SandboxBot, group: int
) -> None:
    async with ptb_client(sandbox, bot) as client:
        first = await client.send_message(group, "one")
        second = await client.send_message(group, "two")
        for message in (second, first):
            assert await message.pin(disable_notification=True)
        assert (await client.get_chat(group)).pinned_message == second
        assert await client.unpin_chat_message(group)
        assert (await client.get_chat(group)).pinned_message == first
        assert await client.delete_message(group, first.message_id)
        assert (await client.get_chat(group)).pinned_message is None
        with pytest.raises(BadRequest, match="Message to pin not found"):
            await client.pin_chat_message(group, first.message_id)


def test_no_right_is_needed_to_pin_in_a_private_chat(sandbox: Sandbox, bot: SandboxBot) -> None:
    sent = sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="a")["result"]["message_id"]
    assert sandbox.call(bot.token, "pinChatMessage", chat_id=PERSON, message_id=sent)["ok"]
    service = sandbox.outbox(bot.id)[-1]
    assert service["pinned_message"]["message_id"] == sent
    refused = sandbox.call(
        bot.token, "pinChatMessage", chat_id=PERSON, message_id=service["message_id"]
    )
    assert refused["description"] == "Bad Request: service messages can't be pinned"


async def test_messages_go_to_topics(sandbox: Sandbox, bot: SandboxBot, group: int) -> None:
    async with ptb_client(sandbox, bot) as client:
        topic = await client.create_forum_topic(group, "News")
        thread = topic.message_thread_id
        sent = await client.send_message(group, "a", message_thread_id=thread)
        assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
        for wrong in (1, thread + 100):
            with pytest.raises(BadRequest, match="Message thread not found"):
                await client.send_message(group, "a", message_thread_id=wrong)
        assert await client.close_forum_topic(group, thread)
        with pytest.raises(BadRequest, match="Topic_not_modified"):
            await client.close_forum_topic(group, thread)
        assert await client.reopen_forum_topic(group, thread)
        assert await client.edit_forum_topic(group, thread, name="Other")
        assert await client.hide_general_forum_topic(group)
        assert await client.delete_forum_topic(group, thread)
        with pytest.raises(BadRequest, match="Topic_id_invalid"):
            await client.edit_forum_topic(group, thread, name="Gone")


def test_groups_without_topics_ignore_a_thread(sandbox: Sandbox, bot: SandboxBot) -> None:
    plain = sandbox.add_group(bot.id, type="supergroup", status="administrator")
    sent = sandbox.call(bot.token, "sendMessage", chat_id=plain, text="a", message_thread_id=7)
    assert "message_thread_id" not in sent["result"]
    answer = sandbox.call(bot.token, "createForumTopic", chat_id=plain, name="News")
    assert answer["description"] == "Bad Request: the chat is not a forum"


def test_what_was_set_outlives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = str(tmp_path_factory.mktemp("state") / "world")
    with Sandbox.start("--state", state) as first:
        bot = first.create_bot()
        group = first.add_group(
            bot.id, type="supergroup", status="administrator", creator=PERSON, is_forum=True
        )
        first.call(bot.token, "setChatDescription", chat_id=group, description="kept")
        first.call(bot.token, "setMyDescription", description="mine")
        topic = first.call(bot.token, "createForumTopic", chat_id=group, name="News")["result"]
    with Sandbox.start("--state", state) as second:
        shown = second.call(bot.token, "getChat", chat_id=group)["result"]
        assert (shown["description"], shown["is_forum"]) == ("kept", True)
        assert second.call(bot.token, "getMyDescription")["result"] == {"description": "mine"}
        thread = topic["message_thread_id"]
        sent = second.call(
            bot.token, "sendMessage", chat_id=group, text="a", message_thread_id=thread
        )
        assert sent["ok"]
