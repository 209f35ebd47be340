"""Bots without a ceiling, whose sends go on by themselves: every way to stop them stops them."""

import asyncio

import pytest

from crier.broadcast import courier
from crier.services import control
from tests.support.engine import World, deliver, running_office, until

PEOPLE = 8000


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
def test_a_pause_at_full_speed_leaves_nothing_in_doubt(world: World, policy: str) -> None:
    bot = world.add_bot(people=PEOPLE)
    broadcast_id = world.launch(policy=policy)

    async def run() -> None:
        async with running_office(world) as office:
            task = asyncio.create_task(courier.run_deliveries(office, bot.id))
            await until(lambda: world.counts(broadcast_id)["sent"] > 200)
            await asyncio.to_thread(world.steer, broadcast_id, control.pause)
            await asyncio.wait_for(task, 2.0)
            frozen = world.counts(broadcast_id)
            assert 0 < frozen["pending"] < PEOPLE
            assert world.sandbox.totals(bot.id)["accepted"] == frozen["sent"]
            await asyncio.to_thread(world.steer, broadcast_id, control.resume)
            await deliver(office, bot.id)

    asyncio.run(run())
    assert world.counts(broadcast_id)["sent"] == PEOPLE
    assert world.sandbox.received_other_than(bot.id, 1) == []


def test_a_stopped_bot_is_silent_at_once_and_goes_on_when_started(world: World) -> None:
    bot = world.add_bot(people=PEOPLE)
    broadcast_id = world.launch()

    def turn(status: str) -> None:
        world.run("UPDATE bots SET desired_status = %s", status)
        world.run("SELECT pg_notify('crier', %s)", f"deliver:{bot.id}")

    async def run() -> None:
        async with running_office(world) as office:
            task = asyncio.create_task(courier.run_deliveries(office, bot.id))
            await until(lambda: world.counts(broadcast_id)["sent"] > 200)
            turn("stopped")
            reason = "SELECT id FROM deliveries WHERE wait_reason = 'the bot to be started'"
            await until(lambda: bool(world.run(reason)))
            accepted = world.sandbox.totals(bot.id)["accepted"]
            assert accepted < PEOPLE
            await asyncio.sleep(0.3)  # at full speed hundreds would go meanwhile
            assert world.sandbox.totals(bot.id)["accepted"] == accepted
            turn("running")
            await asyncio.wait_for(task, 20)

    asyncio.run(run())
    assert world.counts(broadcast_id)["sent"] == PEOPLE
    assert world.sandbox.received_other_than(bot.id, 1) == []


def test_a_stopping_worker_hands_over_with_nothing_twice_and_nothing_unknown(world: World) -> None:
    bots = [world.add_bot(people=PEOPLE // 4).id for _ in range(4)]
    broadcast_id = world.launch()

    async def run() -> None:
        async with running_office(world) as office:
            tasks = [asyncio.create_task(courier.run_deliveries(office, bot)) for bot in bots]
            await until(lambda: world.counts(broadcast_id)["sent"] > 200)
            office.stopping.set()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert any(isinstance(end, courier.HandedBack) for end in ends)
        async with running_office(world) as office:
            await deliver(office, *bots)

    asyncio.run(run())
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["unknown"]) == (PEOPLE, 0)
    assert all(world.sandbox.received_other_than(bot, 1) == [] for bot in bots)
