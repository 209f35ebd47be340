"""A bot's session, from the job that starts it to its end, and the supervisor that controls it.

A session is a series of session runs (`session_run`), one after another: each restart, new token
or change of mode ends one run and begins the next. What holds the invariants:

* One session a bot: the job's lock `bot:{id}`, and the fence `bots.instance_id`, put up anew for
  every run. Each write names it; a session that finds another one there stops and writes nothing.
* No lost request: a session ends in a transaction that locks the row and looks at `desired_status`
  (`domain/bot_state.ended`); if the bot was started again meanwhile, the session goes on.
* Nothing in between: a run ends only where no update is half recorded
  (`shutdown.finish_before_cancel`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar
from uuid import uuid4

from crier.domain import bot_state
from crier.domain.bot_state import BotStatus, Desired
from crier.errors import HandedBack
from crier.fleet import metrics
from crier.fleet.errors import BotRefused, FenceLost
from crier.fleet.fleet_context import FleetContext
from crier.fleet.row_watcher import SeenRow, WakeUps
from crier.fleet.session_run import SessionRun
from crier.fleet.session_store import BotRow, Fence, SessionStore
from crier.secrets.vault import VaultError
from crier.storage import outage
from crier.storage.inbound import topic

T = TypeVar("T")

ASK_AGAIN_S = 1.0
RELEASE_S = 3.5
"""How long a session tries to release its bot, while thousands do so at the same moment."""

_APPLIED_WHILE_RUNNING = ("welcome", "commands", "settings")
log = logging.getLogger(__name__)


class End(Enum):
    """Why a run ended."""

    STOP = "stop"
    RESTART = "restart"
    RELEASE = "release"


async def run_session(context: FleetContext, bot_id: int) -> None:
    """Run a bot until its owner stops it, its token is refused, or another session has it.

    Raises:
        HandedBack: `context.stopping` is set and the bot has been released: put its job back.
    """
    with (
        context.signals.listen(f"bot:{bot_id}") as row_changed,
        context.signals.listen(topic(bot_id)) as inbox_filled,
        metrics.SESSIONS.track_inprogress(),
    ):
        wake_ups = WakeUps(row_changed, inbox_filled)
        with context.row_watcher.watch(bot_id, wake_ups):
            await Supervisor(context, bot_id, wake_ups).run()


class Supervisor:
    """Controls one session: begins its runs, watches the bot's row, and ends as the row says."""

    def __init__(self, context: FleetContext, bot_id: int, wake_ups: WakeUps) -> None:
        self._context, self._bot_id, self._wake_ups = context, bot_id, wake_ups
        self._store: SessionStore
        """That of the current run."""
        self._after_webhook = False

    async def run(self) -> None:
        """See `run_session`."""
        reason: str | None = None
        while (row := await self._take(reason)) is not None:
            try:
                end = await self._run_once(row)
            except FenceLost:
                return
            except (BotRefused, VaultError) as error:
                await self._refuse(str(error))
                return
            if end is End.RELEASE:
                await self._release()
                return
            if end is End.STOP and await self._is_stopped():
                return
            reason = "the session starts over"

    async def _take(self, reason: str | None) -> BotRow | None:
        fence = Fence(self._bot_id, uuid4(), self._context.worker_name)
        self._store = SessionStore(self._context.pool, fence)
        return await self._until_database_answers(lambda: self._store.take(reason))

    # -- while a run lasts

    async def _run_once(self, row: BotRow) -> End:
        """Begin a run, supervise it until something ends it, and close it."""
        self._wake_ups.seen = SeenRow(row.generation, row.desired_status, row.instance_id)
        self._wake_ups.row_applied.set()
        run = SessionRun(
            self._context, self._store, row, self._wake_ups, after_webhook=self._after_webhook
        )
        self._after_webhook |= row.receive_mode == "webhook"
        receiving = asyncio.create_task(run.receive(), name="fleet session")
        receiving.add_done_callback(lambda _: self._wake_ups.row_changed.set())
        try:
            end = await self._supervise(run, receiving)
            await run.stop_receiving(receiving)
            if end is End.STOP:
                await run.stop()
            return end
        except FenceLost:
            run.fence_lost = True
            raise
        finally:
            await run.stop_receiving(receiving)
            await run.close()

    async def _supervise(self, run: SessionRun, receiving: "asyncio.Task[None]") -> End:
        """Apply what the row asks for until it asks for an end.

        Raises:
            FenceLost, BotRefused: see `SessionRun.receive`.
        """
        row, wake_ups = run.row, self._wake_ups
        while True:
            if self._context.stopping.is_set():
                return End.RELEASE
            if (end := _apply(run, row)) is not None:
                return end
            if row.receive_mode == "polling" and wake_ups.inbox_filled.is_set():
                wake_ups.inbox_filled.clear()
                await self._until_database_answers(run.drain_inbox)
            wake_ups.row_applied.set()
            await wake_ups.row_changed.wait()
            wake_ups.row_changed.clear()
            wake_ups.row_applied.clear()
            if receiving.done():
                receiving.result()
            if not self._context.stopping.is_set():
                row = await self._until_database_answers(self._store.read)

    # -- ending

    async def _is_stopped(self) -> bool:
        """End the session; return False if the bot was started again meanwhile."""
        try:
            state = await self._until_database_answers(
                lambda: self._store.step(bot_state.ended, "stopped as it was asked to")
            )
        except FenceLost:
            return True
        return state.desired is Desired.STOPPED

    async def _refuse(self, error: str) -> None:
        """Say once why the bot cannot run, and leave it to its owner."""
        try:
            await self._until_database_answers(
                lambda: self._store.step(bot_state.refused, error, error=error)
            )
        except FenceLost:
            return

    async def _release(self) -> None:
        """Release the bot.

        Raises:
            HandedBack: the bot is to run on another worker.
        """
        try:
            async with asyncio.timeout(RELEASE_S):
                status = await self._context.releaser.release(self._store.fence)
        except (TimeoutError, *outage.AWAY) as error:
            # The job's return to the queue waits for PostgreSQL too; the next session finds our
            # fence, and knows by the job's lock that it is stale.
            log.warning("release_failed", extra={"bot_id": self._bot_id, "error": str(error)})
        else:
            if status != BotStatus.STARTING:
                return
        raise HandedBack(f"bot {self._bot_id} waits for another worker")

    async def _until_database_answers(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask PostgreSQL until it answers, or until the worker stops.

        Raises:
            HandedBack: the worker stops and PostgreSQL is away.
        """
        while True:
            try:
                return await ask()
            except outage.AWAY as error:
                log.warning(
                    "session_waits_for_database",
                    extra={"bot_id": self._bot_id, "error": str(error).strip()},
                )
                if self._context.stopping.is_set():
                    raise HandedBack(f"bot {self._bot_id} waits for another worker") from error
                await asyncio.sleep(ASK_AGAIN_S)


def _apply(run: SessionRun, row: BotRow) -> End | None:
    """Apply new settings to the run; return why it has to end, if it has to."""
    before = run.row
    if row.desired_status == Desired.STOPPED:
        return End.STOP
    if row.generation == before.generation:
        return None
    once = row.generation == before.generation + 1
    changed = any(getattr(row, name) != getattr(before, name) for name in _APPLIED_WHILE_RUNNING)
    if once and changed and _fixed(row) == _fixed(before):
        run.apply(row)
        return None
    return End.RESTART


def _fixed(row: BotRow) -> tuple[object, ...]:
    """Return what a run cannot change while it lasts."""
    url = row.settings.get("forward_url")
    return row.bot_token, row.receive_mode, row.webhook_secret, url
