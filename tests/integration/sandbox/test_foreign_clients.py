"""Clients that others wrote, python-telegram-bot and aiogram, take the sandbox for Telegram."""

import asyncio
from datetime import timedelta

import aiogram
import pytest
import telegram
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.support.foreign import aiogram_client, ptb_client
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until_async

PERSON = 1_000_000_001


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot(first_name="Proven")
    sandbox.add_people(made.id, 10, first_id=PERSON)
    return made


# --- python-telegram-bot ---------------------------------------------------------------------


async def test_ptb_knows_itself_and_sends_text_media_and_albums(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    async with ptb_client(sandbox, bot) as client:
        me = await client.get_me()
        assert (me.id, me.first_name, me.username) == (bot.id, "Proven", bot.username)
        keyboard = telegram.InlineKeyboardMarkup.from_button(
            telegram.InlineKeyboardButton("A", callback_data="a")
        )
        text = await client.send_message(
            PERSON, "<b>bold</b> é", parse_mode="HTML", reply_markup=keyboard
        )
        assert text.text_html == "<b>bold</b> é"
        assert text.reply_markup == keyboard
        url = "https://example.com/a.jpg"
        photo = await client.send_photo(PERSON, url, caption="caption")
        again = await client.send_photo(PERSON + 1, photo.photo[-1].file_id)
        assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
        document = await client.send_document(PERSON + 1, b"content", filename="a.txt")
        assert document.document is not None
        assert document.document.file_name == "a.txt"
        file = await client.get_file(document.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"content"
        album = await client.send_media_group(PERSON + 2, [telegram.InputMediaPhoto(url)] * 2)
        assert album[0].media_group_id == album[1].media_group_id
        copied = await client.copy_message(PERSON + 3, PERSON, text.message_id)
        assert copied.message_id > album[1].message_id
        forwarded = await client.forward_message(PERSON + 3, PERSON, text.message_id)
        assert forwarded.forward_origin is not None
        edited = await client.edit_message_text("new", PERSON, text.message_id)
        assert isinstance(edited, telegram.Message)
        assert edited.text == "new"
        assert await client.delete_message(PERSON, text.message_id)
        assert await client.set_my_commands([("start", "Begin")])
        assert (await client.get_my_commands())[0].description == "Begin"
        assert (await client.get_chat(PERSON)).type == "private"


async def test_ptb_meets_refusals_as_its_own_errors(
    sandbox: Sandbox, bot: SandboxBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # its next major version's way, without a warning

    async with ptb_client(sandbox, bot) as client:
        sandbox.block(bot.id, PERSON)
        with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
            await client.send_message(PERSON, "a")
        with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
            await client.send_message(4242, "a")
        with pytest.raises(telegram.error.BadRequest, match="Can't parse entities"):
            await client.send_message(PERSON + 1, "<x>", parse_mode="HTML")
        group = sandbox.add_group(bot.id)
        new = sandbox.migrate(bot.id, group)
        with pytest.raises(telegram.error.ChatMigrated) as moved:
            await client.send_message(group, "a")
        assert moved.value.new_chat_id == new
        sandbox.add_fault("flood", retry_after=33, count=1)
        with pytest.raises(telegram.error.RetryAfter) as flood:
            await client.send_message(PERSON + 1, "a")
        assert flood.value.retry_after == timedelta(seconds=33)
        sandbox.add_fault("html", status=502, count=1)
        with pytest.raises(telegram.error.NetworkError):
            await client.send_message(PERSON + 1, "a")
        sandbox.revoke(bot.id)
        with pytest.raises(telegram.error.InvalidToken):
            await client.send_message(PERSON + 1, "a")


async def test_ptb_polls_and_answers(sandbox: Sandbox, bot: SandboxBot) -> None:
    async def start(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        button = telegram.InlineKeyboardButton("More", callback_data="more")
        keyboard = telegram.InlineKeyboardMarkup.from_button(button)
        await update.message.reply_text(f"welcome {context.args}", reply_markup=keyboard)

    async def pressed(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("done")

    builder = Application.builder().token(bot.token).base_url(f"{sandbox.url}/bot")
    application = builder.build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(poll_interval=0, timeout=5)
        sandbox.write(bot.id, PERSON, "/start deep")
        await until_async(lambda: len(sandbox.outbox(bot.id)) == 1, what="a reply")
        sandbox.press(bot.id, PERSON)
        await until_async(lambda: sandbox.bot(bot.id)["answered_callbacks"] == 1, what="an answer")
        await application.updater.stop()
        await application.stop()
    (reply,) = sandbox.outbox(bot.id)
    assert reply["text"] == "welcome ['deep']"
    assert sandbox.bot(bot.id)["pending_updates"] == 0


# --- aiogram ---------------------------------------------------------------------------------


async def test_aiogram_knows_itself_and_sends(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with aiogram_client(sandbox, bot) as client:
        me = await client.get_me()
        assert (me.id, me.is_bot, me.username) == (bot.id, True, bot.username)
        text = await client.send_message(PERSON, "*bold*", parse_mode="MarkdownV2")
        assert text.md_text == "*bold*"
        upload = aiogram.types.BufferedInputFile(b"content", "a.bin")
        document = await client.send_document(PERSON, upload, caption="caption")
        assert document.document is not None
        url = "https://example.com/a.mp4"
        video = await client.send_video(PERSON, url)
        assert video.video is not None
        animation = await client.send_animation(PERSON + 1, url)
        assert animation.animation is not None
        item = aiogram.types.InputMediaDocument(media=document.document.file_id)
        assert len(await client.send_media_group(PERSON + 2, [item, item])) == 2
        info = await client.get_webhook_info()
        assert info.url == ""


async def test_aiogram_meets_refusals_as_its_own_errors(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with aiogram_client(sandbox, bot) as client:
        sandbox.block(bot.id, PERSON)
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await client.send_message(PERSON, "a")
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await client.send_message(4242, "a")
        sandbox.set_limits(chat_rate=0.1)
        for _ in range(3):
            await client.send_message(PERSON + 1, "a")
        with pytest.raises(TelegramRetryAfter) as flood:
            await client.send_message(PERSON + 1, "a")
        assert 5 <= flood.value.retry_after <= 10
        sandbox.revoke(bot.id)
        with pytest.raises(TelegramUnauthorizedError):
            await client.get_me()


async def test_aiogram_polls_answers_and_sees_people_leave(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    left: list[int] = []

    async with aiogram_client(sandbox, bot) as client:
        dispatcher = aiogram.Dispatcher()

        @dispatcher.message()
        async def echo(message: aiogram.types.Message) -> None:
            await message.answer(message.text or "")

        @dispatcher.my_chat_member()
        async def gone(change: aiogram.types.ChatMemberUpdated) -> None:
            assert change.new_chat_member.status == "kicked"
            left.append(change.from_user.id)

        polling = asyncio.create_task(
            dispatcher.start_polling(client, handle_signals=False, polling_timeout=5)
        )
        sandbox.write_many(bot.id, 10, "message {n}")
        await until_async(lambda: len(sandbox.outbox(bot.id)) == 10, what="ten echoes")
        sandbox.block(bot.id, PERSON)
        await until_async(lambda: left == [PERSON], what="the bot hears of it")
        await dispatcher.stop_polling()
        await polling
    assert all(line.accepted == 1 for line in sandbox.received(bot.id))


async def test_two_aiogram_pollers_of_one_bot_conflict(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with aiogram_client(sandbox, bot) as client:
        older = asyncio.create_task(client.get_updates(offset=1, timeout=20))
        await until_async(
            lambda: bool(sandbox.bot(bot.id)["is_polling"]), what="the older one waits"
        )
        newer = asyncio.create_task(client.get_updates(offset=2, timeout=20))
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
            await older
        sandbox.write(bot.id, PERSON, "hello")
        assert len(await newer) == 1
