"""Recipients and bots that change hands or end in mid-broadcast: nothing twice, nobody in doubt."""

import asyncio
import time

import pytest

from crier.broadcast import sender
from crier.errors import HandedBack
from crier.services.bots import bots
from crier.services.broadcasts import control
from crier.services.caller import Caller
from crier.storage.models.bots import Bot
from tests.support.engine import AdRows, deliver, ended, running_context, some_sent, start
from tests.support.waiting import until_async

RATE = 100.0
OWNER = Caller(user_id=1, username="o", role="operator")


async def test_a_worker_that_stops_hands_over_with_nothing_twice_and_nothing_unknown(
    world: AdRows,
) -> None:
    bots = [world.add_bot(people=200).id for _ in range(3)]
    broadcast_id = world.launch()

    async def one_worker() -> None:
        async with running_context(world, rate=RATE) as context:
            tasks = start(context, *bots)
            await some_sent(world, broadcast_id, world.counts(broadcast_id)["sent"] + 60)
            context.stopping.set()
            results = await ended(tasks)
            assert all(result is None or isinstance(result, HandedBack) for result in results)

    for _ in range(3):
        await one_worker()
    async with running_context(world, rate=0) as context:
        await deliver(context, *bots)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["unknown"], counts["pending"]) == (600, 0, 0)
    for bot in bots:
        assert world.sandbox.received_other_than(bot, 1) == []


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
async def test_a_second_runner_takes_over_and_the_first_records_nothing_more(
    world: AdRows, policy: str
) -> None:
    bot = world.add_bot(people=300)
    broadcast_id = world.launch(policy=policy)

    async with running_context(world, rate=RATE) as first, running_context(world) as second:
        thought_dead = start(first, bot.id)
        await some_sent(world, broadcast_id)
        await deliver(second, bot.id)
        assert set(await ended(thought_dead)) == {None}
    counts = world.counts(broadcast_id)
    assert counts["pending"] == 0
    outcomes = world.outcomes(broadcast_id)
    assert len(outcomes) == 300
    received = {line.chat_id: line.accepted for line in world.sandbox.received(bot.id)}
    if policy == "at_least_once":
        assert counts["sent"] == 300
        assert all(times >= 1 for times in received.values())
    else:
        assert all(received[chat] == 1 for (_, chat), o in outcomes.items() if o == "sent")
        assert counts["unknown"] <= RATE


