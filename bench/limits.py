"""How much of Telegram's limit a broadcast uses, and how often it is told to wait.

    python -m bench.limits [--bots 100] [--seconds 30]

The sandbox keeps its limits to the letter: 30 a second for each bot with a burst of 10, a message
a second for each chat. One real worker sends, with the bots' sessions running and PostgreSQL
durable. The paid run has one bot with Stars on its balance and `allow_paid_broadcast`. Counted are
the outcomes of a window that begins two seconds after the first message, so that every bot is on
its way, and ends before the first bot is done.
"""

import argparse
import time

from bench import platform
from bench.platform import Usage
from tests.support.engine import AdRows
from tests.support.postgres import Cluster
from tests.support.sandbox import Sandbox

RISE_S = 2.0
WINDOW = """
SELECT count(*) FILTER (WHERE status = 'sent') AS sent FROM messages
WHERE direction = 'out' AND sent_at >= to_timestamp(%s) AND sent_at < to_timestamp(%s)
"""


def measure(name: str, cluster: Cluster, bots: int, rate: int, seconds: int, *, paid: bool) -> None:
    """Print the share of `bots` × `rate` that one broadcast used for so many seconds."""
    people = rate * (seconds + 6)
    with Sandbox.start() as sandbox, platform.world(cluster, "", sandbox) as world:
        sandbox.set_limits(absorb_s=0)
        ids = [world.add_bot(people).id for _ in range(bots)]
        for bot_id in ids if paid else ():
            sandbox.change_bot(bot_id, stars=10**9)
        platform.settle_down(world)
        with platform.worker(world, rate=30) as pid:
            sessions = "SELECT count(instance_id) = count(*) AS all FROM bots"
            platform.wait_for(lambda: bool(world.run(sessions)[0]["all"]), 60)
            before, database_s = Usage.of(pid), platform.database_cpu_s(world)
            broadcast_id = platform.launch(world, bots=ids, paid_budget=10**9 if paid else 0)
            begin, end = _window(world, seconds)
            platform.wait_for(lambda: platform.is_done(world, broadcast_id))
            after, database_s = Usage.of(pid), platform.database_cpu_s(world) - database_s
        sent = world.run(WINDOW, begin, end)[0]["sent"]
        throttled = world.run("SELECT sum(throttled)::int AS n FROM bot_minutes")[0]["n"]
        total = world.counts(broadcast_id)["sent"]
        assert total == bots * people, world.counts(broadcast_id)
    print(
        f"{name:20}{sent / (rate * bots * (end - begin)):8.2%} of the allowed rate used,"
        f" {throttled / (total + throttled):.3%} answered 429,"
        f" {(after.cpu_s - before.cpu_s) / total * 1e6:.0f} µs CPU a message"
        f" and {database_s / total * 1e6:.0f} µs of PostgreSQL's"
    )


def _window(world: AdRows, seconds: int) -> tuple[float, float]:
    """The seconds that count; returns when they begin."""
    first = "SELECT id FROM messages WHERE direction = 'out' LIMIT 1"
    platform.wait_for(lambda: bool(world.run(first)), 60)
    begin = time.time() + RISE_S
    return begin, begin + seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    bots, seconds = options.bots, options.seconds
    with platform.durable_cluster() as cluster:
        measure(f"{bots} bots at 30/s", cluster, bots, 30, seconds, paid=False)
        measure("1 paid bot, 1,000/s", cluster, 1, 1000, seconds, paid=True)


if __name__ == "__main__":
    main()
