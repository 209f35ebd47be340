"""Broadcasts through crashes: real worker processes, killed at random moments.

`at_most_once` never sends twice and names whoever is in doubt; `at_least_once` misses nobody and
repeats at most a second's sending a crash. What really arrived is what the sandbox counted.
"""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from crier.services.broadcasts import control
from crier.stack.http import JsonApi
from tests.support import valkey
from tests.support.api import live
from tests.support.engine import AdRows
from tests.support.network import network_to
from tests.support.postgres import Cluster, running_cluster
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

BOTS, PEOPLE, RATE = 3, 500, 50
pytestmark = pytest.mark.timeout(300)


@contextmanager
def platform(database_url: str, sandbox: Sandbox, folder: Path) -> Iterator[tuple[AdRows, Workers]]:
    sandbox.set_limits(bot_rate=100_000, bot_burst=100_000, chat_rate=1000, chat_burst=1000)
    world = AdRows(database_url, sandbox)
    paced = {"CRIER_SEND_RATE": str(RATE), "CRIER_SEND_TIMEOUT": "3"}
    workers = Workers(database_url, sandbox.url, folder, **paced)
    try:
        yield world, workers
    finally:
        workers.stop()
        world.close()


def finished(world: AdRows, broadcast_id: int) -> bool:
    counts = world.counts(broadcast_id)
    outcomes = sum(counts[name] for name in ("sent", "blocked", "failed", "unknown", "skipped"))
    assert counts["audience"] == outcomes + counts["pending"]
    return bool(world.broadcast(broadcast_id)["status"] == "completed")


def received(world: AdRows, bots: list[int]) -> dict[tuple[int, int], int]:
    return {
        (bot, line.chat_id): line.accepted for bot in bots for line in world.sandbox.received(bot)
    }


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
def test_workers_killed_at_random_moments_keep_the_promise(
    database_url: str, sandbox: Sandbox, tmp_path: Path, policy: str
) -> None:
    kills = 0
    with platform(database_url, sandbox, tmp_path) as (world, workers):
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        broadcast_id = world.launch(policy=policy)
        workers.start(2)
        until(lambda: world.counts(broadcast_id)["sent"] > 50, 20, "the first sends")
        while not finished(world, broadcast_id):
            before = world.counts(broadcast_id)["pending"]
            workers.end(signal.SIGKILL)
            workers.start()
            kills += 1
            until_pending(world, broadcast_id, before - random.randrange(50, 200))
        got = received(world, bots)
        outcomes = world.outcomes(broadcast_id)
        counts = world.counts(broadcast_id)
    assert kills >= 3
    assert len(outcomes) == BOTS * PEOPLE
    if policy == "at_most_once":
        assert max(got.values()) == 1, "somebody got the ad twice"
        assert all(got[who] == 1 for who, outcome in outcomes.items() if outcome == "sent")
        missed = {who for who in outcomes if got[who] == 0}
        assert missed <= {who for who, outcome in outcomes.items() if outcome == "unknown"}
        assert counts["unknown"] <= kills * BOTS * (RATE + 8)
    else:
        assert set(outcomes.values()) == {"sent"}
        assert min(got.values()) >= 1, "somebody was missed"
        assert sum(times - 1 for times in got.values()) <= kills * BOTS * (RATE + 8)


