"""A broadcast that cannot succeed stops after a handful; one that can is never stopped."""

import asyncio
import contextlib

import pytest

from crier.domain.message import AdMessage
from crier.services.broadcasts import control
from tests.support.engine import AdRows, deliver, running_context
from tests.support.waiting import until_async

BAD = AdMessage(text="<b>open", parse_mode="HTML")
REFUSED = {"status": 400, "description": "Bad Request: can't parse entities: unclosed tag"}
UNHEARD_OF = {"status": 400, "description": "Bad Request: MOON_PHASE_INVALID"}


async def broadcast(world: AdRows, *bots: int, rate: float = 0, workers: int = 1) -> None:
    """Run the bots' deliveries until they end or pause, spread over workers."""
    async with contextlib.AsyncExitStack() as contexts:
        rooms = [
            await contexts.enter_async_context(running_context(world, rate=rate, timeout_s=1))
            for _ in range(workers)
        ]
        await asyncio.gather(*(deliver(room, *bots[n::workers]) for n, room in enumerate(rooms)))


def attempts(world: AdRows, *bots: int) -> int:
    return sum(world.sandbox.totals(bot)["attempts"] for bot in bots)


def chats_of(world: AdRows, bot: int) -> list[int]:
    rows = world.run("SELECT chat_id FROM subscribers WHERE bot_id = %s ORDER BY 1", bot)
    return [row["chat_id"] for row in rows]


@pytest.mark.parametrize(("rate", "workers"), [(0, 1), (30, 1), (0, 2)])
async def test_bad_content_costs_a_handful_however_many_bots_send_it(
    world: AdRows, rate: float, workers: int
) -> None:
    bots = [world.add_bot(people=100).id for _ in range(40)]
    broadcast_id = world.launch(BAD)
    await broadcast(world, *bots, rate=rate, workers=workers)
    row, counts = world.broadcast(broadcast_id), world.counts(broadcast_id)
    assert row["status"] == "failed"
    assert "Telegram refuses the content" in row["reason"]
    assert "can't parse entities" in row["reason"]
    assert attempts(world, *bots) <= 15 * workers
    assert (counts["failed"], counts["unknown"]) == (attempts(world, *bots), 0)
    assert counts["pending"] == 0


@pytest.mark.parametrize(
    "words",
    [
        "EFFECT_ID_INVALID",
        "inline keyboard expected",
        "the message can't be copied",
        "can't parse keyboard button: Can't find field",
        "BUTTON_USER_PRIVACY_RESTRICTED",
        'failed to send message #2 with the error message "MEDIA_INVALID"',
    ],
)
async def test_every_refusal_of_the_content_stops_the_broadcast(world: AdRows, words: str) -> None:
    bot = world.add_bot(people=200).id
    world.sandbox.add_fault("error", bot=bot, status=400, description=f"Bad Request: {words}")
    broadcast_id = world.launch()
    await broadcast(world, bot)
    assert world.broadcast(broadcast_id)["status"] == "failed"
    assert attempts(world, bot) <= 15
    assert world.counts(broadcast_id)["pending"] == 0


@pytest.mark.parametrize("workers", [1, 2])
async def test_content_that_one_bot_cannot_send_does_not_stop_the_others(
    world: AdRows, workers: int
) -> None:
    good, bad = world.add_bot(people=300).id, world.add_bot(people=30).id
    world.sandbox.add_fault("error", bot=bad, count=1000, **REFUSED)
    broadcast_id = world.launch()
    await broadcast(world, bad, good, workers=workers)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["failed"]) == (300, 30)
    assert world.broadcast(broadcast_id)["status"] == "completed"


