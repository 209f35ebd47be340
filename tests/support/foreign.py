"""Scripts run by the clients that others wrote, python-telegram-bot and aiogram, on a sandbox."""

import asyncio
from collections.abc import Callable, Coroutine

import aiogram
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.support.sandbox import Sandbox, SandboxBot


def with_ptb(
    sandbox: Sandbox, bot: SandboxBot, script: Callable[[telegram.Bot], Coroutine[None, None, None]]
) -> None:
    """Run `script` with python-telegram-bot's client of `bot`."""

    async def main() -> None:
        root, files = f"{sandbox.url}/bot", f"{sandbox.url}/file/bot"
        async with telegram.Bot(bot.token, base_url=root, base_file_url=files) as client:
            await script(client)

    asyncio.run(main())


def with_aiogram(
    sandbox: Sandbox, bot: SandboxBot, script: Callable[[aiogram.Bot], Coroutine[None, None, None]]
) -> None:
    """Run `script` with aiogram's client of `bot`."""

    async def main() -> None:
        session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
        async with aiogram.Bot(bot.token, session) as client:
            await script(client)

    asyncio.run(main())