async def test_a_stopped_bot_waits_and_says_so(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    broadcast_id = world.launch()
    world.run("UPDATE bots SET desired_status = 'stopped'")

    async with running_context(world) as context:
        tasks = start(context, bot.id)
        await until_async(
            lambda: bool(world.run("SELECT 1 FROM deliveries WHERE wait_reason LIKE '%%started'"))
        )
        world.run("UPDATE bots SET desired_status = 'running'")
        world.run("SELECT pg_notify('crier', %s)", f"deliver:{bot.id}")
        assert set(await ended(tasks)) == {None}
    assert world.counts(broadcast_id)["sent"] == 20


async def test_a_token_that_is_refused_for_a_moment_is_asked_about_again(
    world: AdRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "CONFIRM_AFTER_S", (0.2, 0.6, 1.0))
    bot = world.add_bot(people=20)
    world.sandbox.add_fault(
        "error", bot=bot.id, status=401, description="Unauthorized", duration_s=1.0
    )
    broadcast_id = world.launch()

    async with running_context(world) as context:
        await deliver(context, bot.id)
    assert world.counts(broadcast_id)["sent"] == 20
    assert world.run("SELECT status, error_at FROM bots") == [
        {"status": "running", "error_at": None}
    ]


async def test_a_bot_that_may_not_send_waits_for_hours_and_says_so(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    answer = {"status": 400, "description": "Bad Request: FROZEN_METHOD_INVALID"}
    world.sandbox.add_fault("error", bot=bot.id, methods=["sendMessage"], **answer)
    broadcast_id = world.launch()
    waits = "SELECT 1 FROM deliveries WHERE wait_until > now() + interval '2 hours'"

    async with running_context(world) as context:
        tasks = start(context, bot.id)
        await until_async(lambda: bool(world.run(waits)))
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        assert set(await ended(tasks)) == {None}
    counts = world.counts(broadcast_id)
    assert (counts["pending"], counts["unknown"]) == (20, 0)
    assert world.run("SELECT 1 FROM bots WHERE flood_until > now() + interval '2 hours'")


async def test_a_refused_token_puts_the_bot_in_error_and_waits_for_a_new_one(
    world: AdRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "CONFIRM_AFTER_S", (0.1, 0.1, 0.1))
    bot = world.add_bot(people=20)
    broadcast_id = world.launch()
    renewed = world.sandbox.revoke(bot.id, new_token=True)

    async with running_context(world) as context:
        tasks = start(context, bot.id)
        await until_async(lambda: bool(world.run("SELECT 1 FROM bots WHERE status = 'error'")))
        await until_async(
            lambda: bool(world.run("SELECT 1 FROM deliveries WHERE wait_reason LIKE '%%token%%'"))
        )
        sealed = world.vault.seal(renewed.token)
        world.run("UPDATE bots SET bot_token = %s, status = 'running', error_at = NULL", sealed)
        world.run("SELECT pg_notify('crier', %s)", f"deliver:{bot.id}")
        assert set(await ended(tasks)) == {None}
    assert world.counts(broadcast_id)["sent"] == 20


async def test_a_deleted_bots_recipients_are_skipped(world: AdRows) -> None:
    kept, deleted = world.add_bot(people=50), world.add_bot(people=50)
    broadcast_id = world.launch()
    with world.sessions.begin() as session:
        bots.skip_recipients(session, deleted.id)

    async with running_context(world) as context:
        await deliver(context, kept.id, deleted.id)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["skipped"]) == (50, 50)
    assert world.broadcast(broadcast_id)["status"] == "completed"
    assert world.sandbox.totals(deleted.id)["attempts"] == 0


@pytest.mark.parametrize("end", ["deleted", "refused"])
async def test_a_bot_that_ends_in_mid_broadcast_leaves_nobody_in_doubt(
    world: AdRows, end: str
) -> None:
    bot = world.add_bot(people=300)
    broadcast_id = world.launch()

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await some_sent(world, broadcast_id)
        if end == "deleted":
            with world.sessions.begin() as session:
                bots.delete(session, OWNER, session.get_one(Bot, bot.id))
        else:
            world.run("UPDATE bots SET error_at = now() - interval '1 hour'")
            world.run("SELECT pg_notify('crier', %s)", f"deliver:{bot.id}")
        assert set(await ended(tasks)) == {None}
    counts = world.counts(broadcast_id)
    assert (counts["unknown"], counts["pending"], counts["failed"]) == (0, 0, 0)
    assert counts["sent"] == world.sandbox.totals(bot.id)["accepted"]
    assert world.broadcast(broadcast_id)["status"] == "completed"


async def test_a_wait_that_one_worker_was_told_of_is_kept_by_the_next(world: AdRows) -> None:
    bot = world.add_bot(people=40)
    broadcast_id = world.launch()
    told = (
        "SELECT extract(epoch FROM flood_until)::float8 AS at FROM bots WHERE flood_until > now()"
    )

    async def next_worker() -> float:
        before = world.sandbox.totals(bot.id)["attempts"]
        async with running_context(world, rate=RATE) as context:
            tasks = start(context, bot.id)
            await until_async(lambda: world.sandbox.totals(bot.id)["attempts"] > before)
            sending = time.time()
            await asyncio.gather(*tasks)
        return sending

    async with running_context(world, rate=RATE) as context:
        tasks = start(context, bot.id)
        await some_sent(world, broadcast_id, 5)
        world.sandbox.add_fault("flood", bot=bot.id, count=1, retry_after=3)
        await until_async(lambda: bool(world.run(told)))
        context.stopping.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    until_then = world.run(told)[0]["at"]
    assert await next_worker() >= until_then
    assert world.counts(broadcast_id)["sent"] == 40
