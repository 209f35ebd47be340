"""Audio, voice and their kin, sent by real clients: what comes back, and what is refused."""

from typing import Any

import aiogram
import pytest
import telegram

from tests.support.foreign import aiogram_client, ptb_client
from tests.support.sandbox import Sandbox, SandboxBot

PERSON = 1_000_000_001
MP3 = b"ID3\x04" + b"\0" * 500
OGG = b"OggS" + b"\0" * 500


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 10, first_id=PERSON)
    sandbox.set_limits(chat_rate=0, bot_rate=0)
    return made


async def test_audio_keeps_what_its_sender_said_of_it(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        sent = await client.send_audio(
            PERSON,
            MP3,
            filename="song.mp3",
            caption="<b>new</b>",
            parse_mode="HTML",
            duration=3,
            title="Title",
            performer="Band",
            thumbnail=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x32\0\0\0\x20" + b"\0" * 8,
        )
        audio = sent.audio
        assert audio is not None
        assert sent.caption_html == "<b>new</b>"
        assert (audio.file_name, audio.mime_type) == ("song.mp3", "audio/mpeg")
        assert (audio.title, audio.performer, audio.file_size) == ("Title", "Band", len(MP3))
        assert audio.thumbnail is not None
        assert (audio.thumbnail.width, audio.thumbnail.height) == (50, 32)
        again = await client.send_audio(PERSON + 1, audio.file_id)
        assert again.audio == audio
        assert again.audio.title == "Title"
        file = await client.get_file(audio.file_id)
        assert bytes(await file.download_as_bytearray()) == MP3


async def test_voice_and_video_note_show_their_length(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        voice = (await client.send_voice(PERSON, OGG, filename="v.ogg", duration=7)).voice
        assert voice is not None
        assert voice.mime_type == "audio/ogg"
        assert voice.to_dict()["duration"] == 7
        note = (await client.send_video_note(PERSON, b"video", length=360)).video_note
        assert note is not None
        assert note.length == 360
        assert note.thumbnail is not None
        with pytest.raises(telegram.error.BadRequest, match="Can't upload file by url"):
            await client.send_video_note(PERSON, "https://example.com/a.mp4")


async def test_telegram_decides_by_the_name_what_an_upload_is(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    def named(name: str, content: bytes = b"content") -> aiogram.types.BufferedInputFile:
        return aiogram.types.BufferedInputFile(content, name)

    async with aiogram_client(sandbox, bot) as client:
        assert (await client.send_voice(PERSON, named("a.mp3"))).voice is not None
        assert (await client.send_voice(PERSON, named("a.wav"))).document is not None
        assert (await client.send_document(PERSON, named("a.webp"))).sticker is not None
        assert (await client.send_document(PERSON, named("a.gif"))).animation is not None
        plain = await client.send_document(
            PERSON, named("b.webp"), disable_content_type_detection=True
        )
        assert plain.document is not None
        assert (await client.send_sticker(PERSON, named("c.webp"), emoji="😀")).sticker is not None


def test_only_photo_ids_are_told_from_all_others(sandbox: Sandbox, bot: SandboxBot) -> None:
    def call(method: str, **fields: object) -> dict[str, Any]:
        return sandbox.call(bot.token, method, chat_id=PERSON, **fields)

    photo = call("sendPhoto", photo="https://e.com/a.jpg")["result"]["photo"][-1]["file_id"]
    audio = call("sendAudio", audio="https://e.com/a.mp3")["result"]["audio"]["file_id"]
    for kind in ("document", "voice", "sticker", "video"):
        shown = call(f"send{kind}", **{kind: audio})["result"]
        assert shown["audio"]["file_id"] == audio, kind
    for kind, shown in (("document", "Document"), ("voice", "VoiceNote"), ("audio", "Audio")):
        refused = call(f"send{kind}", **{kind: photo})
        assert refused["description"] == f"Bad Request: can't use file of type Photo as {shown}"
    refused = call("sendPhoto", photo=audio)
    assert refused["description"] == "Bad Request: can't use file of type Audio as Photo"


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("sendAudio", "audio"),
        ("sendVoice", "voice"),
        ("sendVideoNote", "video note"),
        ("sendSticker", "sticker"),
    ],
)
def test_a_file_that_is_missing_is_named(
    sandbox: Sandbox, bot: SandboxBot, method: str, words: str
) -> None:
    refused = sandbox.call(bot.token, method, chat_id=PERSON)
    assert refused["description"] == f"Bad Request: there is no {words} in the request"
    assert sandbox.totals(bot.id)["refused"] == 1


async def test_audio_albums_hold_audio_only(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        first = telegram.InputMediaAudio(MP3, filename="a.mp3", title="One", duration=3)
        second = telegram.InputMediaAudio(MP3, filename="b.mp3", title="Two", caption="end")
        album = await client.send_media_group(PERSON, [first, second])
        assert [m.audio.title for m in album if m.audio] == ["One", "Two"]
        assert album[1].caption == "end"
        assert len({m.media_group_id for m in album}) == 1
        photo = telegram.InputMediaPhoto("https://example.com/a.jpg")
        with pytest.raises(telegram.error.BadRequest, match="mixed with other media types"):
            await client.send_media_group(PERSON, [first, photo])


async def test_no_option_is_lost_beside_a_file(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with ptb_client(sandbox, bot) as client:
        sent = await client.send_audio(PERSON, MP3, protect_content=True)
        assert sent.has_protected_content
        markup = telegram.InlineKeyboardMarkup.from_button(
            telegram.InlineKeyboardButton("a", callback_data="a")
        )
        shown = await client.send_document(PERSON, b"content", reply_markup=markup)
        assert shown.reply_markup == markup
        reply = await client.send_voice(PERSON, OGG, reply_to_message_id=sent.message_id)
        assert reply.reply_to_message is not None
        with pytest.raises(telegram.error.BadRequest, match="Message to be replied not found"):
            await client.send_voice(PERSON, OGG, reply_to_message_id=9_999_999)
