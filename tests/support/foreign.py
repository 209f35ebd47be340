"""The clients that others wrote, python-telegram-bot and aiogram, on a sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiogram
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.support.sandbox import Sandbox, SandboxBot


@asynccontextmanager
async def ptb_client(sandbox: Sandbox, bot: SandboxBot) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot's client of `bot`."""
    root, files = f"{sandbox.url}/bot", f"{sandbox.url}/file/bot"
    async with telegram.Bot(bot.token, base_url=root, base_file_url=files) as client:
        yield client


@asynccontextmanager
async def aiogram_client(sandbox: Sandbox, bot: SandboxBot) -> AsyncIterator[aiogram.Bot]:
    """aiogram's client of `bot`."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
    async with aiogram.Bot(bot.token, session) as client:
        yield client
