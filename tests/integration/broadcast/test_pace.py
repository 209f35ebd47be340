"""Speed: what Telegram allows is used and not exceeded; money is spent within its budget."""

import asyncio

from crier.broadcast import delivery_runner
from crier.broadcast.broadcast_context import BroadcastContext
from crier.domain.message import AdMessage, Options
from tests.support.engine import AdRows, deliver, running_context
from tests.support.sandbox import Sandbox
from tests.support.waiting import until_async

WAITS = "SELECT wait_reason FROM deliveries WHERE broadcast_id = %s"
PAID = "SELECT sum(paid)::int AS paid FROM deliveries WHERE broadcast_id = %s"


async def test_strict_limits_are_kept_without_a_single_429(
    database_url: str, sandbox: Sandbox
) -> None:
    world = AdRows(database_url, sandbox)
    bots = [world.add_bot(people=120).id for _ in range(3)]
    broadcast_id = world.launch()

    async with running_context(world, rate=30) as context:
        await deliver(context, *bots)
    world.close()
    totals = sandbox.totals()
    assert totals["accepted"] == 360
    assert totals["flood"] == 0
    assert broadcast_id


async def test_a_paid_broadcast_pays_for_no_more_than_its_budget_and_for_no_other(
    database_url: str, sandbox: Sandbox
) -> None:
    """Over two bots, beside a free broadcast, and across a worker that dies."""
    world = AdRows(database_url, sandbox)
    bots = [world.add_bot(people=200).id for _ in range(2)]
    for bot in bots:
        sandbox.change_bot(bot, stars=100_000)
    free = world.launch(AdMessage(text="Free"))
    options = Options(allow_paid_broadcast=True, paid_budget=301)
    paying = world.launch(AdMessage(text="Now", options=options))

    async with running_context(world, rate=30) as context:
        dying = [asyncio.create_task(delivery_runner.run_deliveries(context, bot)) for bot in bots]
        await until_async(lambda: world.counts(paying)["sent"] >= 40)
        assert world.counts(free)["sent"] <= 30
        assert "paid broadcast" in world.run(WAITS, free)[0]["wait_reason"]
        for task in dying:  # as a crash, which leaves what it has claimed in doubt
            task.cancel()
        await asyncio.gather(*dying, return_exceptions=True)
    async with running_context(world, rate=30) as context:
        tasks = [asyncio.create_task(delivery_runner.run_deliveries(context, bot)) for bot in bots]
        await until_async(lambda: world.run(PAID, paying)[0]["paid"] == 301)
        context.stopping.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    budgets = world.run("SELECT paid, paid_budget FROM deliveries WHERE broadcast_id = %s", paying)
    spent = sum(sandbox.totals(bot)["paid"] for bot in bots)
    stars = [100_000 - sandbox.bot(bot)["stars"] for bot in bots]
    world.close()
    assert all(row["paid"] <= row["paid_budget"] for row in budgets)
    assert sorted(row["paid_budget"] for row in budgets) == [150, 151]
    assert 0 < spent <= 301
    assert sum(stars) <= 301 * 0.1 + 1e-6


async def test_a_broadcast_leaves_room_for_the_replies_of_a_session_elsewhere(
    database_url: str, sandbox: Sandbox
) -> None:
    world = AdRows(database_url, sandbox)
    bot = world.add_bot(people=100)
    asking = sandbox.add_people(bot.id, 40)
    world.run("UPDATE bots SET worker = 'there:1' WHERE id = %s", bot.id)
    world.run(
        """INSERT INTO messages (bot_id, chat_id, status, direction)
           SELECT %s, 7, 'sent', 'out' FROM generate_series(1, 60)""",
        bot.id,
    )
    world.launch()

    async def answer_people(context: BroadcastContext) -> None:
        for chat_id in asking:  # six a second, as a session elsewhere would: it knows nothing of us
            await context.bot_api.call(
                bot.token, "sendMessage", {"chat_id": chat_id, "text": "Hello"}, returns=object
            )
            await asyncio.sleep(1 / 6)  # the rate that is tested

    async with running_context(world, rate=30) as context:
        answering = asyncio.create_task(answer_people(context))
        await deliver(context, bot.id)
        answering.cancel()
    world.close()
    assert sandbox.totals(bot.id)["flood"] == 0
