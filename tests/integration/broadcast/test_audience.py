"""Who is in a broadcast: targeting, one person once, samples, schedules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crier.domain import message as messages
from crier.domain.message import AdMessage
from crier.domain.targeting import Targeting
from crier.services.broadcasts import control
from crier.services.broadcasts import launch as launching
from crier.services.errors import ConflictError, NotFoundError
from crier.storage.models.ads import Advertisement
from tests.support.engine import AdRows, deliver, running_context


def audience(world: AdRows, *bots: int, salt: int = 7, **rule: Any) -> dict[int, int]:
    with world.sessions.begin() as session:
        targeting = Targeting(**rule)
        return dict(launching.preview(session, bot_ids=bots, targeting=targeting, salt=salt))


def stored(world: AdRows, broadcast_id: int) -> dict[int, list[int]]:
    """The chats of each bot in a broadcast's snapshot."""
    rows = world.run(
        """SELECT d.bot_id, p.chat_ids FROM audience_pages p JOIN deliveries d
           ON d.id = p.delivery_id WHERE d.broadcast_id = %s ORDER BY p.start""",
        broadcast_id,
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row["bot_id"], []).extend(row["chat_ids"])
    return found


def test_each_condition_narrows_the_audience(world: AdRows) -> None:
    bot = world.add_bot().id
    world.subscribe(bot, *range(1, 101))
    world.run("UPDATE subscribers SET language_code = 'en-GB' WHERE chat_id <= 30")
    world.run("UPDATE subscribers SET language_code = 'de' WHERE chat_id BETWEEN 31 AND 40")
    world.run("UPDATE subscribers SET last_seen_at = now() WHERE chat_id <= 20")
    world.run("UPDATE subscribers SET joined_at = now() - interval '30 days' WHERE chat_id <= 10")
    world.run("UPDATE subscribers SET status = 'blocked' WHERE chat_id = 1")
    week_ago = datetime.now(UTC) - timedelta(days=7)
    assert audience(world, bot) == {bot: 99}
    assert audience(world, bot, languages=("en",)) == {bot: 29}
    assert audience(world, bot, languages=("en", "de")) == {bot: 39}
    assert audience(world, bot, active_within_days=1) == {bot: 19}
    assert audience(world, bot, joined_before=week_ago) == {bot: 9}
    assert audience(world, bot, joined_after=week_ago) == {bot: 90}
    assert audience(world, bot, joined_after=week_ago, joined_before=week_ago) == {bot: 0}
    assert audience(world, bot, joined_after=week_ago, languages=("de",)) == {bot: 10}


def test_a_sample_is_a_share_and_the_same_at_preview_and_launch(world: AdRows) -> None:
    bot = world.add_bot().id
    world.subscribe(bot, *range(1, 2001))
    other = world.add_bot().id
    world.subscribe(other, *range(1, 2001))
    first, second = (world.launch(targeting={"sample_percent": 10.0}) for _ in "ab")
    chosen, chosen_again = stored(world, first), stored(world, second)
    assert 140 < len(chosen[bot]) < 260
    assert chosen[bot] == chosen[other], "a person is in or out, whatever the bot"
    assert chosen_again[bot] != chosen[bot], "each ad has its own sample"
    for broadcast_id, snapshot in ((first, chosen), (second, chosen_again)):
        ad = world.broadcast(broadcast_id)["ad_id"]
        counted = audience(world, bot, other, salt=ad, sample_percent=10.0)
        assert counted == {id: len(chats) for id, chats in snapshot.items()}


