"""The client and the pacer against the simulated Telegram, its limits in force."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from crier.domain.message import AdMessage, Template
from crier.domain.outcomes import Action, Outcome
from crier.observability.samples import Samples
from crier.telegram.answers import SendResult
from crier.telegram.client import BotApi, Upload, request_path
from crier.telegram.errors import ApiError, Conflict, TokenRefused, TooManyRequests
from crier.telegram.rate_limiters import RateLimiters
from crier.telegram.transport import HttpTransport
from crier.telegram.types import BotCommand, Chat, Message
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until_async

AD = Template(AdMessage(text="ad"))


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    return sandbox.create_bot()


@asynccontextmanager
async def api_of(sandbox: Sandbox) -> AsyncIterator[BotApi]:
    api = BotApi(HttpTransport(sandbox.url))
    async with asyncio.timeout(60):
        yield api
    await api.close()


def _png(side: int = 8) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def send(
    api: BotApi,
    bot: SandboxBot,
    method: str,
    chat_id: int,
    files: dict[str, Upload] | None = None,
    **params: object,
) -> Message:
    """Call a method that sends one message."""
    params["chat_id"] = chat_id
    return await api.call(bot.token, method, params, returns=Message, files=files)


async def test_a_bot_knows_itself_and_its_chats(sandbox: Sandbox, bot: SandboxBot) -> None:
    person = sandbox.add_person(bot.id, 77, first_name="Ann", username="ann_77")

    async with api_of(sandbox) as api:
        me = await api.get_me(bot.token)
        assert (me.id, me.username, me.is_bot) == (bot.id, bot.username, True)
        chat = await api.call(bot.token, "getChat", {"chat_id": person}, returns=Chat)
        assert (chat.first_name, chat.username, chat.type) == ("Ann", "ann_77", "private")


async def test_messages_arrive_with_their_markup_and_buttons(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    people = sandbox.add_people(bot.id, 2)

    async with api_of(sandbox) as api:
        keyboard = {"inline_keyboard": [[{"text": "Go", "url": "https://example.com/"}]]}
        looks: dict[str, Any] = {"parse_mode": "HTML", "reply_markup": keyboard}
        sent = await send(api, bot, "sendMessage", people[0], text="<b>Hi</b>", **looks)
        assert sent.text == "Hi"
        assert sandbox.outbox(bot.id, people[0])[0]["entities"][0]["type"] == "bold"
        path = request_path(bot.token, "sendMessage")
        result = await api.send_body(path, AD.body(people[1]))
        assert result.outcome is Outcome.SENT
        assert result.message_id == sandbox.outbox(bot.id, people[1])[0]["message_id"]


async def test_a_picture_is_uploaded_once_and_then_sent_by_its_id(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    people = sandbox.add_people(bot.id, 3)

    async with api_of(sandbox) as api:
        upload = Upload(_png(), "ad.png", "image/png")
        photo = {"photo": upload}
        first = await send(api, bot, "sendPhoto", people[0], files=photo, caption="one")
        assert first.content_type == "photo"
        assert first.file is not None
        again = await send(
            api, bot, "sendPhoto", people[1], photo=first.file.file_id, caption="two"
        )
        assert again.caption == "two"
        document = await send(
            api, bot, "sendDocument", people[1], files={"document": Upload(b"%PDF-1.4", "a.pdf")}
        )
        assert document.content_type == "document"
        media = [{"type": "photo", "media": f"attach://p{n}"} for n in range(2)]
        album = await api.call(
            bot.token,
            "sendMediaGroup",
            {"chat_id": people[2], "media": media},
            returns=list[Message],
            files={f"p{n}": upload for n in range(2)},
        )
        assert len(album) == 2
        assert len({sent["media_group_id"] for sent in sandbox.outbox(bot.id, people[2])}) == 1


async def test_each_kind_of_recipient_gets_its_outcome(sandbox: Sandbox, bot: SandboxBot) -> None:
    fine, blocked, deleted, seen = sandbox.add_people(bot.id, 4)
    sandbox.block(bot.id, blocked)
    sandbox.delete_account(bot.id, deleted)
    sandbox.set_status(bot.id, "seen", seen)
    group = sandbox.add_group(bot.id, type="group")
    moved = sandbox.migrate(bot.id, group)
    kicked = sandbox.add_group(bot.id, type="supergroup", status="kicked")

    async with api_of(sandbox) as api:
        path = request_path(bot.token, "sendMessage")

        async def send(chat_id: int) -> SendResult:
            return await api.send_body(path, AD.body(chat_id))

        assert (await send(fine)).outcome is Outcome.SENT
        assert (await send(blocked)).outcome is Outcome.BLOCKED
        assert (await send(deleted)).action is Action.DEAD
        assert (await send(seen)).action is Action.DROP
        assert (await send(kicked)).action is Action.DROP
        assert (await send(999_999_999)).action is Action.DROP
        result = await send(group)
        assert result.action is Action.MIGRATE
        assert result.verdict is not None
        assert result.verdict.migrate_to_chat_id == moved
        assert (await send(moved)).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"status": 500, "description": "Internal Server Error: restart"}),
        ("html", {"status": 502}),
        ("empty", {"status": 503}),
        ("cut_before", {}),
        ("cut_after", {}),
        ("truncate", {}),
    ],
)
async def test_every_fault_that_hides_the_outcome_leaves_the_send_doubtful(
    sandbox: Sandbox, bot: SandboxBot, kind: str, options: dict[str, object]
) -> None:
    person = sandbox.add_people(bot.id, 1)[0]
    sandbox.add_fault(kind, bot=bot.id, methods=["sendMessage"], count=1, **options)

    async with api_of(sandbox) as api:
        path = request_path(bot.token, "sendMessage")
        assert (await api.send_body(path, AD.body(person))).outcome is Outcome.UNKNOWN
        assert sandbox.chat(bot.id, person)["attempts"] <= 1
        assert (await api.send_body(path, AD.body(person))).outcome is Outcome.SENT


async def test_a_flood_says_how_long_to_wait(sandbox: Sandbox, bot: SandboxBot) -> None:
    person = sandbox.add_people(bot.id, 1)[0]
    sandbox.add_fault("flood", bot=bot.id, retry_after=37, count=1)

    async with api_of(sandbox) as api:
        with pytest.raises(TooManyRequests) as caught:
            await send(api, bot, "sendMessage", person, text="x")
        assert caught.value.verdict.retry_after_s == 37


async def test_a_revoked_token_is_refused_and_wrong_content_says_why(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    person = sandbox.add_people(bot.id, 1)[0]

    async with api_of(sandbox) as api:
        with pytest.raises(ApiError, match="can't parse entities") as caught:
            await send(api, bot, "sendMessage", person, text="<b>x", parse_mode="HTML")
        assert caught.value.verdict.action is Action.CONTENT_STOP
        sandbox.revoke(bot.id)
        with pytest.raises(TokenRefused):
            await api.get_me(bot.token)


async def test_polling_confirms_by_offset_and_a_second_poller_is_a_conflict(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    person = sandbox.add_people(bot.id, 1)[0]
    sandbox.write(bot.id, person, "/start abc")
    sandbox.block(bot.id, person)

    async with api_of(sandbox) as api:
        batch = await api.get_updates(bot.token, poll_s=0)
        assert [update.kind for update in batch.updates] == ["message", "my_chat_member"]
        assert batch.problems == []
        offset = batch.updates[-1].update_id + 1
        older = asyncio.create_task(api.get_updates(bot.token, offset, poll_s=10))
        await until_async(lambda: bool(sandbox.bot(bot.id)["is_polling"]))
        newer = asyncio.create_task(api.get_updates(bot.token, offset, poll_s=10))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await older
        await asyncio.to_thread(sandbox.unblock, bot.id, person)
        assert [update.kind for update in (await newer).updates] == ["my_chat_member"]


async def test_webhook_and_commands(sandbox: Sandbox, bot: SandboxBot) -> None:
    async with api_of(sandbox) as api:
        assert await api.set_my_commands(bot.token, [BotCommand("start", "begin")])
        assert (await api.get_webhook_info(bot.token)).url == ""
        with pytest.raises(ApiError):
            await api.set_webhook(bot.token, "gopher://x")
        assert await api.delete_webhook(bot.token)


async def test_a_paced_broadcast_meets_no_flood_limit(sandbox: Sandbox, bot: SandboxBot) -> None:
    people = sandbox.add_people(bot.id, 75)

    async with api_of(sandbox) as api:
        limiter = RateLimiters(30, Samples()).of(bot.id)
        path = request_path(bot.token, "sendMessage")
        sends = []
        for chat_id in people:
            await limiter.turn(chat_id)
            sends.append(asyncio.create_task(api.send_body(path, AD.body(chat_id))))
        outcomes = [(await send).outcome for send in sends]
        assert outcomes == [Outcome.SENT] * len(people)
    assert sandbox.received_other_than(bot.id, 1) == []
    assert sandbox.totals(bot.id)["flood"] == 0
