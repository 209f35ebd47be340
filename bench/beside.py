"""How fast a broadcast is recorded in a database of years of rows, beside an empty one.

    python -m bench.beside [--messages 300000] [--bots 100] [--rounds 3]

The same worker, bots and people in both, in one server, in turn; the median of each counts. The
large database is that of `bench.large`, whose own bots are stopped.
"""

import argparse
from statistics import median
from types import SimpleNamespace
from typing import cast

from bench import large, platform
from bench.answering import answerer
from bench.large_data import LARGE, SMALL
from tests.support.engine import AdRows
from tests.support.sandbox import Sandbox

FIRST_BOT = 1_000_001
TOOK = """
SELECT extract(epoch FROM completed_at - started_at)::float8 AS s FROM broadcasts WHERE id = %s"""


def prepare(database_url: str, url: str, bots: int, people: int) -> AdRows:
    """Return the rows of a database, whatever is in it, with bots and people to send to."""
    world = AdRows(database_url, cast(Sandbox, SimpleNamespace(url=url)))
    world.run("UPDATE bots SET status = 'stopped', desired_status = 'stopped'")
    platform.add_bots(world, bots, people, FIRST_BOT)
    return world


def rate(world: AdRows, bots: int, messages: int) -> float:
    """Messages a second of one broadcast through a fresh worker, all of them recorded."""
    with platform.worker(world, rate=0):
        broadcast_id = platform.launch(world, bots=range(FIRST_BOT, FIRST_BOT + bots))
        platform.wait_for(lambda: platform.is_done(world, broadcast_id))
    assert world.counts(broadcast_id)["sent"] == messages
    return messages / float(world.run(TOOK, broadcast_id)[0]["s"])


def compare(databases: dict[str, str], url: str, bots: int, messages: int, rounds: int) -> None:
    """Run in turn, and print each run and the ratio of the medians."""
    worlds = {name: prepare(found, url, bots, messages) for name, found in databases.items()}
    found: dict[str, list[float]] = {name: [] for name in worlds}
    for _ in range(rounds):
        for name, world in worlds.items():
            found[name].append(rate(world, bots, messages))
            print(f"{name:<10}{found[name][-1]:>10,.0f} messages/s", flush=True)
    middle = {name: median(rates) for name, rates in found.items()}
    print(f"large / empty: {middle['large'] / middle['empty']:.3f}")
    for world in worlds.values():
        world.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="the small database, not the large")
    options = parser.parse_args()
    with (
        answerer() as (url, _),
        platform.durable_cluster() as cluster,
        cluster.database() as empty,
        large.platform(cluster, SMALL if options.small else LARGE) as (api, _),
    ):
        databases = {"empty": empty, "large": api.settings.database_url}
        compare(databases, url, options.bots, options.messages, options.rounds)


if __name__ == "__main__":
    main()