async def test_one_person_gets_the_ad_once_through_the_bot_used_last(world: AdRows) -> None:
    first, second = world.add_bot(people=50), world.add_bot()
    people = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    world.sandbox.add_people(second.id, 50, first_id=people[0])
    world.subscribe(second.id, *people)
    world.run("UPDATE subscribers SET last_seen_at = now() - interval '1 day'")
    world.run(
        "UPDATE subscribers SET last_seen_at = now() WHERE bot_id = %s AND chat_id = ANY(%s)",
        second.id,
        people[:20],
    )
    world.run(
        "UPDATE subscribers SET last_seen_at = now() WHERE bot_id = %s AND chat_id = ANY(%s)",
        first.id,
        people[20:],
    )
    expected = {first.id: 30, second.id: 20}
    assert audience(world, first.id, second.id, dedupe_across_bots=True) == expected
    broadcast_id = world.launch(targeting={"dedupe_across_bots": True})

    async with running_context(world) as context:
        await deliver(context, first.id, second.id)
    got = dict.fromkeys(((first.id, p) for p in people[20:]), "sent")
    got |= dict.fromkeys(((second.id, p) for p in people[:20]), "sent")
    assert world.outcomes(broadcast_id) == got


def test_people_whose_last_bot_is_unknown_or_unusable_get_it_through_another_one(
    world: AdRows,
) -> None:
    bots = [world.add_bot().id for _ in range(3)]
    for bot in bots:
        world.subscribe(bot, *range(1, 301))
    spread = audience(world, *bots, dedupe_across_bots=True)
    assert sum(spread.values()) == 300
    assert min(spread.values()) > 70, "imported people are shared among their bots"
    seen = "UPDATE subscribers SET last_seen_at = now() WHERE bot_id = %s"
    world.run(seen, bots[0])
    assert audience(world, *bots, dedupe_across_bots=True) == {bots[0]: 300, bots[1]: 0, bots[2]: 0}
    world.run(f"{seen} AND chat_id <= 100", bots[1])
    world.run("UPDATE subscribers SET status = 'blocked' WHERE bot_id = %s", bots[0])
    left = audience(world, *bots, dedupe_across_bots=True)
    assert left[bots[0]] == 0
    assert left[bots[1]] + left[bots[2]] == 300
    assert left[bots[1]] > 100
    assert sum(audience(world, *bots[1:], dedupe_across_bots=True).values()) == 300


def test_a_launch_names_bots_that_are_foreign_or_do_not_run(world: AdRows) -> None:
    bot = world.add_bot(people=1).id
    with pytest.raises(NotFoundError, match="no bot 12345"):
        world.launch(bots=[bot, 12345])
    world.run("UPDATE bots SET status = 'stopped'")
    with pytest.raises(ConflictError, match=str(bot)):
        world.launch(bots=[bot])
    with pytest.raises(ConflictError, match="no bot of yours is running"):
        world.launch()
    world.run("UPDATE bots SET status = 'running'")
    world.run("UPDATE subscribers SET status = 'gone'")
    with pytest.raises(ConflictError, match="nobody to send to"):
        world.launch()
    assert world.run("SELECT id FROM broadcasts") == []


def test_an_admin_may_launch_through_anybodys_bots_by_naming_them(world: AdRows) -> None:
    bot = world.add_bot(people=3).id
    world.run("INSERT INTO users (username, password_hash, role) VALUES ('b', 'x', 'operator')")
    world.run("UPDATE bots SET user_id = 2")
    with pytest.raises(NotFoundError):
        world.launch(bots=[bot])
    with pytest.raises(ConflictError, match="no bot of yours"):
        world.launch(anybodys=True)
    assert world.counts(world.launch(bots=[bot], anybodys=True))["audience"] == 3


def test_an_admins_schedule_takes_anybodys_named_bots_for_as_long_as_they_are_one(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=3).id
    soon = datetime.now(UTC) + timedelta(hours=1)
    kept, lost = (schedule(world, soon, bots=[bot]) for _ in range(2))
    world.run("INSERT INTO users (username, password_hash, role) VALUES ('b', 'x', 'operator')")
    world.run("UPDATE bots SET user_id = 2")
    world.run("UPDATE users SET role = 'admin' WHERE id = 1")
    assert begin(world, kept) is None
    assert world.counts(kept)["audience"] == 3
    world.run("UPDATE users SET role = 'operator' WHERE id = 1")
    assert begin(world, lost) is not None


