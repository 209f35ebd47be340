"""Speed: what Telegram allows is used and not exceeded; money is spent within its budget."""

import asyncio

from crier.domain.message import AdMessage, Options
from tests.support.engine import World, deliver, running_office
from tests.support.sandbox import Sandbox


def test_strict_limits_are_kept_without_a_single_429(database_url: str, sandbox: Sandbox) -> None:
    world = World(database_url, sandbox)
    bots = [world.add_bot(people=120).id for _ in range(3)]
    broadcast_id = world.launch()

    async def run() -> None:
        async with running_office(world, rate=30) as office:
            await deliver(office, *bots)

    asyncio.run(run())
    world.close()
    totals = sandbox.totals()
    assert totals["accepted"] == 360
    assert totals["flood"] == 0
    assert broadcast_id


def test_a_paid_broadcast_is_faster_and_pays_for_no_more_than_its_budget(
    database_url: str, sandbox: Sandbox
) -> None:
    world = World(database_url, sandbox)
    bot = world.add_bot(people=600)
    sandbox.change_bot(bot.id, stars=100_000)
    options = Options(allow_paid_broadcast=True, paid_budget=400)
    broadcast_id = world.launch(AdMessage(text="Now", options=options))

    async def run() -> None:
        async with running_office(world, rate=30) as office:
            await deliver(office, bot.id)

    asyncio.run(run())
    counts = world.counts(broadcast_id)
    paid = world.run("SELECT paid FROM deliveries")[0]["paid"]
    spent = 100_000 - sandbox.bot(bot.id)["stars"]
    world.close()
    assert counts["sent"] == 600
    assert 0 < paid <= 400
    assert spent <= 400 * 0.1 + 1
