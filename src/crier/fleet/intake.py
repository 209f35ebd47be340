"""Takes updates in: sorts out what is new, records it, and hands the answers to their queues.

Record first, then confirm and answer: the offset that confirms a batch to Telegram is only used
once its effects are durable. The offset here follows the one in the row, which only the session
that holds the fence may move.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

import psycopg

from crier.domain.offsets import sift
from crier.fleet import metrics
from crier.fleet.chat_queues import ChatQueues
from crier.fleet.effects import Counts, Effects, latency
from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.errors import FenceLost
from crier.fleet.forward import ForwardedUpdate, Forwarder
from crier.fleet.handlers import answer
from crier.fleet.plan import Plan, Profile, Work, chat_of, event_of, plan
from crier.storage.pool import Pool
from crier.storage.queries import load
from crier.telegram.errors import UpdateDecodeProblem
from crier.telegram.types import Update
from crier.telegram.updates import Batch, decode_update

_SQL = load("fleet")
REASON_MAX_CHARS = 200
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Incoming:
    """One update as it came; `update` is None where it could not be understood."""

    update_id: int
    update: Update | None
    raw: bytes


class Intake:
    """The intake of one session. `offset` is where the next poll begins."""

    def __init__(
        self,
        profile: Profile,
        offset: int,
        idle_s: float,
        *,
        recorder: EffectsRecorder,
        pool: Pool,
        queues: ChatQueues[Work],
        forwarder: Forwarder | None,
        had_webhook: bool,
    ) -> None:
        self.profile, self.offset = profile, offset
        self.stale_polls = 0
        self._last_update = time.time() - idle_s
        self._recorder, self._pool = recorder, pool
        self._queues, self._forwarder = queues, forwarder
        self.had_webhook = had_webhook
        """Whether the webhook may have brought, or still bring, what a poll brings."""

    async def polled(self, batch: Batch) -> None:
        """Take in what a poll brought and move the offset past it.

        Raises:
            FenceLost: another session has the bot; nothing was recorded.
        """
        received = asyncio.get_running_loop().time()
        incoming = [
            Incoming(update.update_id, update, raw)
            for update, raw in zip(batch.updates, batch.raws, strict=True)
        ]
        incoming += [
            Incoming(problem.update_id, None, b"")
            for problem in batch.problems
            if problem.update_id is not None
        ]
        idle_s = time.time() - self._last_update
        ids = [one.update_id for one in incoming]
        sifted = sift(ids, self.offset, idle_s=idle_s, stale_polls=self.stale_polls)
        self.stale_polls = self.stale_polls + 1 if sifted.stale else 0
        offset = sifted.offset
        if not incoming and batch.problems and offset:
            offset += len(batch.problems)  # nothing is known of them: step over so many
        fresh = [incoming[at] for at in sifted.fresh]
        if offset == self.offset:
            return
        if self.had_webhook:
            await self._keep(fresh, offset)
        else:
            notes = _notes(batch.problems)
            await self._record(fresh, received, "poll", notes=notes, offset=offset)
        self.offset, self._last_update = offset, time.time()

    async def stored(self, rows: list[tuple[int, bytes]]) -> None:
        """Take in what the webhook brought. Raises `FenceLost`."""
        received = asyncio.get_running_loop().time()
        incoming, problems = [], []
        for update_id, body in rows:
            update = decode_update(body)
            if isinstance(update, UpdateDecodeProblem):
                problems.append(update)
                incoming.append(Incoming(update_id, None, body))
            else:
                incoming.append(Incoming(update_id, update, body))
        await self._record(incoming, received, "webhook", notes=_notes(problems))

    def owed(self, update_id: int, body: bytes, owes: str) -> None:
        """Take over an update that the session before has recorded and did not get to."""
        update = decode_update(body)
        if isinstance(update, UpdateDecodeProblem):
            return
        received = asyncio.get_running_loop().time()
        event = event_of(update, self.profile) if owes in ("reply", "both") else None
        if event is not None and (calls := answer(event, self.profile.rules)):
            self._queues.put(event.chat_id, Work(update_id, event.chat_id, calls, body, received))
        if owes in ("forward", "both"):
            self._forward(Incoming(update_id, update, body), received)

    async def _keep(self, fresh: list[Incoming], offset: int) -> None:
        """Put updates into the inbox, to be drained, each once whichever way it came."""
        row = {
            "bot_id": self.profile.bot_id,
            "instance_id": self.profile.instance_id,
            "offset": offset,
            "ids": [one.update_id for one in fresh],
            "bodies": [one.raw for one in fresh],
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["keep"], row)
            if await cursor.fetchone() is None:
                raise FenceLost(f"bot {self.profile.bot_id} has another session")

    async def _record(
        self,
        incoming: list[Incoming],
        received: float,
        source: str,
        *,
        notes: list[tuple[str, str]],
        offset: int | None = None,
    ) -> None:
        """Record, then answer. What PostgreSQL refuses costs itself only."""
        understood = [one for one in incoming if one.update is not None]
        made = plan([one.update for one in understood if one.update], self.profile)
        effects = made.effects
        effects.offset, effects.notes = offset, notes
        if source == "webhook":
            effects.handled = [one.update_id for one in incoming]
        try:
            await self._recorder.record(effects)
        except FenceLost:
            raise
        except psycopg.Error as error:
            await self._record_apart(incoming, received, source, offset, error)
            return
        metrics.UPDATES.labels(source).inc(len(incoming))
        self._hand_over(understood, made, received)

    async def _record_apart(
        self,
        incoming: list[Incoming],
        received: float,
        source: str,
        offset: int | None,
        error: psycopg.Error,
    ) -> None:
        """Each update alone, and of the one that is refused only that it came."""
        if len(incoming) > 1:
            for one in incoming:
                await self._record([one], received, source, notes=[])
        elif incoming:
            note = (
                "error",
                f"update {incoming[0].update_id} cannot be recorded: {_limiter(error)}",
            )
            log.error("update_refused", extra={"error": _limiter(error)})
            bare = Effects(self.profile.bot_id, self.profile.instance_id, notes=[note])
            if source == "webhook":
                bare.handled = [incoming[0].update_id]
            await self._recorder.record(bare)
        if offset is not None:
            ids = (self.profile.bot_id, self.profile.instance_id)
            await self._recorder.record(Effects(*ids, offset=offset))

    def _hand_over(self, understood: list[Incoming], made: Plan, received: float) -> None:
        for place, chat_id, calls in made.calls:
            one = understood[place]
            self._queues.put(chat_id, Work(one.update_id, chat_id, calls, one.raw, received))
        for one in understood:
            self._forward(one, received)
        silent = len(understood) - len(made.calls)
        if silent:
            taken_s = asyncio.get_running_loop().time() - received
            counts = Counts(latency=latency(taken_s, silent))
            self._recorder.count(self.profile.bot_id, counts)

    def _forward(self, one: Incoming, received: float) -> None:
        if self._forwarder is not None and one.update is not None:
            chat_id = chat_of(one.update)
            self._forwarder.put(ForwardedUpdate(one.update_id, chat_id, one.raw, received))


def _notes(problems: list[UpdateDecodeProblem]) -> list[tuple[str, str]]:
    """One row for what could not be understood."""
    if not problems:
        return []
    reason = problems[0].reason[:REASON_MAX_CHARS]
    return [("warning", f"{len(problems)} updates could not be understood, the first: {reason}")]


def _limiter(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:REASON_MAX_CHARS]
