"""The fleet through crashes: real worker processes, killed at random moments under load.

Every message that people sent is in `messages` once, and every subscriber is counted once.
"""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crier.storage import schema_version
from tests.support.fleet import FleetRows
from tests.support.postgres import running_cluster
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

BOTS, PEOPLE, KILLS = 20, 25, 5
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def world(database_url: str, sandbox: Sandbox) -> Iterator[FleetRows]:
    made = FleetRows(database_url, sandbox)
    yield made
    made.close()


@pytest.fixture
def workers(world: FleetRows, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(world.database_url, world.sandbox.url, tmp_path)
    yield made
    made.stop()


def add_bots(world: FleetRows, count: int = BOTS) -> list[int]:
    bots = [world.add_bot().id for _ in range(count)]
    for bot_id in bots:
        world.sandbox.add_people(bot_id, PEOPLE)
    return bots


def until_running(world: FleetRows, count: int, within_s: float) -> None:
    def running() -> bool:
        rows = world.run("SELECT count(*) AS n FROM bots WHERE status = 'running'")
        return bool(rows[0]["n"] == count)

    until(running, within_s, f"{count} bots running")


def recorded(world: FleetRows) -> int:
    return int(world.value("SELECT count(*) FROM messages WHERE direction = 'in'"))


def check_exact(world: FleetRows, sent: int) -> None:
    """Everything once: rows, texts, subscribers, counters, minutes."""
    until(lambda: recorded(world) >= sent, 60, "all messages recorded")
    distinct = "SELECT count(DISTINCT (bot_id, content)) FROM messages WHERE direction = 'in'"
    assert (recorded(world), world.value(distinct)) == (sent, sent)
    assert world.value("SELECT sum(messages_in) FROM bot_minutes") == sent
    rows = world.value("SELECT count(*) FROM subscribers WHERE status = 'active'")
    assert world.value("SELECT sum(subscribers) FROM bot_counters") == rows
    assert world.value("SELECT sum(new_subscribers - lost_subscribers) FROM bot_minutes") == rows


def test_workers_killed_at_random_moments_lose_and_repeat_nothing(
    world: FleetRows, workers: Workers
) -> None:
    bots = add_bots(world)
    for _ in range(2):
        workers.start()
    world.start(*bots, wait=False)
    until_running(world, BOTS, 20)
    sent = kills = 0
    last_kill = time.monotonic()
    while kills < KILLS:
        for bot_id in bots:
            text = f"/start {sent} {{n}}" if random.random() < 0.3 else f"{sent} {{n}}"
            sent += world.sandbox.write_many(bot_id, 10, text)
        if time.monotonic() - last_kill > random.uniform(0.5, 3):
            workers.end(signal.SIGKILL)
            workers.start()
            kills += 1
            last_kill = time.monotonic()
    check_exact(world, sent)
    until_running(world, BOTS, 20)


def test_a_killed_workers_bots_run_elsewhere_within_twenty_seconds(
    world: FleetRows, workers: Workers
) -> None:
    bots = add_bots(world)
    workers.start()
    world.start(*bots, wait=False)
    until_running(world, BOTS, 20)
    first = {row["id"]: row["worker"] for row in world.run("SELECT id, worker FROM bots")}
    workers.start()
    workers.end(signal.SIGKILL, 0)

    def elsewhere() -> bool:
        rows = world.run("SELECT id, worker FROM bots WHERE status = 'running'")
        return len(rows) == BOTS and all(row["worker"] != first[row["id"]] for row in rows)

    until(elsewhere, 20, "all bots running on the other worker")
    sent = sum(world.sandbox.write_many(bot_id, 5, f"{bot_id} {{n}}") for bot_id in bots)
    check_exact(world, sent)


def test_a_worker_that_is_asked_to_stop_hands_its_bots_over(
    world: FleetRows, workers: Workers
) -> None:
    bots = add_bots(world)
    workers.start()
    world.start(*bots, wait=False)
    until_running(world, BOTS, 20)
    workers.start()
    until(lambda: world.value("SELECT count(*) FROM workers") == 2, 15)
    sent = sum(world.sandbox.write_many(bot_id, 20, f"{bot_id} {{n}}") for bot_id in bots)
    first = world.value("SELECT worker FROM bots LIMIT 1")
    workers.end(signal.SIGTERM, 0)
    until(
        lambda: (
            world.value(
                "SELECT count(*) FROM bots WHERE status = 'running' AND worker <> %s", first
            )
            == BOTS
        ),
        20,
        "all bots handed over",
    )
    stops = "SELECT count(*) FROM logs WHERE message LIKE '%%stops: another goes on'"
    assert world.value(stops) == BOTS, "handed over, and not found without a worker"
    check_exact(world, sent)


def test_postgresql_going_down_and_up_loses_and_repeats_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with running_cluster({"fsync": "on", "synchronous_commit": "on"}) as cluster:
        cluster.make_template()
        with cluster.database() as url:
            schema_version.check(url)
            world = FleetRows(url, sandbox)
            workers = Workers(url, sandbox.url, tmp_path)
            try:
                bots = add_bots(world, 5)
                workers.start()
                world.start(*bots, wait=False)
                until_running(world, 5, 20)
                sent = 0
                for _ in range(3):
                    for bot_id in bots:
                        sent += world.sandbox.write_many(bot_id, 40, f"{sent} {{n}}")
                    _break_every_connection(world)
                check_exact(world, sent)
            finally:
                workers.stop()
                world.close()


def _break_every_connection(world: FleetRows) -> None:
    """As a crash of PostgreSQL does: everybody is cut off in the middle of what they do."""
    world.run(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE pid <> pg_backend_pid() AND datname = current_database()"""
    )
