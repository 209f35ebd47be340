"""A bot's session, from the job that starts it to its end.

What holds the invariants:

* One session a bot: the job's lock `bot:{id}`, and the fence `bots.instance_id`, taken here anew
  for every life. Each write names it; who finds another there stops without a word.
* No lost wish: a session ends in a transaction that locks the row and looks at `desired_status`
  (`domain/bot_state.ended`); where somebody has started the bot again, it goes on.
* Nothing in between: a session ends only where no update is half recorded (`safety.finish`).
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
from crier.fleet import inbox, metrics, rows
from crier.fleet.errors import BotRefused, FenceLost
from crier.fleet.row_watcher import Watched
from crier.fleet.rows import BotRow, Owner
from crier.fleet.runtime import Fleet
from crier.fleet.safety import LINGER_S, OUTAGE
from crier.fleet.session_run import SessionRun
from crier.secrets.vault import VaultError
from crier.storage.inbound import topic

T = TypeVar("T")

LOOK_AGAIN_S = 1.0
HAND_BACK_S = 3.5
"""How long a session tries to give its bot up, while thousands do so at the same moment."""

_SOFT = ("welcome", "commands", "settings")
log = logging.getLogger(__name__)


class End(Enum):
    """Why a life ended."""

    STOP = "stop"
    RESTART = "restart"
    HAND_BACK = "hand_back"


async def run_session(fleet: Fleet, bot_id: int) -> None:
    """Run a bot until its owner stops it, its token is refused, or another session has it.

    Raises:
        HandedBack: `fleet.stopping` is set and the bot has been given up: put its job back.
    """
    with (
        fleet.signals.listen(f"bot:{bot_id}") as changed,
        fleet.signals.listen(topic(bot_id)) as brought,
        metrics.SESSIONS.track_inprogress(),
    ):
        ears = Watched(changed, brought)
        with fleet.watch.over(bot_id, ears):
            await Session(fleet, bot_id, ears).run()


class Session:
    """The control of one bot: takes the fence, lives, and ends as the row says."""

    def __init__(self, fleet: Fleet, bot_id: int, ears: Watched) -> None:
        self._fleet, self._bot_id, self._ears = fleet, bot_id, ears
        self._owner: Owner
        self._after_webhook = False

    async def run(self) -> None:
        """See `run_session`."""
        reason: str | None = None
        while (row := await self._take(reason)) is not None:
            try:
                end = await self._live(row)
            except FenceLost:
                return
            except (BotRefused, VaultError) as error:
                await self._refused(str(error))
                return
            if end is End.HAND_BACK:
                await self._hand_back()
                return
            if end is End.STOP and await self._ended():
                return
            reason = "the session starts over"

    async def _take(self, reason: str | None) -> BotRow | None:
        self._owner = Owner(self._bot_id, uuid4(), self._fleet.worker_name)
        return await self._insist(lambda: rows.take(self._fleet.pool, self._owner, reason))

    # -- living

    async def _live(self, row: BotRow) -> End:
        """Run one life until something ends it."""
        self._ears.seen = row.generation, row.desired_status, row.instance_id
        life = SessionRun(
            self._fleet, self._owner, row, self._ears, after_webhook=self._after_webhook
        )
        self._after_webhook |= row.receive_mode == "webhook"
        receiver = asyncio.create_task(life.receive(), name="fleet session")
        receiver.add_done_callback(lambda _: self._ears.changed.set())
        try:
            end = await self._control(life, receiver)
            await _end(life, receiver)
            if end is End.STOP:
                await life.farewell()
            return end
        except FenceLost:
            life.lost = True
            raise
        finally:
            await _end(life, receiver)
            await life.close()

    async def _control(self, life: SessionRun, receiver: "asyncio.Task[None]") -> End:
        """Wait for whatever concerns this session.

        Raises:
            FenceLost, BotRefused: see `SessionRun.receive`.
        """
        row = life.row
        while True:
            if self._fleet.stopping.is_set():
                return End.HAND_BACK
            if (end := self._react(life, row)) is not None:
                return end
            if row.receive_mode == "polling" and self._ears.inbox.is_set():
                self._ears.inbox.clear()
                await self._insist(lambda: inbox.drain(life))
            life.settled.set()
            await self._ears.changed.wait()
            self._ears.changed.clear()
            life.settled.clear()
            if receiver.done():
                receiver.result()
            if not self._fleet.stopping.is_set():
                row = await self._read()

    def _react(self, life: SessionRun, row: BotRow) -> End | None:
        """What the row asks of this life; new settings are taken over on the way."""
        before = life.row
        if row.desired_status == Desired.STOPPED:
            return End.STOP
        if row.generation == before.generation:
            return None
        once = row.generation == before.generation + 1
        changed = any(getattr(row, name) != getattr(before, name) for name in _SOFT)
        if once and changed and _core(row) == _core(before):
            life.reload(row)
            return None
        return End.RESTART

    async def _read(self) -> BotRow:
        """The row now. Raises `FenceLost` where it is not this session's any more."""
        row = await self._insist(lambda: rows.read(self._fleet.pool, self._bot_id))
        if row is None or row.instance_id != self._owner.instance_id:
            raise FenceLost(f"bot {self._bot_id} has another session")
        return row

    # -- ending

    async def _ended(self) -> bool:
        """Whether the bot is stopped; False where somebody has started it again."""
        try:
            state = await self._insist(
                lambda: rows.step(
                    self._fleet.pool, self._owner, bot_state.ended, "stopped as it was asked to"
                )
            )
        except FenceLost:
            return True
        return state.desired is Desired.STOPPED

    async def _refused(self, error: str) -> None:
        """The bot cannot run: say why, once, and leave it to its owner."""
        try:
            await self._insist(
                lambda: rows.step(
                    self._fleet.pool, self._owner, bot_state.refused, error, error=error
                )
            )
        except FenceLost:
            return

    async def _hand_back(self) -> None:
        try:
            async with asyncio.timeout(HAND_BACK_S):
                status = await self._fleet.handover.give_up(self._owner)
        except (TimeoutError, *OUTAGE) as error:
            # The job's return to the queue waits for PostgreSQL too; whoever takes it next finds
            # our fence, and knows by the job's lock that it is stale.
            log.warning("fence_kept", extra={"bot_id": self._bot_id, "error": str(error)})
        else:
            if status != BotStatus.STARTING:
                return
        raise HandedBack(f"bot {self._bot_id} waits for another worker")

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask PostgreSQL until it answers, or until the worker stops.

        Raises:
            HandedBack: the worker stops and PostgreSQL is away.
        """
        while True:
            try:
                return await ask()
            except OUTAGE as error:
                log.warning(
                    "session_waits", extra={"bot_id": self._bot_id, "error": str(error).strip()}
                )
                if self._fleet.stopping.is_set():
                    raise HandedBack(f"bot {self._bot_id} waits for another worker") from error
                await asyncio.sleep(LOOK_AGAIN_S)


def _core(row: BotRow) -> tuple[object, ...]:
    """What a life cannot change while it runs."""
    url = row.settings.get("forward_url")
    return row.bot_token, row.receive_mode, row.webhook_secret, url


async def _end(life: SessionRun, receiver: "asyncio.Task[None]") -> None:
    """Cancel the receiver and wait until it has let go.

    Before Python 3.12 `asyncio.wait_for`, which psycopg uses, swallows a cancel that comes in the
    same moment as what it waits for; so the receiver looks for itself, and is cancelled again.
    """
    life.retry_policy.ended = True
    while not receiver.done():
        receiver.cancel()
        await asyncio.wait((receiver,), timeout=LINGER_S + 0.1)
    if not receiver.cancelled() and (error := receiver.exception()) is not None:
        log.info("receiver_ended", extra={"error": str(error)})
