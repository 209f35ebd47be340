"""Members of chats, as real clients see and change them, and Telegram's words of refusal."""

from typing import Any

import aiogram
import pytest
import telegram
from aiogram.exceptions import TelegramBadRequest

from tests.support.foreign import aiogram_client, ptb_client
from tests.support.sandbox import Sandbox, SandboxBot

OWNER, MEMBER, STRANGER = 1_000_000_001, 1_000_000_002, 1_000_000_003


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 5, first_id=OWNER)
    sandbox.set_limits(chat_rate=0, bot_rate=0, group_per_minute=0)
    return made


def group_of(sandbox: Sandbox, bot: SandboxBot, **options: object) -> int:
    chosen: dict[str, Any] = {"type": "supergroup", "status": "administrator", **options}
    return sandbox.add_group(bot.id, creator=OWNER, members=[MEMBER], **chosen)


async def test_a_bot_sees_who_is_in_a_chat(sandbox: Sandbox, bot: SandboxBot) -> None:
    group = group_of(sandbox, bot)
    other = sandbox.create_bot()
    sandbox.add_group(other.id, id=group, status="administrator")

    async with ptb_client(sandbox, bot) as client:
        assert await client.get_chat_member_count(group) == 4
        statuses = [(await client.get_chat_member(group, u)).status for u in (OWNER, MEMBER)]
        assert statuses == ["creator", "member"]
        assert (await client.get_chat_member(group, STRANGER)).status == "left"
        own = await client.get_chat_member(group, bot.id)
        assert isinstance(own, telegram.ChatMemberAdministrator)
        assert own.can_pin_messages
        admins = await client.get_chat_administrators(group)
        assert {a.user.id for a in admins} == {OWNER, bot.id}
        admins = await client.get_chat_administrators(group, return_bots=True)
        assert {a.user.id for a in admins} == {OWNER, bot.id, other.id}


