"""A small platform for tests of the fleet: rows as the API writes them, and sessions of a worker.

The worker is a thread with an event loop, with a queue that keeps the one promise that a session
relies on: jobs of one bot run one after another. `FleetRows` is the owner's side.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any

import psycopg
import sqlalchemy as sa
import uvloop
from sqlalchemy.orm import Session

from crier.errors import HandedBack
from crier.fleet.fleet_context import FleetContext
from crier.fleet.session import run_session
from crier.observability.samples import Samples
from crier.secrets.vault import WEBHOOK_SECRET, Vault
from crier.services.bots import start_stop
from crier.services.caller import Caller
from crier.settings import Settings
from crier.storage import aio, queue
from crier.storage.models.bots import Bot
from crier.storage.pool import open_pool
from crier.storage.signals import Signals
from crier.telegram.client import BotApi
from crier.telegram.rate_limiters import RateLimiters
from crier.telegram.transport import HttpTransport
from tests.support.rows import KEYS as KEYS
from tests.support.rows import Rows
from tests.support.sandbox import SandboxBot
from tests.support.waiting import until

OWNER = Caller(user_id=1, username="o", role="operator")


class FleetRows(Rows):
    """Rows of one owner's bots."""

    def add_bot(self, bot: SandboxBot | None = None, **columns: Any) -> SandboxBot:
        """A stopped bot of the owner's; `columns` as in the table."""
        bot = bot or self.sandbox.create_bot()
        secret = self.vault.seal("whsec-of-the-bot", WEBHOOK_SECRET)
        self.insert_bot(bot, **{"webhook_secret": secret} | columns)
        return bot

    def ask(self, bot_id: int, request: Callable[[Session, Caller, Bot], None]) -> None:
        """Call `start_stop.start`, `stop` or `restart`, as the API does."""
        with self.sessions.begin() as session:
            bot = session.get_one(Bot, bot_id, with_for_update=True)
            request(session, OWNER, bot)

    def start(self, *bot_ids: int, wait: bool = True) -> None:
        for bot_id in bot_ids:
            self.ask(bot_id, start_stop.start)
        if wait:
            for bot_id in bot_ids:
                self.until_status(bot_id, "running")

    def stop(self, bot_id: int) -> None:
        self.ask(bot_id, start_stop.stop)
        self.until_status(bot_id, "stopped")

    def change(self, bot_id: int, **columns: Any) -> None:
        """Change what a session works by, as PATCH does."""
        with self.sessions.begin() as session:
            bot = session.get_one(Bot, bot_id, with_for_update=True)
            for name, value in columns.items():
                setattr(bot, name, value)
            bot.generation += 1
            session.execute(sa.select(sa.func.pg_notify("crier", f"bot:{bot_id}")))

    def bot(self, bot_id: int) -> dict[str, Any]:
        return self.run("SELECT * FROM bots WHERE id = %s", bot_id)[0]

    def until_status(self, bot_id: int, status: str, within_s: float = 15.0) -> dict[str, Any]:
        until(lambda: self.bot(bot_id)["status"] == status, within_s, f"{status}: {bot_id}")
        return self.bot(bot_id)

    def chats(self, bot_id: int) -> dict[int, str]:
        """Status of each chat."""
        rows = self.run("SELECT chat_id, status FROM subscribers WHERE bot_id = %s", bot_id)
        return {row["chat_id"]: row["status"] for row in rows}

    def chat(self, bot_id: int, chat_id: int) -> dict[str, Any]:
        rows = self.run(
            "SELECT * FROM subscribers WHERE bot_id = %s AND chat_id = %s", bot_id, chat_id
        )
        return rows[0] if rows else {}

    def texts(self, bot_id: int, direction: str = "in") -> list[str]:
        rows = self.run(
            "SELECT content FROM messages WHERE bot_id = %s AND direction = %s ORDER BY id",
            bot_id, direction,
        )  # fmt: skip
        return [row["content"] for row in rows]

    def logs(self, bot_id: int) -> list[str]:
        rows = self.run("SELECT message FROM logs WHERE bot_id = %s ORDER BY id", bot_id)
        return [row["message"] for row in rows]