def test_a_worker_ends_when_it_is_told_to_though_the_database_does_not_answer(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with (
        network_to(database_url) as (network, far_url),
        platform(database_url, sandbox, tmp_path) as (world, workers),
    ):
        bots = [world.add_bot(people=200).id for _ in range(BOTS)]
        broadcast_id = world.launch()
        workers.start(CRIER_DATABASE_URL=far_url)
        until(lambda: sent(world, broadcast_id) > 100, 20, "the first sends")
        network.cut()
        workers.end(signal.SIGTERM, limit_s=60)
        workers.start()
        until(lambda: finished(world, broadcast_id), 90, "another worker to finish")
        assert max(received(world, bots).values()) == 1
        assert 0 <= world.counts(broadcast_id)["unknown"] <= BOTS * (RATE + 8)


def test_a_retry_through_crashes_keeps_what_was_found_and_the_sum(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with platform(database_url, sandbox, tmp_path) as (world, workers):
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        rows = world.run("SELECT bot_id, chat_id FROM subscribers WHERE chat_id %% 5 < 2")
        words = "Bad Request: CHAT_RESTRICTED"
        for bot in bots:
            few = [row["chat_id"] for row in rows if row["bot_id"] == bot]
            sandbox.add_fault("error", bot=bot, chats=few, status=400, description=words)
        broadcast_id = world.launch()
        workers.start(2)
        until(lambda: finished(world, broadcast_id), 60, "the first attempt")
        first = world.counts(broadcast_id)
        assert first["failed"] == len(rows)
        sandbox.clear_faults()
        world.steer(broadcast_id, control.retry, None, ["failed"])
        for _ in range(2):
            until_pending(world, broadcast_id, world.counts(broadcast_id)["pending"] - 51)
            workers.end(signal.SIGKILL)
            workers.start()
        until(lambda: finished(world, broadcast_id), 60, "the end of the retry")
        counts, got = world.counts(broadcast_id), received(world, bots)
        (kept,) = world.run("SELECT * FROM broadcast_retries")
        outcomes = world.outcomes(broadcast_id)
    assert max(got.values()) == 1, "somebody got the ad twice"
    assert all(got[who] == 1 for who, outcome in outcomes.items() if outcome == "sent")
    assert len(outcomes) == BOTS * PEOPLE
    assert (kept["sent"], kept["failed"], kept["failed_again"]) == (
        first["sent"], first["failed"], first["failed"],
    )  # fmt: skip
    assert counts["sent"] + counts["unknown"] == BOTS * PEOPLE
    assert counts["unknown"] <= 2 * BOTS * (RATE + 8)


def test_sigterm_of_all_workers_repeats_nothing_and_leaves_nothing_unknown(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with platform(database_url, sandbox, tmp_path) as (world, workers):
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        broadcast_id = world.launch()
        workers.start(2)
        for share in (0.2, 0.5):
            until_sent(world, broadcast_id, share)
            for _ in range(2):
                workers.end(signal.SIGTERM, 0)
                workers.start()
        until(lambda: finished(world, broadcast_id), 60, "the end")
        assert world.counts(broadcast_id)["sent"] == BOTS * PEOPLE
        assert set(received(world, bots).values()) == {1}


def test_postgresql_crashing_in_mid_broadcast_loses_and_repeats_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    durable = {"synchronous_commit": "on", "full_page_writes": "on"}
    with (
        running_cluster(durable) as cluster,
        migrated(cluster) as url,
        platform(url, sandbox, tmp_path) as (world, workers),
    ):
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        broadcast_id = world.launch()
        workers.start(2)
        for share in (0.2, 0.5):
            until_sent(world, broadcast_id, share)
            crash_postgresql(world)
        until(lambda: finished(world, broadcast_id), 90, "the end")
        counts = world.counts(broadcast_id)
        got = received(world, bots)
        assert max(got.values()) == 1
        assert counts["sent"] + counts["unknown"] == BOTS * PEOPLE
        assert counts["unknown"] == 0, "no worker died: everything is known"
        cluster.reconnect()


def test_valkey_killed_in_mid_broadcast_changes_nothing_but_its_own_state(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = {"CRIER_API_LIMITS": "on", "CRIER_TELEGRAM_API_URL": sandbox.url}
    with (
        valkey.running_valkey() as redis_url,
        live(database_url, redis_url, tmp_path, **settings) as api,
        platform(database_url, sandbox, tmp_path) as (world, workers),
    ):
        product = JsonApi(f"http://127.0.0.1:{api.port}")
        product.token = api.alice.headers["Authorization"].removeprefix("Bearer ")
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        broadcast_id = world.launch()
        ad = f"/api/ads/{world.broadcast(broadcast_id)['ad_id']}"
        workers.start(2)
        until(lambda: sent(world, broadcast_id) > 100, 20, "the first sends")
        valkey.kill(redis_url)

        product.call("POST", f"{ad}/pause")
        until(lambda: in_flight(world, broadcast_id) == 0, 10, "a stop")
        frozen = product.call("GET", f"{ad}/statistics")
        assert frozen["sent"] == sum(received(world, bots).values())
        product.call("POST", f"{ad}/resume")
        until(lambda: sent(world, broadcast_id) > frozen["sent"], 10, "it to go on")
        components = product.call("GET", "/api/system/status")["components"]
        assert [one["name"] for one in components if one["status"] != "up"] == ["redis"]

        until(lambda: finished(world, broadcast_id), 60, "the end")
        assert product.call("GET", f"{ad}/statistics")["sent"] == BOTS * PEOPLE
        assert set(received(world, bots).values()) == {1}


def test_a_network_cut_to_telegram_is_waited_out(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with platform(database_url, sandbox, tmp_path) as (world, workers):
        bots = [world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
        broadcast_id = world.launch()
        workers.start(1)
        until(lambda: world.counts(broadcast_id)["sent"] > 100, 20, "the first sends")
        sandbox.add_fault("cut_before", methods=["sendMessage"], duration_s=3)
        until(lambda: finished(world, broadcast_id), 90, "the end")
        counts = world.counts(broadcast_id)
        got = received(world, bots)
        assert max(got.values()) == 1
        assert counts["sent"] + counts["unknown"] == BOTS * PEOPLE
        assert counts["unknown"] <= BOTS * (RATE + 8) * 2, "an outage must not burn the audience"


def test_a_worker_that_stands_still_or_is_cut_off_from_the_database_never_sends_for_its_successor(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with (
        network_to(database_url) as (network, far_url),
        platform(database_url, sandbox, tmp_path) as (world, workers),
    ):
        frozen, far = [[world.add_bot(people=200).id for _ in range(2)] for _ in range(2)]
        workers.start()
        broadcasts = [world.launch(bots=frozen)]
        until(lambda: sent(world, broadcasts[0]) > 50, 20, "the first worker's sends")
        workers.running[0].send_signal(signal.SIGSTOP)

        workers.start(CRIER_DATABASE_URL=far_url)
        broadcasts.append(world.launch(bots=far))
        until(lambda: sent(world, broadcasts[1]) > 50, 20, "the second worker's sends")
        network.cut()

        workers.start()
        until(lambda: all(finished(world, id) for id in broadcasts), 90, "a third to finish both")
        before = received(world, frozen + far)
        workers.running[0].send_signal(signal.SIGCONT)
        until(lambda: workers.running[0].poll() == 1, 30, "the first to find itself evicted")
        network.heal()
        until(lambda: workers.running[1].poll() == 1, 30, "the second to find itself evicted")
        got = received(world, frozen + far)
        outcomes = {**world.outcomes(broadcasts[0]), **world.outcomes(broadcasts[1])}
        assert got == before, "messages of a worker whose work others had taken over"
    assert max(got.values()) == 1, "somebody got the ad twice"
    assert {got[who] for who, outcome in outcomes.items() if outcome == "sent"} == {1}
    unknown = sum(outcome == "unknown" for outcome in outcomes.values())
    assert 0 < unknown <= 4 * (RATE + 8)
    assert unknown + sum(outcome == "sent" for outcome in outcomes.values()) == 4 * 200


def until_sent(world: AdRows, broadcast_id: int, share: float) -> None:
    """Wait until this share of all people have got the ad."""
    enough = share * BOTS * PEOPLE
    until(lambda: sent(world, broadcast_id) > enough, 60, f"{share:.0%} sent")


def until_pending(world: AdRows, broadcast_id: int, few: int) -> None:
    """Wait until the broadcast is over, or has so few recipients left."""
    until(
        lambda: finished(world, broadcast_id) or world.counts(broadcast_id)["pending"] <= few,
        30,
        "the broadcast to go on",
    )


def sent(world: AdRows, broadcast_id: int) -> int:
    return world.counts(broadcast_id)["sent"]


@contextmanager
def migrated(cluster: Cluster) -> Iterator[str]:
    cluster.make_template()
    with cluster.database() as url:
        yield url


def in_flight(world: AdRows, broadcast_id: int) -> int:
    text = "SELECT sum(claimed - settled)::int AS n FROM deliveries WHERE broadcast_id = %s"
    return int(world.run(text, broadcast_id)[0]["n"])


def crash_postgresql(world: AdRows) -> None:
    """Kill one of its processes: PostgreSQL then drops every connection and recovers."""
    pid = world.run("SELECT pg_backend_pid() AS pid")[0]["pid"]
    os.kill(pid, signal.SIGKILL)
    with suppress(psycopg.OperationalError):
        world.run("SELECT 1")
    until(world.reconnect, 30, "PostgreSQL to be back")
