"""What bots say of themselves, and sets of stickers, by real clients."""

import pytest
import telegram
from telegram.error import BadRequest

from tests.support.foreign import ptb_client
from tests.support.sandbox import Sandbox, SandboxBot

PERSON = 1_000_000_001
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0" + b"\0" * 8


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot(first_name="First")
    sandbox.add_people(made.id, 5, first_id=PERSON)
    return made


async def test_texts_are_kept_by_language(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        assert (await client.get_my_name()).name == "First"
        assert await client.set_my_description("all")
        assert await client.set_my_description("deutsch", language_code="de")
        shown = [(await client.get_my_description(code)).description for code in (None, "de", "fr")]
        assert shown == ["all", "deutsch", "all"]
        assert await client.set_my_description(None)
        assert (await client.get_my_description()).description == ""
        assert await client.set_my_name("Second")
        assert (await client.get_me()).first_name == "Second"
        with pytest.raises(BadRequest, match="Invalid language code specified"):
            await client.get_my_short_description("xxx")


async def test_menu_buttons_and_rights_are_kept(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        assert isinstance(await client.get_chat_menu_button(), telegram.MenuButtonCommands)
        app = telegram.MenuButtonWebApp("open", telegram.WebAppInfo("https://example.com/"))
        assert await client.set_chat_menu_button(PERSON, app)
        assert await client.get_chat_menu_button(PERSON) == app
        assert isinstance(await client.get_chat_menu_button(PERSON + 1), telegram.MenuButtonDefault)
        plain = telegram.MenuButtonWebApp("open", telegram.WebAppInfo("http://example.com/"))
        with pytest.raises(BadRequest, match="only https links are allowed"):
            await client.set_chat_menu_button(PERSON, plain)
        rights = telegram.ChatAdministratorRights.all_rights()
        assert await client.set_my_default_administrator_rights(rights, for_channels=True)
        channel = await client.get_my_default_administrator_rights(for_channels=True)
        assert (channel.can_post_messages, channel.can_pin_messages) == (True, None)
        group = await client.get_my_default_administrator_rights()
        assert group.can_pin_messages is False


async def test_profile_photos_of_bots_and_people(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        assert await client.set_my_profile_photo(telegram.InputProfilePhotoStatic(PNG))
        assert (await client.get_user_profile_photos(bot.id)).total_count == 1
        assert await client.remove_my_profile_photo()
        assert (await client.get_user_profile_photos(bot.id)).total_count == 0
        assert (await client.get_user_profile_photos(PERSON)).total_count == 0


async def test_a_sticker_set_lives_and_dies(sandbox: Sandbox, bot: SandboxBot) -> None:
    name = f"set_by_{bot.username}"

    def sticker(emoji: str) -> telegram.InputSticker:
        return telegram.InputSticker(PNG + emoji.encode(), [emoji], "static")

    async with ptb_client(sandbox, bot) as client:
        with pytest.raises(BadRequest, match="Stickerset_invalid"):
            await client.get_sticker_set(name)
        with pytest.raises(BadRequest, match="Invalid sticker set name is specified"):
            await client.create_new_sticker_set(PERSON, "wrong", "Title", [sticker("😀")])
        assert await client.create_new_sticker_set(PERSON, name, "Title", [sticker("😀")])
        assert await client.add_sticker_to_set(PERSON, name, sticker("😎"))
        first, second = (await client.get_sticker_set(name)).stickers
        assert (first.emoji, second.emoji, first.set_name) == ("😀", "😎", name)
        assert await client.set_sticker_position_in_set(second, 0)
        assert await client.set_sticker_emoji_list(first, ["👍"])
        shown = await client.get_sticker_set(name)
        assert [s.emoji for s in shown.stickers] == ["😎", "👍"]
        assert await client.delete_sticker_from_set(second)
        assert await client.set_sticker_set_title(name, "Other")
        assert (await client.get_sticker_set(name)).title == "Other"
        sent = await client.send_sticker(PERSON, first)
        assert sent.sticker is not None
        assert sent.sticker.set_name == name
        assert await client.delete_sticker_set(name)