async def test_bans_restrictions_and_promotions_change_members(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    group = group_of(sandbox, bot)
    sandbox.call(bot.token, "getUpdates", allowed_updates=["chat_member"], offset=-1)

    async with aiogram_client(sandbox, bot) as client:

        async def status() -> str:
            return str((await client.get_chat_member(group, MEMBER)).status)

        permissions = aiogram.types.ChatPermissions(can_send_messages=True)
        assert await client.restrict_chat_member(group, MEMBER, permissions)
        limited = await client.get_chat_member(group, MEMBER)
        assert isinstance(limited, aiogram.types.ChatMemberRestricted)
        assert (limited.can_send_messages, limited.can_send_photos) == (True, False)
        assert await client.promote_chat_member(group, MEMBER, can_pin_messages=True)
        assert await status() == "administrator"
        assert await client.set_chat_administrator_custom_title(group, MEMBER, "boss")
        with pytest.raises(TelegramBadRequest, match="user is an administrator of the chat"):
            await client.ban_chat_member(group, MEMBER)
        assert await client.promote_chat_member(group, MEMBER)
        assert await client.ban_chat_member(group, MEMBER)
        assert await status() == "kicked"
        assert await client.unban_chat_member(group, MEMBER)
        assert await status() == "left"
        updates = await client.get_updates()
        changes = [update.chat_member for update in updates if update.chat_member]
        assert [str(change.new_chat_member.status) for change in changes][-2:] == ["kicked", "left"]


@pytest.mark.parametrize(
    ("method", "fields", "description"),
    [
        ("banChatMember", {}, "not enough rights to restrict/unrestrict chat member"),
        ("restrictChatMember", {}, "not enough rights to restrict/unrestrict chat member"),
        ("promoteChatMember", {}, "not enough rights"),
        ("setChatTitle", {"title": "x"}, "not enough rights to change chat title"),
        ("setChatDescription", {"description": "x"}, "not enough rights to set chat description"),
        ("setChatPermissions", {}, "not enough rights to change chat permissions"),
        ("exportChatInviteLink", {}, "not enough rights to manage chat invite link"),
        ("approveChatJoinRequest", {}, "not enough rights to manage chat join requests"),
        ("unpinAllChatMessages", {}, "not enough rights to manage pinned messages in the chat"),
    ],
)
def test_a_member_without_rights_is_refused_in_telegrams_words(
    sandbox: Sandbox, bot: SandboxBot, method: str, fields: dict[str, Any], description: str
) -> None:
    group = group_of(sandbox, bot, status="member")
    fields = {"chat_id": group, "user_id": MEMBER, "permissions": {}, **fields}
    answer = sandbox.call(bot.token, method, **fields)
    assert answer["description"] == f"Bad Request: {description}"
    sandbox.set_status(bot.id, "administrator", group)
    assert sandbox.call(bot.token, method, **fields).get("description") != answer["description"]


def test_a_right_that_the_administrator_lacks_is_missed(sandbox: Sandbox, bot: SandboxBot) -> None:
    channel = group_of(sandbox, bot, type="channel", rights={"can_promote_members": False})
    refused = sandbox.call(bot.token, "promoteChatMember", chat_id=channel, user_id=MEMBER)
    assert refused["description"] == "Bad Request: not enough rights"
    assert sandbox.call(bot.token, "banChatMember", chat_id=channel, user_id=MEMBER)["ok"]


@pytest.mark.parametrize(
    ("method", "user_id", "description"),
    [
        ("getChatMember", 0, "invalid user_id specified"),
        ("getChatMember", 4242, "user not found"),
        ("banChatMember", OWNER, "can't remove chat owner"),
        ("promoteChatMember", OWNER, "can't edit chat owner"),
        ("promoteChatMember", STRANGER, "USER_NOT_PARTICIPANT"),
        ("declineChatJoinRequest", STRANGER, "HIDE_REQUESTER_MISSING"),
    ],
)
def test_a_wrong_person_is_refused(
    sandbox: Sandbox, bot: SandboxBot, method: str, user_id: int, description: str
) -> None:
    group = group_of(sandbox, bot)
    answer = sandbox.call(bot.token, method, chat_id=group, user_id=user_id)
    assert answer["description"] == f"Bad Request: {description}"


def test_private_chats_have_no_members_to_change(sandbox: Sandbox, bot: SandboxBot) -> None:
    for method, text in (
        ("leaveChat", "can't leave private chats"),
        ("banChatMember", "can't ban members in private chats"),
        ("setChatTitle", "can't change private chat title"),
        ("getChatAdministrators", "there are no administrators in the private chat"),
    ):
        answer = sandbox.call(bot.token, method, chat_id=MEMBER, user_id=MEMBER, title="x")
        assert answer["description"] == f"Bad Request: {text}"
    assert sandbox.call(bot.token, "getChatMemberCount", chat_id=MEMBER)["result"] == 2


def test_people_who_ask_to_join_are_let_in(sandbox: Sandbox, bot: SandboxBot) -> None:
    group = group_of(sandbox, bot, requests=[STRANGER])
    fields = {"chat_id": group, "user_id": STRANGER}
    assert sandbox.call(bot.token, "approveChatJoinRequest", **fields)["ok"]
    member = sandbox.call(bot.token, "getChatMember", **fields)["result"]
    assert member["status"] == "member"


def test_a_bot_that_left_can_send_no_more(sandbox: Sandbox, bot: SandboxBot) -> None:
    group = group_of(sandbox, bot)
    assert sandbox.call(bot.token, "leaveChat", chat_id=group)["ok"]
    answer = sandbox.call(bot.token, "sendMessage", chat_id=group, text="a")
    assert answer["description"] == "Forbidden: bot is not a member of the supergroup chat"


def test_permissions_of_a_group_refuse_what_members_post(sandbox: Sandbox, bot: SandboxBot) -> None:
    group = group_of(sandbox, bot)
    permissions = {"can_send_messages": True}
    answer = sandbox.call(bot.token, "setChatPermissions", chat_id=group, permissions=permissions)
    assert answer["ok"]
    sandbox.set_status(bot.id, "member", group)
    url = "https://example.com/a.jpg"
    refused = sandbox.call(bot.token, "sendPhoto", chat_id=group, photo=url)
    text = "Bad Request: not enough rights to send photos to the chat"
    assert refused["description"] == text
    assert sandbox.call(bot.token, "sendMessage", chat_id=group, text="a")["ok"]
