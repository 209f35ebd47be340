"""A retry sends to whoever can be reached, and takes nothing back of what was found before."""

from typing import Any

import pytest

from crier.services.broadcasts import control, reports
from crier.services.errors import ConflictError
from crier.storage.models.ads import Advertisement, Broadcast
from tests.support.engine import AdRows, deliver, running_context

TEMPORARY = {"status": 400, "description": "Bad Request: CHAT_RESTRICTED"}
OUTCOMES = ("sent", "blocked", "failed", "unknown", "skipped")


async def broadcast(world: AdRows, *bots: int) -> None:
    async with running_context(world, timeout_s=1) as context:
        await deliver(context, *bots)


def chats_of(world: AdRows, bot: int) -> list[int]:
    rows = world.run("SELECT chat_id FROM subscribers WHERE bot_id = %s ORDER BY 1", bot)
    return [row["chat_id"] for row in rows]


def statistics(world: AdRows, broadcast_id: int) -> dict[str, Any]:
    with world.sessions.begin() as session:
        ad = session.get_one(Advertisement, session.get_one(Broadcast, broadcast_id).ad_id)
        found = reports.statistics(session, ad, broadcast_id, owner=None, default_rate=30)
    assert found["audience"] == found["pending"] + sum(found[name] for name in OUTCOMES)
    return found


def attempts(world: AdRows, broadcast_id: int) -> list[tuple[int, ...]]:
    """Tried and the outcomes of each attempt."""
    return [
        (attempt.tried, *(getattr(attempt, name) for name in OUTCOMES))
        for attempt in statistics(world, broadcast_id)["attempts"]
    ]


def everything(world: AdRows) -> list[list[dict[str, Any]]]:
    tables = ("messages", "deliveries", "delivery_errors", "broadcasts", "broadcast_retries")
    return [world.run(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]


async def failed(world: AdRows, *, people: int, temporary: int, gone: int) -> tuple[int, int]:
    """A finished broadcast with failures of both kinds; the bot and the broadcast."""
    bot = world.add_bot(people=people)
    chats = chats_of(world, bot.id)
    if temporary:
        world.sandbox.add_fault("error", bot=bot.id, chats=chats[:temporary], **TEMPORARY)
    left = chats[temporary : temporary + gone]
    if left:
        world.sandbox.set_status(bot.id, "deleted", *left, is_update=False)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    world.sandbox.clear_faults()
    return bot.id, broadcast_id


async def test_whoever_cannot_be_reached_keeps_outcome_and_reason(world: AdRows) -> None:
    bot, broadcast_id = await failed(world, people=200, temporary=5, gone=70)
    assert attempts(world, broadcast_id) == [(200, 125, 0, 75, 0, 0)]
    plan = world.steer(broadcast_id, control.plan_retry, None, ["failed"])
    assert plan == control.Again(broadcast_id, retryable=5, unreachable=70)
    assert world.steer(broadcast_id, control.retry, None, ["failed"]) == plan
    assert attempts(world, broadcast_id) == [(200, 125, 0, 75, 0, 0), (5, 0, 0, 0, 0, 0)]
    await broadcast(world, bot)
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["failed"], counts["skipped"]) == (130, 70, 0)
    assert attempts(world, broadcast_id) == [(200, 125, 0, 75, 0, 0), (5, 5, 0, 0, 0, 0)]
    errors = {e["description"]: e["count"] for e in statistics(world, broadcast_id)["errors"]}
    assert errors == {"Forbidden: user is deactivated": 70, "Bad Request: CHAT_RESTRICTED": 5}
    assert world.sandbox.received_other_than(bot, 1) == []


async def test_where_nobody_can_be_reached_nothing_changes(world: AdRows) -> None:
    _, broadcast_id = await failed(world, people=90, temporary=0, gone=30)
    before = everything(world)
    with pytest.raises(ConflictError, match="30 cannot be reached"):
        world.steer(broadcast_id, control.retry, None, ["failed", "unknown"])
    assert everything(world) == before


async def test_whoever_leaves_between_the_retry_and_their_turn_keeps_outcome_and_reason(
    world: AdRows,
) -> None:
    bot, broadcast_id = await failed(world, people=60, temporary=10, gone=0)
    rows = "SELECT * FROM messages WHERE chat_id = ANY(%s) ORDER BY id"
    leaving = chats_of(world, bot)[:4]
    before = world.run(rows, leaving)
    assert world.steer(broadcast_id, control.retry, None, ["failed"]).retryable == 10
    leave = "UPDATE subscribers SET status = 'unsubscribed' WHERE chat_id = ANY(%s)"
    world.run(leave, leaving)
    await broadcast(world, bot)
    after = world.run(rows, leaving)
    for row in (*before, *after):
        del row["position"]
    assert after == before, "the row of the last try, at another position"
    counts = world.counts(broadcast_id)
    assert (counts["sent"], counts["failed"], counts["skipped"]) == (56, 4, 0)
    outcomes = world.outcomes(broadcast_id)
    assert {chat for (_, chat), outcome in outcomes.items() if outcome == "failed"} == set(leaving)
    assert len(outcomes) == 60
    assert attempts(world, broadcast_id) == [(60, 50, 0, 10, 0, 0), (10, 6, 0, 4, 0, 0)]
    assert world.broadcast(broadcast_id)["status"] == "completed"


