"""Reads of a small and of a large platform, over HTTP and nothing cached, and launches on it.

    python -m bench.large [--only small large] [--calls 15] [--check]

"Large" is 10.3 million messages, a million subscribers of 500 bots, 2 million lines of log and two
years of roll-ups; to make it takes some minutes and 5 GB. `--check` compares figures of bots,
owners, ads and people over spans with edges anywhere with what a count of all rows gives.
"""

import argparse
import http.client
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import audience, exports, large_check, large_data
from bench.large_data import LARGE, SMALL, Size
from bench.platform import durable_cluster
from tests.support.api import LiveApi, Person, live
from tests.support.postgres import Cluster, superusers
from tests.support.valkey import running_valkey

SIZES = {"small": SMALL, "large": LARGE}
LIMIT_MS = {730: 100.0}
"""By the days of a span; others 50."""
GROWTH = 1.5
Read = tuple[str, dict[str, Any]]


def reads(days: int, bot: int) -> Iterator[tuple[str, int, Read]]:
    """What is read, over how many days, and how."""
    now = datetime.now(UTC)
    for span in (1, 30, 90, days):
        given = {"from": (now - timedelta(days=span)).isoformat(), "to": now.isoformat()}
        cut = given | {"bucket": "minute" if span == 1 else "hour" if span <= 90 else "day"}
        yield f"dashboard, {span} days", span, ("/api/analytics/dashboard", given)
        yield f"a bot's analytics, {span} days", span, (f"/api/analytics/bots/{bot}", given)
        yield f"a bot's metrics, {span} days", span, (f"/api/bots/{bot}/metrics", cut)
        yield f"ads, {span} days", span, ("/api/analytics/ads", given)
        yield f"performance, {span} days", span, ("/api/system/performance", given)
    for path in ("/api/bots", "/api/ads/list", f"/api/bots/{bot}/messages", "/api/system/status"):
        yield path.replace(str(bot), "{id}"), 1, (path, {})
    for path in ("/api/system/logs", f"/api/bots/{bot}/logs", f"/api/bots/{bot}/chats"):
        name = path.replace(str(bot), "{id}")
        yield name, 1, (path, {})
        yield f"{name}, q finds nothing", 1, (path, {"q": "nothing like it"})
        yield f"{name}, q finds few", 1, (path, {"q": "00ff1"})
        yield f"{name}, q finds all", 1, (path, {"q": "e"})
    for span in (1, 7, 30):
        given = {"since": (now - timedelta(days=span)).isoformat(), "until": now.isoformat()}
        for kind in ("histogram", "groups"):
            yield f"log {kind}, {span} days", span, (f"/api/system/logs/{kind}", given)
    yield "/api/system/logs, source finds nothing", 1, ("/api/system/logs", {"source": "none"})
    for span, bucket in ((90, "day"), (days, "week"), (days, "day")):
        given = {"from": (now - timedelta(days=span)).isoformat(), "bucket": bucket}
        yield f"people by {bucket}, {span} days", span, ("/api/analytics/people", given)
    yield "an ad's figures", 1, ("/api/analytics/ads/1", {})
    yield "/api/ads/1/statistics", 1, ("/api/ads/1/statistics", {})
    yield "/api/ads/1/recipients", 1, ("/api/ads/1/recipients", {})


def timed(port: int, person: Person, read: Read, calls: int) -> list[float]:
    """Milliseconds of each call, sorted, after two that do not count; answers are made anew."""
    path, parameters = read
    url = f"{path}?{urlencode(parameters)}" if parameters else path
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    took = []
    for _ in range(calls + 2):
        began = time.perf_counter()
        headers = {"Cache-Control": "no-cache", **person.headers}
        connection.request("GET", url, headers=headers)
        response = connection.getresponse()
        body = response.read()
        took.append((time.perf_counter() - began) * 1000)
        if response.status != 200:
            raise RuntimeError(f"{url}: {response.status} {body[:300]!r}")
    connection.close()
    return sorted(took[2:])


@contextmanager
def platform(cluster: Cluster, size: Size) -> Iterator[tuple[LiveApi, str]]:
    """The API on a database of that size, and the superuser's URL."""
    with (
        cluster.database() as url,
        running_valkey() as valkey,
        tempfile.TemporaryDirectory() as folder,
        live(url, valkey, Path(folder), CRIER_LOG_LEVEL="error") as api,
    ):
        began = time.perf_counter()
        owner, admin = api.person("olga").id, api.person("alice", "admin").id
        assert owner is not None
        assert admin is not None
        large_data.fill(superusers(url), size, owner=owner, admin=admin)
        print(f"filled in {time.perf_counter() - began:.0f} s: {size}", flush=True)
        yield api, superusers(url)


def measure(api: LiveApi, size: Size, calls: int) -> dict[str, list[float]]:
    """All reads, as the admin and some as the owner."""
    admin, owner = api.sign_in("alice"), api.sign_in("olga")
    found = {}
    for name, span, read in reads(size.days, bot=20):
        name = name.replace(f"{size.days} days", "all days")
        found[name] = [*timed(api.port, admin, read, calls), float(span)]
        if name.startswith(("dashboard", "ads")):
            found[f"{name}, owner"] = [*timed(api.port, owner, read, calls), float(span)]
    return found


def report(found: dict[str, dict[str, list[float]]]) -> None:
    """A line for each read; `!` marks one that is too slow or grows by more than half."""
    print(f"{'':<46}" + "".join(f"{name + ' p50/p95 ms':>22}" for name in found))
    for name in next(iter(found.values())):
        cells, p95s, is_slow = "", [], False
        for took in (sizes[name] for sizes in found.values()):
            *calls, days = took
            p50, p95 = calls[len(calls) // 2], calls[int(len(calls) * 0.95)]
            cells += f"{p50:>14.1f}{p95:>8.1f}"
            p95s.append(p95)
            is_slow |= p95 > LIMIT_MS.get(int(days), 50.0)
        is_slow |= p95s[-1] > GROWTH * p95s[0]
        print(f"{name:<46}{cells}{' !' if is_slow else ''}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--calls", type=int, default=15)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = {}
    with durable_cluster() as cluster:
        for name in options.only:
            with platform(cluster, SIZES[name]) as (api, database_url):
                found[name] = measure(api, SIZES[name], options.calls)
                audience.measure(database_url)
                exports.measure(api, SIZES[name])
                if options.check:
                    large_check.check(api, database_url, SIZES[name])
    report(found)


if __name__ == "__main__":
    main()
