"""How many sends a second the sandbox takes on one core, its limits in force.

    python -m bench.sandbox_load [--seconds 10] [--connections 64] [--bots 200]

Starts a sandbox pinned to one core (where the system can pin) and a load generator on another: raw
asyncio connections, each sending its next sendMessage when the last was answered, round robin over
bots and people. Limits are in force for every send. In the run `accepted` the rates are set so high
that they refuse nothing; in `flooded` they are Telegram's, and many sends are answered 429.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import uvloop

from tests.support.sandbox import Sandbox, SandboxBot

PEOPLE = 20_000


class Client(asyncio.Protocol):
    """One connection that always has one request in flight."""

    def __init__(self, requests: Iterator[bytes], counts: dict[bytes, int]) -> None:
        self._requests = requests
        self._counts = counts
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        if self._transport is not None:
            self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.index(b"Content-Length: ") + 16
        length = int(self._buffer[at : self._buffer.index(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        status = self._buffer[9:12]
        self._counts[status] = self._counts.get(status, 0) + 1
        self._buffer = b""
        self._send()


def requests_of(bots: list[SandboxBot], people: range, port: int) -> Iterator[bytes]:
    """sendMessage requests as a client would write them, for ever."""
    body = {
        "chat_id": 0,
        "text": "A <b>good</b> offer: https://example.com/offer",
        "parse_mode": "HTML",
        "reply_markup": {"inline_keyboard": [[{"text": "Open", "url": "https://example.com"}]]},
    }
    chats = cycle(people)
    for bot in cycle(bots):
        body["chat_id"] = next(chats)
        data = json.dumps(body).encode()
        yield (
            f"POST /bot{bot.token}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        ).encode() + data


async def load(
    sandbox: Sandbox, bots: list[SandboxBot], people: range, arguments: argparse.Namespace
) -> dict[bytes, int]:
    loop = asyncio.get_running_loop()
    counts: dict[bytes, int] = {}
    requests = requests_of(bots, people, sandbox.port)
    connected = [
        await loop.create_connection(lambda: Client(requests, counts), "127.0.0.1", sandbox.port)
        for _ in range(arguments.connections)
    ]
    await asyncio.sleep(1)
    counts.clear()
    await asyncio.sleep(arguments.seconds)
    result = dict(counts)
    for transport, _ in connected:
        transport.abort()
    return result


def measure(name: str, arguments: argparse.Namespace, **limits: float) -> None:
    with Sandbox.start() as sandbox:
        sandbox.set_limits(**limits)
        bots = sandbox.create_bots(arguments.bots)
        for bot in bots:
            people = sandbox.add_people(bot.id, PEOPLE)
        pin(sandbox.pid, arguments.server_core)
        before = cpu_seconds(sandbox.pid)
        started = time.perf_counter()
        counts = uvloop.run(load(sandbox, bots, people, arguments))
        share = (cpu_seconds(sandbox.pid) - before) / (time.perf_counter() - started)
        total = sum(counts.values())
        shown = ", ".join(f"{k.decode()}: {v}" for k, v in sorted(counts.items()))
        micros = share * arguments.seconds * 1e6 / max(1, total)
        print(
            f"{name:12} {total / arguments.seconds:9,.0f} requests/s  {micros:6.0f} µs CPU each"
            f"  ({share:.0%} of a core; {shown})"
        )


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--bots", type=int, default=200)
    parser.add_argument("--server-core", type=int, default=0)
    arguments = parser.parse_args()
    measure("accepted", arguments, bot_rate=1000, bot_burst=1000, chat_rate=10, chat_burst=100)
    measure("flooded", arguments)


if __name__ == "__main__":
    main()
