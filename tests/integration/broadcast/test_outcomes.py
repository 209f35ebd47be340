"""Every recipient ends in exactly one outcome, and it is the true one."""

import base64
from pathlib import Path

import pytest

from crier.domain.message import AdMessage, Button, Media
from crier.storage.uploads import FolderUploads
from tests.support.engine import AdRows, deliver, running_context
from tests.support.pictures import picture

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


async def broadcast(world: AdRows, *bots: int, rate: float = 0) -> None:
    async with running_context(world, rate=rate) as context:
        await deliver(context, *bots)


async def test_everybody_gets_the_ad_once(world: AdRows) -> None:
    bots = [world.add_bot(people=500).id for _ in range(3)]
    broadcast_id = world.launch(AdMessage(text="Hello {first_name}"))
    await broadcast(world, *bots)
    assert world.counts(broadcast_id)["sent"] == 1500
    assert world.broadcast(broadcast_id)["status"] == "completed"
    assert set(world.outcomes(broadcast_id).values()) == {"sent"}
    for bot in bots:
        assert world.sandbox.received_other_than(bot, 1) == []


async def test_blocked_deleted_and_unknown_people_are_named_as_such(world: AdRows) -> None:
    bot = world.add_bot(people=100)
    chats = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    world.sandbox.set_status(bot.id, "blocked", *chats[:10], is_update=False)
    world.sandbox.set_status(bot.id, "deleted", *chats[10:15], is_update=False)
    world.subscribe(bot.id, 999_999_999)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["blocked"], counts["failed"]) == (85, 10, 6)
    statuses = world.run("SELECT status, count(*) AS n FROM subscribers GROUP BY 1 ORDER BY 1")
    assert {row["status"]: row["n"] for row in statuses} == {
        "active": 85,
        "blocked": 10,
        "gone": 6,
    }
    errors = world.run("SELECT action, sum(count)::int AS n FROM delivery_errors GROUP BY 1")
    assert {row["action"]: row["n"] for row in errors} == {"blocked": 10, "dead": 5, "drop": 1}


async def test_a_migrated_group_is_sent_to_under_its_new_id_and_keeps_the_old_one(
    world: AdRows,
) -> None:
    bot = world.add_bot()
    group = world.sandbox.add_group(bot.id, type="group", is_update=False)
    world.subscribe(bot.id, group, kind="group")
    new_id = world.sandbox.migrate(bot.id, group)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    assert world.outcomes(broadcast_id) == {(bot.id, group): "sent"}
    assert world.sandbox.chat(bot.id, new_id)["accepted"] == 1
    rows = world.run("SELECT chat_id, status, migrated_to FROM subscribers ORDER BY 1 DESC")
    assert {row["chat_id"]: row["status"] for row in rows} == {group: "gone", new_id: "active"}


async def test_a_group_that_moved_and_then_left_gets_nothing(world: AdRows) -> None:
    bot = world.add_bot(people=1)
    group = world.sandbox.add_group(bot.id, type="group", is_update=False)
    world.subscribe(bot.id, group, kind="group")
    broadcast_id = world.launch()
    new_id = world.sandbox.migrate(bot.id, group)
    world.subscribe(bot.id, new_id, kind="supergroup")
    moved = "UPDATE subscribers SET status = 'gone', migrated_to = %s WHERE chat_id = %s"
    world.run(moved, new_id, group)
    world.run("UPDATE subscribers SET status = 'unsubscribed' WHERE chat_id = %s", new_id)
    await broadcast(world, bot.id)
    assert world.outcomes(broadcast_id)[bot.id, group] == "skipped"
    assert world.sandbox.chat(bot.id, new_id)["accepted"] == 0


async def test_a_group_that_is_in_the_audience_under_both_its_ids_gets_the_ad_once(
    world: AdRows,
) -> None:
    bot = world.add_bot()
    group = world.sandbox.add_group(bot.id, type="group", is_update=False)
    new_id = world.sandbox.migrate(bot.id, group)
    world.subscribe(bot.id, group, kind="group")
    world.subscribe(bot.id, new_id, kind="supergroup")
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    assert world.outcomes(broadcast_id) == {(bot.id, group): "skipped", (bot.id, new_id): "sent"}
    assert world.sandbox.chat(bot.id, new_id)["accepted"] == 1
    rows = world.run("SELECT chat_id, status, migrated_to FROM subscribers ORDER BY 1")
    assert [(row["status"], row["migrated_to"]) for row in rows] == [
        ("active", None), ("gone", new_id),
    ]  # fmt: skip


