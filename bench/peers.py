"""What one peer does in its own process: `python -m bench.peers PEER URL MESSAGES IN_FLIGHT`.

Sends the same text to MESSAGES chats, IN_FLIGHT at a time, after a warm-up of a twentieth, and
prints what that took as JSON. Everybody gets uvloop, and as many connections as messages in flight.
No peer but Crier's durable path (`bench.durable`) remembers whom it has sent to.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import uvloop

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
TEXT = "Only today: two for one, and delivery is free"
Send = Callable[[range], Awaitable[None]]


def side_by_side(send: Callable[[int], Awaitable[object]], in_flight: int) -> Send:
    """Send to many chats from `in_flight` loops."""

    async def send_all(chats: range) -> None:
        left = iter(chats)

        async def loop() -> None:
            for chat_id in left:
                await send(chat_id)

        await asyncio.gather(*(loop() for _ in range(in_flight)))

    return send_all


async def telegram_bot(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    from telegram import Bot
    from telegram.request import HTTPXRequest

    request = HTTPXRequest(connection_pool_size=in_flight, pool_timeout=30)
    stack.push_async_callback(request.shutdown)
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=request)
    return side_by_side(lambda chat_id: bot.send_message(chat_id, TEXT), in_flight)


async def aiogram(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=in_flight)
    bot = Bot(TOKEN, session=session)
    stack.push_async_callback(session.close)
    return side_by_side(lambda chat_id: bot.send_message(chat_id, TEXT), in_flight)


async def aiogram_broadcaster(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    """A mailer sends one message after the other, so that there is one for each in flight."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram_broadcaster import Broadcaster
    from aiogram_broadcaster.contents import TextContent

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=in_flight)
    broadcaster = Broadcaster(Bot(TOKEN, session=session))
    stack.push_async_callback(session.close)

    async def send_all(chats: range) -> None:
        parts = [chats[n::in_flight] for n in range(in_flight)]
        content = TextContent(text=TEXT)
        mailers = [await broadcaster.create_mailer(part, content) for part in parts if part]
        done = await asyncio.gather(*(mailer.start() for mailer in mailers))
        assert all(done)

    return send_all


async def crier(url: str, in_flight: int, stack: AsyncExitStack) -> Send:
    from crier.domain.message import AdMessage, Template
    from crier.telegram.client import BotApi, request_path
    from crier.telegram.transport import HttpTransport

    api = BotApi(HttpTransport(url, max_connections=in_flight))
    stack.push_async_callback(api.close)
    path, ad = request_path(TOKEN, "sendMessage"), Template(AdMessage(text=TEXT))

    async def send(chat_id: int) -> None:
        assert (await api.send_body(path, ad.body(chat_id), 20)).message_id

    return side_by_side(send, in_flight)


PEERS = {
    "python-telegram-bot": telegram_bot,
    "aiogram": aiogram,
    "aiogram-broadcaster": aiogram_broadcaster,
    "Crier, bare client": crier,
}


async def measure(peer: str, url: str, messages: int, in_flight: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        send = await PEERS[peer](url, in_flight, stack)
        await send(range(1, messages // 20 + 1))
        wall, cpu = time.perf_counter(), time.process_time()
        await send(range(1, messages + 1))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": messages / wall, "cpu_us": cpu / messages * 1e6, "peak_mb": peak_mb}


if __name__ == "__main__":
    name, url, messages, in_flight = sys.argv[1:]
    print(json.dumps(uvloop.run(measure(name, url, int(messages), int(in_flight)))))
