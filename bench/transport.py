"""What one message costs in each HTTP client: CPU of our process only, everything else the same.

    python -m bench.transport [--messages 40000] [--in-flight 64] [--rounds 3]

Every client sends the same JSON to the same answerer (a process of its own), reads the answer and
takes the message id out of it with the same decoder. Clients take turns, round by round; the best
round of each counts, since all noise on a machine makes things slower.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import aiohttp
import msgspec
import uvloop
from pyreqwest.client import ClientBuilder

from crier.telegram.client import BotApi, request_path
from crier.telegram.transport import HttpTransport

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
TEXT = "Only today: two for one, and delivery is free"
TIMEOUT_S = 20
Send = Callable[[int], Awaitable[object]]


class _Sent(msgspec.Struct):
    message_id: int


class _Envelope(msgspec.Struct):
    ok: bool
    result: _Sent


_decode = msgspec.json.Decoder(_Envelope).decode


def _body(chat_id: int) -> bytes:
    return b'{"chat_id":%d,"text":"%b"}' % (chat_id, TEXT.encode())


async def crier(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    api = BotApi(HttpTransport(url, max_connections=in_flight))
    stack.push_async_callback(api.close)
    path = request_path(TOKEN, "sendMessage")

    async def send(chat_id: int) -> object:
        return (await api.send_body(path, _body(chat_id), TIMEOUT_S)).message_id

    return send


async def pyreqwest(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    builder = ClientBuilder().max_connections(in_flight).timeout(timedelta(seconds=TIMEOUT_S))
    client = await stack.enter_async_context(builder.http1_only().build())
    path = f"{url}/bot{TOKEN}/sendMessage"

    async def send(chat_id: int) -> object:
        request = client.post(path).header("content-type", "application/json")
        response = await request.body_bytes(_body(chat_id)).build().send()
        return _decode(await response.bytes()).result.message_id

    return send


async def aiohttp_(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    session = await stack.enter_async_context(
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=in_flight),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        )
    )
    path, headers = f"{url}/bot{TOKEN}/sendMessage", {"Content-Type": "application/json"}

    async def send(chat_id: int) -> object:
        async with session.post(path, data=_body(chat_id), headers=headers) as response:
            return _decode(await response.read()).result.message_id

    return send


CLIENTS = {"crier HttpTransport": crier, "pyreqwest": pyreqwest, "aiohttp": aiohttp_}


async def measure(send: Send, messages: int, in_flight: int) -> tuple[float, float]:
    """CPU microseconds a message, and messages a second."""
    chats = iter(range(1, messages + 1))

    async def worker() -> None:
        for chat_id in chats:
            assert await send(chat_id) == 17

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / messages * 1e6, messages / wall


async def compare(url: str, messages: int, in_flight: int, rounds: int) -> None:
    best = dict.fromkeys(CLIENTS, (float("inf"), 0.0))
    for _ in range(rounds):
        for name, connect in CLIENTS.items():
            async with AsyncExitStack() as stack:
                send = await connect(url, in_flight, stack)
                await measure(send, messages // 20, in_flight)
                best[name] = min(best[name], await measure(send, messages, in_flight))
    base = best["crier HttpTransport"][0]
    print(f"{'client':<22}{'µs CPU a message':>18}{'messages/s':>12}{'CPU, crier = 1':>16}")
    for name, (cpu_us, rate) in best.items():
        print(f"{name:<22}{cpu_us:>18.1f}{rate:>12,.0f}{cpu_us / base:>16.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    answerer = subprocess.Popen(
        [sys.executable, "-m", "bench.answerer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert answerer.stdin is not None
    assert answerer.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(answerer.stdout.readline())}"
        uvloop.run(compare(url, options.messages, options.in_flight, options.rounds))
    finally:
        answerer.stdin.close()
        answerer.wait(10)


if __name__ == "__main__":
    main()