async def test_someone_who_left_before_their_turn_is_skipped(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    broadcast_id = world.launch()
    world.run("UPDATE subscribers SET status = 'unsubscribed' WHERE chat_id %% 2 = 0")
    await broadcast(world, bot.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["skipped"]) == (10, 10)


async def test_someone_who_comes_after_the_launch_is_not_in(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    broadcast_id = world.launch()
    late = world.sandbox.add_people(bot.id, 5)
    world.subscribe(bot.id, *late)
    await broadcast(world, bot.id)
    assert world.counts(broadcast_id)["sent"] == 20
    assert not set(late) & {chat for _, chat in world.outcomes(broadcast_id)}


async def test_content_that_telegram_refuses_stops_after_a_handful(world: AdRows) -> None:
    bot = world.add_bot(people=2000)
    broadcast_id = world.launch(AdMessage(text="<b>open", parse_mode="HTML"))
    await broadcast(world, bot.id)
    row = world.broadcast(broadcast_id)
    counts = world.counts(broadcast_id)
    assert row["status"] == "failed"
    assert "can't parse entities" in row["reason"]
    assert counts["pending"] == 0
    assert counts["failed"] + counts["unknown"] <= 64
    assert world.sandbox.totals(bot.id)["attempts"] <= 64


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("error", {"status": 500, "description": "Internal Server Error: restart"}),
        ("html", {"status": 502}),
        ("cut_after", {}),
        ("truncate", {}),
        ("slow", {"delay_s": 3}),
    ],
)
async def test_a_send_without_a_whole_answer_is_unknown_and_never_sent_again(
    world: AdRows, fault: str, options: dict[str, object]
) -> None:
    bot = world.add_bot(people=30)
    world.sandbox.add_fault(fault, bot=bot.id, count=3, **options)
    broadcast_id = world.launch()

    async with running_context(world, timeout_s=1.0) as context:
        await deliver(context, bot.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["unknown"]) == (27, 3)
    assert world.sandbox.totals(bot.id)["attempts"] <= 30
    assert all(line.accepted <= 1 for line in world.sandbox.received(bot.id))


async def test_at_least_once_sends_the_doubtful_again(world: AdRows) -> None:
    bot = world.add_bot(people=30)
    world.sandbox.add_fault("cut_before", bot=bot.id, count=3)
    broadcast_id = world.launch(policy="at_least_once")
    await broadcast(world, bot.id)
    assert world.counts(broadcast_id)["sent"] == 30
    assert world.sandbox.received_other_than(bot.id, 1) == []


async def test_retry_after_is_obeyed_and_nobody_is_lost(world: AdRows) -> None:
    bot = world.add_bot(people=60)
    world.sandbox.add_fault("flood", bot=bot.id, count=5, retry_after=1)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    assert world.counts(broadcast_id)["sent"] == 60
    assert world.sandbox.received_other_than(bot.id, 1) == []


async def test_a_file_id_that_telegram_refuses_is_learnt_anew_and_costs_nobody_the_ad(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=100)
    url = "https://cdn.example/a.jpg"
    stale = "AgACAgIAAxkBAAIC"
    world.run("INSERT INTO bot_files VALUES (%s, %s, 'photo', %s)", bot.id, url, stale)
    broadcast_id = world.launch(AdMessage(text="Look", media=(Media("photo", url),)))
    await broadcast(world, bot.id)
    assert world.counts(broadcast_id)["sent"] == 100, world.broadcast(broadcast_id)["reason"]
    assert world.sandbox.received_other_than(bot.id, 1) == []
    (known,) = world.run("SELECT file_id FROM bot_files")
    assert known["file_id"] != stale


async def test_a_video_without_sound_is_uploaded_once_though_telegram_makes_an_animation_of_it(
    world: AdRows, tmp_path: Path
) -> None:
    bot = world.add_bot(people=40)
    uploads = FolderUploads(tmp_path)
    silent = b"\0\0\0\x18ftypisom" + b"\0" * 40 + b"hdlrvide"
    source = world.upload(uploads, silent, "clip.mp4")
    for _ in range(2):  # the second knows it from the first
        broadcast_id = world.launch(AdMessage(text="Look", media=(Media("video", source),)))
        async with running_context(world, uploads=uploads) as context:
            await deliver(context, bot.id)
        assert world.counts(broadcast_id)["sent"] == 40, world.run("SELECT * FROM delivery_errors")
    (known,) = world.run("SELECT kind FROM bot_files")
    assert known["kind"] == "animation"
    methods = world.sandbox.bot(bot.id)["methods"]
    assert (methods["sendvideo"], methods["sendanimation"]) == (1, 79)


