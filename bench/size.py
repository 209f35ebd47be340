"""What the size of the audience changes: memory, time a message, and the wait for the first one.

    python -m bench.size [--people 10000 1000000] [--bots 10] [--rounds 3]

For each size a fresh database and a fresh worker, whose peak is that of its first broadcast. "First
message" is from the call of the launch, before its transaction stores the audience, until the first
answer to a message; its median over `--rounds` broadcasts, all but the first cancelled at once.
"""

import argparse
import time
from statistics import median

from bench import platform
from bench.answering import answerer
from bench.platform import Usage
from crier.services.broadcasts import control
from tests.support.engine import AdRows
from tests.support.postgres import Cluster

FIRST_SENT = """
SELECT extract(epoch FROM min(m.sent_at))::float8 AS at
FROM messages m JOIN deliveries d ON d.id = m.delivery_id WHERE d.broadcast_id = %s
"""


def measure(cluster: Cluster, url: str, bots: int, people: int, rounds: int) -> None:
    """Print a line for one size of audience."""
    with platform.world(cluster, url) as world:
        platform.add_bots(world, bots, people)
        with platform.worker(world, rate=0) as pid:
            before, began = Usage.of(pid), time.time()
            broadcast_id = platform.launch(world)
            launched = time.time()
            platform.wait_for(lambda: platform.is_done(world, broadcast_id))
            took_s, after = time.time() - launched, Usage.of(pid)
            firsts = [_first(world, broadcast_id) - began]
            firsts += [_cancelled(world) for _ in range(rounds - 1)]
        assert world.counts(broadcast_id)["sent"] == people
    print(
        f"{people:>10,}{after.peak_mb:>13.1f}{took_s / people * 1e6:>15.1f}"
        f"{(after.cpu_s - before.cpu_s) / people * 1e6:>13.1f}{median(firsts):>17.2f}"
    )


def _cancelled(world: AdRows) -> float:
    """Launch, wait for the first message, cancel; seconds until that message."""
    began = time.time()
    broadcast_id = platform.launch(world)
    count = "SELECT sum(sent)::int AS n FROM deliveries WHERE broadcast_id = %s"
    platform.wait_for(lambda: world.run(count, broadcast_id)[0]["n"] > 0, 60)
    world.steer(broadcast_id, control.cancel)
    idle = "SELECT id FROM procrastinate_jobs WHERE task_name = 'deliver'"
    platform.wait_for(lambda: not world.run(idle), 60)
    return _first(world, broadcast_id) - began


def _first(world: AdRows, broadcast_id: int) -> float:
    return float(world.run(FIRST_SENT, broadcast_id)[0]["at"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--bots", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(
        f"{'people':>10}{'peak MB':>13}{'µs a message':>15}{'µs CPU each':>13}{'first after s':>17}"
    )
    with answerer() as (url, _), platform.durable_cluster() as cluster:
        for people in options.people:
            measure(cluster, url, options.bots, people, options.rounds)


if __name__ == "__main__":
    main()
