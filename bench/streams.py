"""How fast the API answers while many event streams are open, beside none.

    python -m bench.streams [--streams 200] [--bots 10000] [--seconds 10]

One `crier api` with its database and cache on sockets. One bot of `--bots` changes its state four
times a second, and its owner has every tenth stream.
"""

import argparse
import contextlib
import http.client
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import sqlalchemy as sa

from bench.platform import durable_cluster
from crier.api.server.feed import A_PERSON
from tests.support.api import LiveApi, Person, live
from tests.support.events import streaming
from tests.support.valkey import running_valkey

ADD = """
INSERT INTO bots (user_id, bot_token, token_fingerprint, token_hint, telegram_id, bot_name,
    public_key, status, desired_status)
SELECT :owner, repeat('x', 120), decode(md5(n::text), 'hex'), '1…A', n, 'bot ' || n, 'key' || n,
    'running', 'running'
FROM generate_series(1, :bots) n"""
FLIP = "UPDATE bots SET status = CASE status WHEN 'running' THEN 'starting' ELSE 'running' END"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--bots", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with (
        durable_cluster() as cluster,
        cluster.database() as url,
        running_valkey() as valkey,
        tempfile.TemporaryDirectory() as folder,
        live(url, valkey, Path(folder)) as api,
    ):
        owner = api.oscar
        with api.session() as session:
            session.execute(sa.text(ADD), {"owner": owner.id, "bots": options.bots})
        for streams in (0, options.streams, 0):
            measure(api, streams, options.seconds)


def measure(api: LiveApi, streams: int, seconds: float) -> None:
    """Print latencies of one client after the other while so many streams are open."""
    people = [api.oscar, *(api.person(f"reader{n}") for n in range(1, -(-streams // A_PERSON)))]
    with contextlib.ExitStack() as stack:
        for number in range(streams):
            person = people[number // A_PERSON]
            connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=90)
            stack.enter_context(streaming(connection, person.headers)).begin()
        with changing(api):
            found = sorted(answers(api.port, api.alice, seconds))
    cuts = quantiles(found, n=100)
    print(
        f"{streams:>5} streams {len(found) / seconds:>8,.0f} requests/s"
        f"   p50 {cuts[49]:>6.2f} ms   p95 {cuts[94]:>6.2f} ms   p99 {cuts[98]:>6.2f} ms",
        flush=True,
    )


def answers(port: int, person: Person, seconds: float) -> Iterator[float]:
    """Yield how many milliseconds each of some requests took, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("GET", "/api/users", headers=person.headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        yield (time.perf_counter() - began) * 1000
    connection.close()


@contextlib.contextmanager
def changing(api: LiveApi) -> Iterator[None]:
    """Change the state of one bot four times a second until the block ends."""
    stop = threading.Event()

    def change() -> None:
        while not stop.wait(0.25):
            with api.session() as session:
                session.execute(sa.text(f"{FLIP} WHERE telegram_id = 7"))

    changer = threading.Thread(target=change)
    changer.start()
    try:
        yield
    finally:
        stop.set()
        changer.join()


if __name__ == "__main__":
    main()