class Worker:
    """The sessions of one worker process, in a thread."""

    def __init__(self, settings: Settings, vault: Vault, name: str = "host:1") -> None:
        self._settings, self._vault, self._name = settings, vault, name
        self._ready: Future[FleetContext] = Future()
        self._running: dict[int, asyncio.Task[None]] = {}
        self.problems: list[BaseException] = []
        self.handed_back: list[int] = []
        self._thread = threading.Thread(target=lambda: uvloop.run(self._main()), daemon=True)
        self._thread.start()
        self.fleet = self._ready.result(timeout=20)

    def stop(self, within_s: float = 10.0) -> None:
        """As SIGTERM does."""
        self._loop.call_soon_threadsafe(self.fleet.stopping.set)
        self._thread.join(within_s)
        assert not self._thread.is_alive(), "the worker did not stop in time"
        assert self.problems == []

    def call(self, work: Callable[[], Any]) -> Any:
        """Call something on the worker's loop."""
        done: Future[Any] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(work()))
        return done.result(timeout=10)

    def await_(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await something on the worker's loop; its result, or the exception that it raised."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        error = future.exception(timeout=20)
        return future.result() if error is None else error

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        signals = Signals(self._settings.database_url)
        bot_api = BotApi(HttpTransport(self._settings.telegram_api_url))
        async with open_pool(self._settings.database_url, name="test worker") as pool:
            fleet = FleetContext(
                pool=pool, signals=signals, bot_api=bot_api, vault=self._vault,
                limiters=RateLimiters(self._settings.send_rate, Samples()), settings=self._settings,
                worker_name=self._name, stopping=asyncio.Event(),
            )  # fmt: skip
            listening = asyncio.create_task(signals.run())
            self._ready.set_result(fleet)
            try:
                await self._take_jobs(fleet)
                await asyncio.gather(*self._running.values())
                await fleet.close()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await bot_api.close()

    async def _take_jobs(self, fleet: FleetContext) -> None:
        while not fleet.stopping.is_set():
            with contextlib.suppress(psycopg.OperationalError):
                async with fleet.pool.connection() as connection:
                    cursor = await connection.execute(
                        """DELETE FROM procrastinate_jobs WHERE task_name = 'run_bot'
                           AND status = 'todo' AND NOT (args->>'bot_id')::bigint = ANY(%s)
                           RETURNING (args->>'bot_id')::bigint""",
                        (list(self._running),),
                    )
                    for (bot_id,) in await cursor.fetchall():
                        self._running[bot_id] = asyncio.create_task(self._job(fleet, bot_id))
            await asyncio.sleep(0.02)  # the queue of this worker looks for jobs

    async def _job(self, fleet: FleetContext, bot_id: int) -> None:
        try:
            await run_session(fleet, bot_id)
        except HandedBack:
            self.handed_back.append(bot_id)
            async with fleet.pool.connection() as connection:
                await aio.run(connection, queue.defer_run_bot(bot_id))
        except BaseException as error:
            self.problems.append(error)
            raise
        finally:
            del self._running[bot_id]


@contextlib.contextmanager
def running_worker(world: FleetRows, **environment: str) -> Iterator[Worker]:
    """A worker until the block ends; whatever a session raised fails the test."""
    worker = Worker(settings_of(world, **environment), world.vault)
    try:
        yield worker
    finally:
        if worker._thread.is_alive():
            worker.stop()


def settings_of(world: FleetRows, **environment: str) -> Settings:
    return Settings.from_environment(
        {
            "CRIER_DATABASE_URL": world.database_url,
            "CRIER_TELEGRAM_API_URL": world.sandbox.url,
            "CRIER_SEND_RATE": "0",
            **environment,
        }
    )
