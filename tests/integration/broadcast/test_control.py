"""Pause, resume, cancel and retry in mid-broadcast, and several broadcasts of one bot."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from crier.broadcast import delivery_runner
from crier.domain.message import AdMessage, Media
from crier.services.bots import bots
from crier.services.broadcasts import control
from crier.services.errors import ConflictError
from crier.storage import engine, lifecycle
from tests.support.engine import AdRows, deliver, ended, running_context, some_sent, start
from tests.support.waiting import until_async

RATE = 100.0
CLAIMED = "SELECT 1 FROM deliveries WHERE claimed > 0"


async def test_a_pause_stops_after_a_seconds_sends_at_most_and_a_resume_finishes(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=300)
    broadcast_id = world.launch()

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await some_sent(world, broadcast_id)
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        paused_at = world.sandbox.totals(bot.id)["accepted"]
        assert set(await ended(tasks)) == {None}
        assert world.sandbox.totals(bot.id)["accepted"] - paused_at <= RATE
        frozen = world.counts(broadcast_id)
        assert 0 < frozen["pending"] < 300
        assert world.sandbox.totals(bot.id)["accepted"] == frozen["sent"]
        await asyncio.to_thread(world.steer, broadcast_id, control.resume)
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 300
    assert world.broadcast(broadcast_id)["status"] == "completed"
    assert world.sandbox.received_other_than(bot.id, 1) == []


async def test_a_pause_leaves_in_doubt_only_what_was_written(
    world: AdRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_runner, "ANSWER_WAIT_S", 0.5)
    bot = world.add_bot(people=100)
    world.sandbox.add_fault("slow", bot=bot.id, methods=["sendMessage"], count=2, delay_s=5)
    broadcast_id = world.launch()

    def faults() -> object:
        return [one for one in world.sandbox.control("GET", "/faults")["faults"] if one["hits"] < 2]

    async with running_context(world, rate=RATE, connections=2) as context:
        tasks = start(context, bot.id)
        await until_async(lambda: faults() == [])  # both are answered slowly by now
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        await asyncio.gather(*tasks)
    counts = world.counts(broadcast_id)
    assert (counts["unknown"], counts["pending"]) == (2, 98)


async def test_a_cancel_skips_everybody_who_is_left_and_counts_whoever_got_it(
    world: AdRows,
) -> None:
    bots = [world.add_bot(people=300).id for _ in range(2)]
    broadcast_id = world.launch()

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, *bots)
        await some_sent(world, broadcast_id)
        await asyncio.to_thread(world.steer, broadcast_id, control.cancel)
        counts = world.counts(broadcast_id)
        assert counts["pending"] == 0
        assert counts["unknown"] == 0
        assert set(await ended(tasks)) == {None}
    counts = world.counts(broadcast_id)
    assert counts["skipped"] > 300
    accepted = sum(world.sandbox.totals(bot)["accepted"] for bot in bots)
    assert accepted == counts["sent"]
    assert world.broadcast(broadcast_id)["status"] == "cancelled"


async def test_an_answer_that_comes_after_the_cancel_is_unknown_not_skipped(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=50)
    broadcast_id = world.launch()
    world.sandbox.add_fault("slow", bot=bot.id, delay_s=3, count=1000)

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await until_async(lambda: world.sandbox.control("GET", "/faults")["faults"][0]["hits"] > 0)
        await asyncio.to_thread(world.steer, broadcast_id, control.cancel)
        assert set(await ended(tasks)) == {None}
    counts = world.counts(broadcast_id)
    assert counts["sent"] == 0
    assert counts["unknown"] >= 1
    assert counts["pending"] == 0
    assert set(world.outcomes(broadcast_id).values()) == {"unknown"}


def test_who_is_in_doubt_or_cut_off_is_recorded_under_the_kind_of_the_ad(
    world: AdRows,
) -> None:
    world.add_bot(people=5)
    photo = Media(kind="photo", source="https://pictures.example/fair.jpg")
    broadcast_id = world.launch(AdMessage(text="Buy!", media=(photo,)))
    world.run("UPDATE deliveries SET claimed = 2")
    world.steer(broadcast_id, control.cancel)
    rows = "SELECT status, message_type, count(*)::int AS n FROM messages GROUP BY 1, 2 ORDER BY 1"
    assert world.run(rows) == [{"status": "unknown", "message_type": "photo", "n": 2}]
    world.steer(broadcast_id, control.retry, None, ["unknown"])
    assert world.run(rows) == [
        {"status": "skipped", "message_type": "photo", "n": 3},
        {"status": "unknown", "message_type": "photo", "n": 2},
    ]


async def test_a_retry_sends_again_to_exactly_the_failed(world: AdRows) -> None:
    bot = world.add_bot(people=50)
    chats = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    world.sandbox.add_fault(
        "error", bot=bot.id, chats=chats[:5], status=400, description="Bad Request: CHAT_RESTRICTED"
    )
    broadcast_id = world.launch()

    async with running_context(world) as context:
        await deliver(context, bot.id)
        assert world.counts(broadcast_id)["failed"] == 5
        world.sandbox.clear_faults()
        found = world.steer(broadcast_id, control.retry, None, ["failed"])
        assert found == control.Again(broadcast_id, retryable=5, unreachable=0)
        assert world.counts(broadcast_id)["pending"] == 5
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 50
    assert world.sandbox.received_other_than(bot.id, 1) == []
    assert world.run("SELECT sum(count)::int AS n FROM delivery_errors")[0]["n"] == 5
    with pytest.raises(ConflictError, match="nobody to retry"):
        world.steer(broadcast_id, control.retry, None, ["failed"])


async def test_two_broadcasts_share_a_bot_by_priority(world: AdRows) -> None:
    bot = world.add_bot(people=400)
    world.run(
        "UPDATE subscribers SET language_code = CASE chat_id %% 2 WHEN 0 THEN 'en' ELSE 'de' END"
    )
    small = world.launch(AdMessage(text="one"), targeting={"languages": ["en"]}, priority=1)
    big = world.launch(AdMessage(text="two"), targeting={"languages": ["de"]}, priority=3)

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await some_sent(world, big, 150)
        ratio = world.counts(big)["sent"] / max(1, world.counts(small)["sent"])
        assert 2.0 < ratio < 4.5
        context.stopping.set()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_broadcast_whose_errors_climb_pauses_itself_and_goes_on_when_told_to(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=600)
    chats = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    world.sandbox.set_status(bot.id, "deleted", *chats[100:], is_update=False)
    broadcast_id = world.launch()

    async with running_context(world) as context:
        await deliver(context, bot.id)
        row = world.broadcast(broadcast_id)
        assert row["status"] == "paused"
        assert "of the last" in row["reason"]
        assert world.counts(broadcast_id)["pending"] > 100
        await asyncio.to_thread(world.steer, broadcast_id, control.resume)
        await deliver(context, bot.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["failed"]) == (100, 500)
    assert world.broadcast(broadcast_id)["status"] == "completed"


@pytest.mark.parametrize("step", ["complete", "cancel", "a bot is deleted"])
async def test_a_step_of_a_person_and_the_end_of_a_broadcast_never_wait_for_each_other(
    world: AdRows, step: str
) -> None:
    """Whoever has the ad gets its broadcast: all lock the one before the other."""
    world.add_bot(people=3)
    broadcast_id = world.launch()

    def other() -> None:
        if step == "cancel":
            world.steer(broadcast_id, control.cancel)
        with world.sessions.begin() as session:
            if step == "complete":
                engine.follow(session, lifecycle.complete([broadcast_id]))
            elif step != "cancel":
                bots.skip_recipients(session, world.run("SELECT id FROM bots")[0]["id"])

    with ThreadPoolExecutor(1) as pool:
        with world.sessions.begin() as session:
            run = session.connection().exec_driver_sql
            run("SET LOCAL lock_timeout = '2s'")
            run("SELECT 1 FROM advertisements FOR UPDATE")
            waiting = pool.submit(other)
            blocked = "SELECT 1 FROM pg_locks WHERE NOT granted"
            await until_async(lambda: bool(run(blocked).all()))
            run("SELECT 1 FROM broadcasts FOR UPDATE")
            run("SELECT 1 FROM deliveries FOR UPDATE")
        waiting.result(timeout=10)


async def test_slow_answers_hold_up_neither_a_resume_nor_other_broadcasts_of_the_bot(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=100)
    paused, other = world.launch(AdMessage(text="one")), world.launch(AdMessage(text="two"))
    world.sandbox.add_fault("slow", bot=bot.id, delay_s=100, count=8)

    async with running_context(world, rate=RATE, timeout_s=12) as context:
        tasks = start(context, bot.id)
        await until_async(lambda: len(world.run(CLAIMED)) == 2)
        await until_async(lambda: world.sandbox.control("GET", "/faults")["faults"][0]["hits"] == 8)
        await asyncio.to_thread(world.steer, paused, control.pause)
        await until_async(lambda: world.counts(other)["sent"] > 10)
        await asyncio.to_thread(world.steer, paused, control.resume)
        await until_async(lambda: world.counts(paused)["sent"] > 10)
        unanswered = {world.counts(one)["unknown"] for one in (paused, other)}
        assert unanswered == {0}, "the slow ones are still waited for"
        assert set(await ended(tasks)) == {None}
    counts = [world.counts(broadcast_id) for broadcast_id in (paused, other)]
    assert sum(one["sent"] for one in counts) == 192
    assert sum(one["unknown"] for one in counts) == 8


async def test_a_long_wait_that_telegram_asks_for_can_be_paused_and_is_named(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=200)
    broadcast_id = world.launch()

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await some_sent(world, broadcast_id)
        world.sandbox.add_fault("flood", bot=bot.id, count=1000, retry_after=7200)
        waits = "SELECT 1 FROM deliveries WHERE wait_until > now() + interval '1 hour'"
        await until_async(lambda: bool(world.run(waits)))
        attempts = world.sandbox.totals(bot.id)["attempts"]
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        assert set(await ended(tasks)) == {None}
        assert world.sandbox.totals(bot.id)["attempts"] == attempts
    counts = world.counts(broadcast_id)
    assert counts["unknown"] == 0
    assert counts["sent"] + counts["pending"] == 200
