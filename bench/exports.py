"""Exports over HTTP: lines a second by dataset and filter, the wait for the first, and memory.

`bench.large` does it. The reader of one export leaves after so many lines; a million messages are
read once as well, for the memory that the API takes more than before. Rates are of the whole time,
from the request on; what has fewer lines than `ENOUGH` is ended soon: its time counts.
"""

import http.client
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.large_data import Size
from tests.support.api import LiveApi, Person

ENOUGH = 5000
RATE = 25_000
FIRST_MS = 1000
MILLION = 1_000_000
MEMORY_MB = 60
BINARY = ("xlsx", "parquet")
_RETRY_S = 0.2


class Read(NamedTuple):
    """What came of one export."""

    lines: int
    first_ms: float
    took_s: float

    @property
    def rate(self) -> float:
        return self.lines / self.took_s


def cases(size: Size) -> Iterator[tuple[str, dict[str, Any]]]:
    """Datasets with their filters, by name."""
    end = datetime.now(UTC) - timedelta(days=size.days // 3)
    spans = {
        f", {days} days": {"from": (end - timedelta(days=days)).isoformat(), "to": end.isoformat()}
        for days in (1, 30)
    }
    for dataset in ("messages", "subscribers", "clicks"):
        for name, span in {"": {}, **spans}.items():
            yield dataset + name, {"dataset": dataset, **span}
            yield f"{dataset} of a bot{name}", {"dataset": dataset, "bot_id": 20, **span}
    for dataset in ("messages", "clicks", "recipients"):
        yield f"{dataset} of an ad", {"dataset": dataset, "ad_id": 5}
        yield f"{dataset} of an ad and a bot", {"dataset": dataset, "ad_id": 5, "bot_id": 20}
    for dataset in ("bots", "ads"):
        yield dataset, {"dataset": dataset}
    for kind in ("json", *BINARY):
        yield f"messages of an ad as {kind}", {"dataset": "messages", "ad_id": 5, "format": kind}


def read(port: int, person: Person, given: dict[str, Any], most: int) -> Read:
    """Read an export up to a number of lines; those of XLSX and Parquet are counted as CSV."""
    if given.get("format") in BINARY:
        as_csv = read(port, person, {**given, "format": "csv"}, most)
        whole = _read(port, person, given, most)
        return whole._replace(lines=as_csv.lines)
    return _read(port, person, given, most)


def _read(port: int, person: Person, given: dict[str, Any], most: int) -> Read:
    url = f"/api/analytics/export?{urlencode({'format': 'csv', **given})}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while True:
        began = time.perf_counter()
        connection.request("GET", url, headers=person.headers)
        response = connection.getresponse()
        if response.status != 429:
            break
        response.read()
        time.sleep(_RETRY_S)  # the reader before has left, which is noticed soon
    if response.status != 200:
        raise RuntimeError(f"{url}: {response.status} {response.read(300)!r}")
    lines, first_ms = 0, 0.0
    while lines <= most and (chunk := response.read1(1 << 16)):
        first_ms = first_ms or 1000 * (time.perf_counter() - began)
        lines += 0 if given.get("format") in BINARY else chunk.count(b"\n")
    took_s = time.perf_counter() - began
    connection.close()
    return Read(max(0, lines - 1), first_ms, took_s)


def memory(pid: int, part: str) -> float:
    """MB of a process: `VmRSS` now, `VmHWM` at most since the last `reset`."""
    found = re.findall(rf"{part}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[0]) / 1024


def measure(api: LiveApi, size: Size, most: int = 100_000) -> None:
    """Print a line for each export; `!` marks what misses an aim."""
    people = {"": api.sign_in("alice"), ", owner": api.sign_in("olga")}
    print(f"{'':<46}{'lines':>10}{'first ms':>10}{'s':>8}{'lines/s':>10}")
    for name, given in cases(size):
        for whose, person in people.items():
            if whose and ("ad" in given or "of a" in name):
                continue
            found = read(api.port, person, given, most)
            is_slow = found.first_ms > FIRST_MS or (found.lines > ENOUGH and found.rate < RATE)
            print(
                f"{name + whose:<46}{found.lines:>10,}{found.first_ms:>10.0f}"
                f"{found.took_s:>8.2f}{found.rate:>10,.0f}{' !' if is_slow else ''}",
                flush=True,
            )
    pid = api.pid()
    before = memory(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    found = read(api.port, people[""], {"dataset": "messages"}, MILLION)
    more = memory(pid, "VmHWM") - before
    print(
        f"{'memory of a million messages':<46}{found.lines:>10,}{found.took_s:>18.1f}"
        f"{found.rate:>10,.0f}{more:>8.0f} MB{' !' if more > MEMORY_MB else ''}",
        flush=True,
    )
