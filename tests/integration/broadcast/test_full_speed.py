"""Bots without a ceiling, whose sends go on by themselves: every way to stop them stops them.

Answers take a moment, so that the window of a second's sending holds more than is in flight: no
send ends for want of somebody to send to.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.sender import Sender
from crier.errors import HandedBack
from crier.services.broadcasts import control
from tests.support.engine import AdRows, deliver, ended, running_context, start
from tests.support.waiting import until_async

BOTS, PEOPLE = 4, 1500
Scene = Callable[[BroadcastContext, list[asyncio.Task[None]]], Awaitable[None]]


def accepted(world: AdRows, bots: list[int]) -> int:
    return sum(world.sandbox.totals(bot)["accepted"] for bot in bots)


def sends_under_way() -> bool:
    """Return True while a request of a runner here is unanswered: it may be counted at any time."""
    running = (task.get_coro() for task in asyncio.all_tasks())
    return any(getattr(coro, "__qualname__", "") == Sender.send.__qualname__ for coro in running)


async def play(world: AdRows, bots: list[int], broadcast_id: int, scene: Scene) -> None:
    """Run the scene in mid-broadcast, then the rest; everybody gets the ad exactly once."""
    world.sandbox.add_fault("slow", delay_s=0.05, count=BOTS * PEOPLE)
    async with running_context(world) as context:
        tasks = start(context, *bots)
        await until_async(lambda: world.counts(broadcast_id)["sent"] > BOTS * PEOPLE / 4)
        await scene(context, tasks)
    async with running_context(world) as context:
        await deliver(context, *bots)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["unknown"]) == (BOTS * PEOPLE, 0)
    assert all(world.sandbox.received_other_than(bot, 1) == [] for bot in bots)


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
async def test_a_pause_at_full_speed_leaves_nothing_in_doubt(world: AdRows, policy: str) -> None:
    bots = [world.add_bot(PEOPLE).id for _ in range(BOTS)]
    broadcast_id = world.launch(policy=policy)

    async def scene(_: BroadcastContext, tasks: list[asyncio.Task[None]]) -> None:
        await asyncio.to_thread(world.steer, broadcast_id, control.pause)
        assert set(await ended(tasks)) == {None}
        frozen = world.counts(broadcast_id)
        assert frozen["pending"] > 0
        assert accepted(world, bots) == frozen["sent"]
        await asyncio.to_thread(world.steer, broadcast_id, control.resume)

    await play(world, bots, broadcast_id, scene)


async def test_stopped_bots_are_silent_at_once_and_go_on_when_started(world: AdRows) -> None:
    bots = [world.add_bot(PEOPLE).id for _ in range(BOTS)]
    broadcast_id = world.launch()

    def turn(status: str) -> None:
        world.run("UPDATE bots SET desired_status = %s", status)
        world.run("SELECT pg_notify('crier', 'deliver:' || id) FROM bots")

    async def scene(_: BroadcastContext, tasks: list[asyncio.Task[None]]) -> None:
        await until_async(sends_under_way)
        turn("stopped")
        told = "SELECT count(*) AS n FROM deliveries WHERE wait_reason = 'the bot to be started'"
        await until_async(lambda: bool(world.run(told)[0]["n"] == BOTS))
        # What had left before is answered and recorded; only then is the count final.
        await until_async(lambda: not sends_under_way())
        await until_async(lambda: bool(accepted(world, bots) == world.counts(broadcast_id)["sent"]))
        before = accepted(world, bots)
        assert before < BOTS * PEOPLE
        await asyncio.sleep(0.3)  # hundreds would go meanwhile
        assert accepted(world, bots) == before
        turn("running")
        assert set(await ended(tasks)) == {None}

    await play(world, bots, broadcast_id, scene)


async def test_a_stopping_worker_hands_over_with_nothing_twice_and_nothing_unknown(
    world: AdRows,
) -> None:
    bots = [world.add_bot(PEOPLE).id for _ in range(BOTS)]
    broadcast_id = world.launch()

    async def scene(context: BroadcastContext, tasks: list[asyncio.Task[None]]) -> None:
        context.stopping.set()
        ends = await ended(tasks)
        assert all(isinstance(end, HandedBack) for end in ends)

    await play(world, bots, broadcast_id, scene)