async def test_good_content_goes_on_whoever_comes_first(world: AdRows) -> None:
    bot = world.add_bot(people=100).id
    chats = chats_of(world, bot)
    world.sandbox.set_status(bot, "blocked", *chats[:40], is_update=False)
    groups = [world.sandbox.add_group(bot, denied=["text"], is_update=False) for _ in range(25)]
    world.subscribe(bot, *groups, kind="group")
    broadcast_id = world.launch()
    await broadcast(world, bot)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["blocked"], counts["failed"]) == (60, 40, 25)
    assert world.broadcast(broadcast_id)["status"] == "completed"


async def test_content_that_was_sent_before_is_not_condemned_after_a_pause(world: AdRows) -> None:
    bot = world.add_bot(people=300).id
    broadcast_id = world.launch()

    async with running_context(world, rate=100) as context:
        task = asyncio.create_task(deliver(context, bot))
        await until_async(lambda: world.counts(broadcast_id)["sent"] >= 20)
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        await task
    world.sandbox.add_fault("error", bot=bot, count=10, **REFUSED)
    world.steer(broadcast_id, control.resume)
    await broadcast(world, bot)
    assert world.counts(broadcast_id)["failed"] == 10
    assert world.broadcast(broadcast_id)["status"] == "completed"


async def test_a_refusal_that_nobody_knows_pauses_and_a_resume_goes_on_all_the_same(
    world: AdRows,
) -> None:
    bots = [world.add_bot(people=100).id for _ in range(2)]
    world.sandbox.add_fault("error", count=100_000, methods=["sendMessage"], **UNHEARD_OF)
    broadcast_id = world.launch()
    await broadcast(world, *bots)
    row = world.broadcast(broadcast_id)
    assert row["status"] == "paused"
    assert "refuses every recipient alike" in row["reason"]
    assert "MOON_PHASE_INVALID" in row["reason"]
    assert attempts(world, *bots) <= 40
    world.steer(broadcast_id, control.resume)
    await broadcast(world, *bots)
    assert world.counts(broadcast_id)["failed"] == 200
    assert world.broadcast(broadcast_id)["status"] == "completed"


async def test_errors_that_climb_over_many_small_audiences_pause_the_broadcast(
    world: AdRows,
) -> None:
    bots = [world.add_bot(people=60).id for _ in range(10)]
    for bot in bots:
        world.sandbox.set_status(bot, "deleted", *chats_of(world, bot)[10:], is_update=False)
    broadcast_id = world.launch()
    await broadcast(world, *bots)
    row = world.broadcast(broadcast_id)
    assert row["status"] == "paused"
    assert "paused by itself: 101 of the last" in row["reason"]
    assert world.counts(broadcast_id)["pending"] > 200


async def test_a_pause_by_hand_does_not_switch_the_guard_off(world: AdRows) -> None:
    bot = world.add_bot(people=400).id
    broadcast_id = world.launch()
    world.steer(broadcast_id, control.pause)
    world.steer(broadcast_id, control.resume)
    world.sandbox.set_status(bot, "deleted", *chats_of(world, bot)[10:], is_update=False)
    await broadcast(world, bot)
    assert world.broadcast(broadcast_id)["status"] == "paused"


async def test_faults_that_telegram_answers_pause_the_broadcast(world: AdRows) -> None:
    bots = [world.add_bot(people=60).id for _ in range(20)]
    broadcast_id = world.launch()
    world.sandbox.add_fault("error", methods=["sendMessage"], probability=0.75, status=502)
    await broadcast(world, *bots)
    row = world.broadcast(broadcast_id)
    assert row["status"] == "paused"
    assert "502" in row["reason"]
    assert world.counts(broadcast_id)["unknown"] <= 180


async def test_an_outage_is_no_reason_to_pause(world: AdRows) -> None:
    bots = [world.add_bot(people=60).id for _ in range(20)]
    broadcast_id = world.launch()
    world.sandbox.add_fault("cut_before", methods=["sendMessage"], probability=0.7, count=120)
    await broadcast(world, *bots)
    counts = world.counts(broadcast_id)
    assert counts["sent"] + counts["unknown"] == 1200
    assert world.broadcast(broadcast_id)["status"] == "completed"