@pytest.mark.parametrize("name", ["moves.webp", "song.mp3", "clip.gif"])
async def test_a_file_stays_a_file_and_is_uploaded_once(
    world: AdRows, tmp_path: Path, name: str
) -> None:
    """Telegram makes a sticker, an audio or an animation of it, unless it is told not to."""
    bot = world.add_bot(people=20)
    uploads = FolderUploads(tmp_path)
    source = world.upload(uploads, picture("WEBP", frames=2), name)
    broadcast_id = world.launch(AdMessage(text="Look", media=(Media("document", source),)))

    async with running_context(world, uploads=uploads) as context:
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 20, world.run("SELECT * FROM delivery_errors")
    (known,) = world.run("SELECT kind FROM bot_files")
    assert known["kind"] == "document"


async def test_an_album_asks_for_its_own_kinds_of_files(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    urls = [f"https://cdn.example/{n}.mp4" for n in range(2)]
    world.run("INSERT INTO bot_files VALUES (%s, %s, 'animation', 'AgAC')", bot.id, urls[0])
    media = tuple(Media("video", url) for url in urls)
    broadcast_id = world.launch(AdMessage(text="Look", media=media))
    await broadcast(world, bot.id)
    assert world.counts(broadcast_id)["sent"] == 20, world.broadcast(broadcast_id)["reason"]


async def test_an_album_finds_out_who_cannot_be_reached_as_a_text_does(world: AdRows) -> None:
    bot = world.add_bot(people=60)
    chats = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    world.sandbox.set_status(bot.id, "blocked", *chats[:9], is_update=False)
    world.sandbox.set_status(bot.id, "deleted", *chats[9:14], is_update=False)
    world.sandbox.set_status(bot.id, "seen", *chats[14:17], is_update=False)
    media = tuple(Media("photo", f"https://cdn.example/{n}.jpg") for n in range(2))
    broadcast_id = world.launch(AdMessage(text="Look", media=media))
    await broadcast(world, bot.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["blocked"], counts["failed"]) == (43, 9, 8)
    statuses = world.run("SELECT chat_id, status FROM subscribers ORDER BY 1")
    expected = ["blocked"] * 9 + ["gone"] * 8 + ["active"] * 43
    assert [row["status"] for row in statuses] == expected
    errors = world.run("SELECT action, sum(count)::int AS n FROM delivery_errors GROUP BY 1")
    assert {row["action"]: row["n"] for row in errors} == {"blocked": 9, "dead": 5, "drop": 3}


async def test_a_photo_is_uploaded_once_and_then_sent_by_its_file_id(
    world: AdRows, tmp_path: Path
) -> None:
    bot = world.add_bot(people=40)
    uploads = FolderUploads(tmp_path)
    message = AdMessage(
        text="Look",
        media=(Media("photo", world.upload(uploads, PNG, "picture.png")),),
        buttons=((Button("Go", "https://shop.example"),),),
        links=("https://shop.example",),
    )
    broadcast_id = world.launch(message)

    async with running_context(world, uploads=uploads) as context:
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 40, world.run("SELECT * FROM delivery_errors")
    assert len(world.run("SELECT file_id FROM bot_files")) == 1
    urls = {
        sent["reply_markup"]["inline_keyboard"][0][0]["url"]
        for sent in world.sandbox.outbox(bot.id)
    }
    assert len(urls) == 40
    assert all(url.startswith("https://ads.example/r/") for url in urls)


@pytest.mark.parametrize("base", ["https://then.example", ""])
async def test_a_worker_that_knows_no_public_url_sends_every_link(world: AdRows, base: str) -> None:
    bot = world.add_bot(people=3)
    own = "https://shop.example"
    buttons = ((Button("Go", own),),)
    message = AdMessage(text="Look", buttons=buttons, links=(own,), link_base=base)
    broadcast_id = world.launch(message)

    async with running_context(world) as context:
        context.public_url = None
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 3
    urls = {
        sent["reply_markup"]["inline_keyboard"][0][0]["url"]
        for sent in world.sandbox.outbox(bot.id)
    }
    assert all(url.startswith(f"{base}/r/") for url in urls) if base else urls == {f"{own}/"}