@pytest.mark.parametrize(
    "change",
    ["desired_status = 'stopped'", "status = 'error'", "deleted_at = now()", "user_id = 2"],
)
async def test_a_retry_leaves_out_bots_that_do_not_run_or_are_anothers(
    world: AdRows, change: str
) -> None:
    world.run("INSERT INTO users (username, password_hash, role) VALUES ('b', 'x', 'operator')")
    bots = [world.add_bot(people=20).id for _ in range(2)]
    for bot in bots:
        few = chats_of(world, bot)[:3]
        world.sandbox.add_fault("error", bot=bot, chats=few, **TEMPORARY)
    broadcast_id = world.launch()
    await broadcast(world, *bots)
    world.sandbox.clear_faults()
    world.run(f"UPDATE bots SET {change} WHERE id = %s", bots[1])
    again = world.steer(broadcast_id, control.retry, None, ["failed"], 1)
    assert (again.retryable, again.unreachable) == (3, 3)
    await broadcast(world, bots[0])
    assert world.broadcast(broadcast_id)["status"] == "completed"
    assert attempts(world, broadcast_id) == [(40, 34, 0, 6, 0, 0), (3, 3, 0, 0, 0, 0)]


async def test_many_attempts_add_up_and_a_try_that_fails_again_counts_each_time(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=50)
    chats = chats_of(world, bot.id)
    world.sandbox.add_fault("error", bot=bot.id, chats=chats[:6], **TEMPORARY)
    world.sandbox.add_fault("cut_before", bot=bot.id, chats=chats[6:9], count=3)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    assert world.steer(broadcast_id, control.retry, None, ["failed"]).retryable == 6
    await broadcast(world, bot.id)
    world.sandbox.clear_faults()
    world.sandbox.set_status(bot.id, "blocked", chats[0], is_update=False)
    assert world.steer(broadcast_id, control.retry, None, ["failed", "unknown"]).retryable == 9
    await broadcast(world, bot.id)
    assert attempts(world, broadcast_id) == [
        (50, 41, 0, 6, 3, 0),
        (6, 0, 0, 6, 0, 0),
        (9, 8, 1, 0, 0, 0),
    ]
    errors = {e["description"]: e["count"] for e in statistics(world, broadcast_id)["errors"]}
    assert errors["Bad Request: CHAT_RESTRICTED"] == 12
    assert len(world.outcomes(broadcast_id)) == 50


async def test_a_cancelled_retry_skips_whoever_is_left_and_keeps_the_first_attempt(
    world: AdRows,
) -> None:
    _, broadcast_id = await failed(world, people=40, temporary=8, gone=4)
    world.steer(broadcast_id, control.retry, None, ["failed"])
    world.steer(broadcast_id, control.cancel)
    assert attempts(world, broadcast_id) == [(40, 28, 0, 12, 0, 0), (8, 0, 0, 0, 0, 8)]
    counts = world.counts(broadcast_id)
    assert (counts["failed"], counts["skipped"], counts["pending"]) == (4, 8, 0)


async def test_duration_and_rate_are_of_the_attempts_and_not_of_the_time_between(
    world: AdRows,
) -> None:
    bot, broadcast_id = await failed(world, people=100, temporary=10, gone=0)
    world.run(
        "UPDATE broadcasts SET started_at = now() - interval '3610 s',"
        " completed_at = now() - interval '3600 s'"
    )
    assert statistics(world, broadcast_id)["duration_seconds"] == 10
    assert statistics(world, broadcast_id)["rate_per_second"] == 10
    world.steer(broadcast_id, control.retry, None, ["failed"])
    running = statistics(world, broadcast_id)
    assert running["estimated_seconds_left"] in (None, 0, 1), "ten at thirty a second"
    await broadcast(world, bot)
    done = statistics(world, broadcast_id)
    first, second = done["attempts"]
    took = (second.completed_at - second.started_at).total_seconds()
    assert done["duration_seconds"] == pytest.approx(10 + took, abs=1)
    assert (first.completed_at - first.started_at).total_seconds() == 10
    assert second.started_at > first.completed_at
    assert second.completed_at == done["completed_at"]
    assert done["rate_per_second"] == pytest.approx(110 / (10 + took), rel=0.1)


async def test_a_group_that_has_moved_is_in_reach_by_its_new_id(world: AdRows) -> None:
    bot = world.add_bot(people=20)
    group = world.sandbox.add_group(bot.id, type="group", is_update=False)
    world.subscribe(bot.id, group, kind="group")
    world.sandbox.add_fault("error", bot=bot.id, chats=[group], **TEMPORARY)
    broadcast_id = world.launch()
    await broadcast(world, bot.id)
    world.sandbox.clear_faults()
    new_id = world.sandbox.migrate(bot.id, group)
    world.subscribe(bot.id, new_id, kind="supergroup")
    moved = "UPDATE subscribers SET status = 'gone', migrated_to = %s WHERE chat_id = %s"
    world.run(moved, new_id, group)
    assert world.steer(broadcast_id, control.retry, None, ["failed"]).retryable == 1
    await broadcast(world, bot.id)
    assert world.outcomes(broadcast_id)[bot.id, group] == "sent"
    assert world.sandbox.chat(bot.id, new_id)["accepted"] == 1