def schedule(
    world: AdRows,
    at: datetime,
    late_after_s: int | None = None,
    bots: list[int] | None = None,
) -> int:
    with world.sessions.begin() as session:
        ad = Advertisement(user_id=1, content="x")
        session.add(ad)
        session.flush()
        return launching.launch(
            session,
            ad=ad,
            scope=launching.Scope(1, 1),
            bot_ids=bots,
            scheduled_for=at,
            policy="at_most_once",
            message=messages.to_json(AdMessage(text="x")),
            late_after_s=late_after_s,
        ).id


def begin(world: AdRows, broadcast_id: int) -> str | None:
    with world.sessions.begin() as session:
        return launching.launch_due(session, broadcast_id)


def test_a_schedule_waits_in_the_queue_for_its_time_and_takes_who_is_there_then(
    world: AdRows,
) -> None:
    bot = world.add_bot(people=10).id
    at = datetime.now(UTC) + timedelta(hours=1)
    broadcast_id = schedule(world, at)
    job = world.run("SELECT task_name, scheduled_at FROM procrastinate_jobs")[0]
    assert (job["task_name"], job["scheduled_at"]) == ("launch", at)
    world.subscribe(bot, 555)
    assert begin(world, broadcast_id) is None
    assert world.broadcast(broadcast_id)["status"] == "broadcasting"
    assert world.counts(broadcast_id)["audience"] == 11
    assert begin(world, broadcast_id) is None, "a second start changes nothing"
    assert world.counts(broadcast_id)["audience"] == 11


def test_a_missed_schedule_is_sent_late_or_skipped_as_the_ad_says(world: AdRows) -> None:
    world.add_bot(people=10)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    skipped = schedule(world, hour_ago, late_after_s=600)
    reason = begin(world, skipped)
    assert reason is not None
    assert "missed by 60 minutes, and the ad may be late by 10 minutes" in reason
    assert world.broadcast(skipped)["status"] == "failed"
    late = schedule(world, hour_ago)
    assert begin(world, late) is None
    assert world.broadcast(late)["status"] == "broadcasting"


def test_a_schedule_that_must_not_be_late_starts_on_time_and_is_skipped_afterwards(
    world: AdRows,
) -> None:
    world.add_bot(people=10)
    on_time = schedule(world, datetime.now(UTC) - timedelta(seconds=1), late_after_s=0)
    assert begin(world, on_time) is None
    late = schedule(world, datetime.now(UTC) - timedelta(seconds=30), late_after_s=0)
    assert "missed by 30 seconds" in (begin(world, late) or "")


@pytest.mark.parametrize("named", [False, True])
def test_a_schedule_finds_the_bots_that_a_restart_is_just_bringing_up(
    world: AdRows, named: bool
) -> None:
    bots = [world.add_bot(people=10).id for _ in range(2)]
    broadcast_id = schedule(world, datetime.now(UTC), bots=bots if named else None)
    world.run("UPDATE bots SET status = 'starting' WHERE id = %s", bots[0])
    world.run(
        "UPDATE bots SET status = 'stopped', desired_status = 'stopped' WHERE id = %s", bots[1]
    )
    assert begin(world, broadcast_id) is None
    assert world.counts(broadcast_id)["audience"] == (20 if named else 10)


def test_a_schedule_that_finds_no_running_bot_fails_and_says_so(world: AdRows) -> None:
    world.add_bot(people=10)
    broadcast_id = schedule(world, datetime.now(UTC))
    world.run("UPDATE bots SET status = 'stopped', desired_status = 'stopped'")
    assert "no bot of yours is running" in (begin(world, broadcast_id) or "")
    row = world.broadcast(broadcast_id)
    assert (row["status"], row["audience"]) == ("failed", 0)
    assert world.run("SELECT status FROM advertisements")[0]["status"] == "failed"


def test_a_schedule_can_be_cancelled(world: AdRows) -> None:
    world.add_bot(people=10)
    broadcast_id = schedule(world, datetime.now(UTC) + timedelta(hours=1))
    world.steer(broadcast_id, control.cancel)
    assert begin(world, broadcast_id) is None
    assert world.broadcast(broadcast_id)["status"] == "cancelled"
