"""A small platform for tests of the broadcast engine: rows, a sandbox, and runners in the test.

The rows are what the API would have written; the runners are the worker's, without its queue.
"""

import asyncio
import contextlib
import hashlib
import io
import mimetypes
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from crier.broadcast import delivery_runner
from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.files import Files
from crier.broadcast.ledger import Ledger
from crier.domain import message as messages
from crier.domain.message import AdMessage
from crier.observability.samples import Samples
from crier.secrets.slugs import slugs_of
from crier.services.broadcasts import launch as launching
from crier.storage.models.ads import Advertisement, Broadcast
from crier.storage.pool import open_pool
from crier.storage.signals import Signals
from crier.storage.uploads import FolderUploads, Uploads
from crier.telegram.client import BotApi
from crier.telegram.rate_limiters import RateLimiters
from crier.telegram.transport import HttpTransport
from tests.support.rows import KEYS as KEYS
from tests.support.rows import Rows
from tests.support.sandbox import SandboxBot
from tests.support.waiting import PATIENCE, until_async


class AdRows(Rows):
    """The rows of one owner's bots and ads."""

    def add_bot(self, people: int = 0, **options: Any) -> SandboxBot:
        """A running bot; `people` and `options` as `Sandbox.add_people`, all active here."""
        bot = self.sandbox.create_bot()
        self.insert_bot(bot, status="running", desired_status="running")
        if people:
            ids = self.sandbox.add_people(bot.id, people, **options)
            self.subscribe(bot.id, *ids)
        return bot

    def subscribe(self, bot_id: int, *chats: int, kind: str = "private") -> None:
        self.run(
            """INSERT INTO subscribers (bot_id, chat_id, type, status, first_name, username)
               SELECT %s, id, %s, 'active', 'Ann', 'ann' FROM unnest(%s::bigint[]) AS id""",
            bot_id,
            kind,
            list(chats),
        )

    def upload(self, storage: Uploads, content: bytes, name: str) -> str:
        """Put a file where uploads lie, and its row; the name of it in an ad."""
        media_id = uuid.uuid4()
        storage.write(media_id, name, io.BytesIO(content))
        self.run(
            """INSERT INTO media_files (id, user_id, name, content_type, kind, size, sha256,
               stored) VALUES (%s, 1, %s, %s, 'document', %s, %s, true)""",
            media_id,
            name,
            mimetypes.guess_type(name)[0] or "application/octet-stream",
            len(content),
            hashlib.sha256(content).digest(),
        )
        return f"media:{media_id}"

    def launch(
        self,
        message: AdMessage | None = None,
        *,
        bots: list[int] | None = None,
        policy: str = "at_most_once",
        targeting: dict[str, Any] | None = None,
        priority: int = 1,
        anybodys: bool = False,
    ) -> int:
        """Make an ad and launch it; the broadcast's id."""
        content = messages.to_json(message or AdMessage(text="Buy!"))
        with self.sessions.begin() as session:
            ad = Advertisement(user_id=1, content="Buy!", targeting=targeting or {})
            session.add(ad)
            session.flush()
            return launching.launch(
                session,
                ad=ad,
                scope=launching.Scope(1, 1, anybodys=anybodys),
                bot_ids=bots,
                scheduled_for=None,
                policy=policy,
                message=content,
                priority=priority,
            ).id

    def steer(self, broadcast_id: int, step: Callable[..., Any], *arguments: Any) -> Any:
        """A step of `crier.services.broadcasts.control` in its own transaction."""
        with self.sessions.begin() as session:
            broadcast = session.get_one(Broadcast, broadcast_id)
            return step(session, session.get_one(Advertisement, broadcast.ad_id), *arguments)

    def broadcast(self, broadcast_id: int) -> dict[str, Any]:
        return self.run("SELECT * FROM broadcasts WHERE id = %s", broadcast_id)[0]

    def counts(self, broadcast_id: int) -> dict[str, int]:
        """The outcomes of a broadcast, and that they are what the rows say."""
        names = ["audience", "sent", "blocked", "failed", "unknown", "skipped"]
        sums = ", ".join(f"sum({name})::int AS {name}" for name in names)
        found = self.run(f"SELECT {sums} FROM deliveries WHERE broadcast_id = %s", broadcast_id)[0]
        found["pending"] = found["audience"] - sum(found[name] for name in names[1:])
        return found

    def outcomes(self, broadcast_id: int) -> dict[tuple[int, int], str]:
        """Every recorded outcome by (bot, chat), the last try's; a second one for a chat fails the
        test."""
        rows = self.run(
            """SELECT m.bot_id, m.chat_id, m.status FROM messages m
               JOIN deliveries d ON d.id = m.delivery_id
               WHERE d.broadcast_id = %s AND m.position IS NOT NULL""",
            broadcast_id,
        )
        found = {(row["bot_id"], row["chat_id"]): row["status"] for row in rows}
        assert len(found) == len(rows), "a recipient has two outcomes"
        return found


@contextlib.asynccontextmanager
async def running_context(
    world: AdRows,
    *,
    rate: float = 0,
    timeout_s: float = 5.0,
    uploads: Uploads | None = None,
    connections: int = 256,
) -> AsyncIterator[BroadcastContext]:
    """A broadcast context as a worker has it, with its ledger and signals running."""
    signals, samples = Signals(world.database_url), Samples()
    bot_api = BotApi(HttpTransport(world.sandbox.url, max_connections=connections))
    async with open_pool(world.database_url, name="test context") as pool:
        context = BroadcastContext(
            pool=pool,
            signals=signals,
            ledger=Ledger(pool, samples),
            bot_api=bot_api,
            limiters=RateLimiters(rate, samples),
            vault=world.vault,
            slugs=slugs_of(world.vault.keys),
            public_url="https://ads.example",
            files=Files(uploads or FolderUploads(Path("/nonexistent"))),
            send_timeout_s=timeout_s,
            worker_name="here:1",
        )
        sides = [asyncio.create_task(signals.run()), asyncio.create_task(context.ledger.run())]
        try:
            yield context
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            await bot_api.close()


async def deliver(context: BroadcastContext, *bot_ids: int, limit_s: float = 30.0) -> None:
    """Run the deliveries of bots to their end."""
    async with asyncio.timeout(limit_s):
        await asyncio.gather(
            *(delivery_runner.run_deliveries(context, bot_id) for bot_id in bot_ids)
        )


def start(context: BroadcastContext, *bots: int) -> list[asyncio.Task[None]]:
    """Run the deliveries of these bots in the background."""
    return [asyncio.create_task(delivery_runner.run_deliveries(context, bot)) for bot in bots]


async def ended(tasks: list[asyncio.Task[None]], limit_s: float = 20.0) -> list[object]:
    """Wait for the end of deliveries that were asked to end; what each returned or raised."""
    async with asyncio.timeout(limit_s * PATIENCE):
        return list(await asyncio.gather(*tasks, return_exceptions=True))


async def some_sent(world: AdRows, broadcast_id: int, at_least: int = 20) -> None:
    """Wait until this many recipients are recorded as sent."""
    await until_async(lambda: world.counts(broadcast_id)["sent"] >= at_least)
