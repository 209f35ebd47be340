"""Takes updates in: sorts out the new ones, records them, and puts the replies into chat queues.

What holds that an update counts once: its effects and the new offset are one transaction behind the
fence (`effects_recorder`), and the offset that confirms a batch to Telegram is only used after it.
While the webhook may bring what a poll brings too, polled updates go through `webhook_updates`,
which lets each in once (`inbox`). Replies are queued only after the transaction.
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
from crier.fleet.inbox import Inbox, WaitingUpdate
from crier.fleet.plan import PendingReply, Plan, Profile, chat_of, event_of, plan
from crier.fleet.shutdown import finish_before_cancel
from crier.telegram.errors import UpdateDecodeProblem
from crier.telegram.types import Update
from crier.telegram.updates import UpdateBatch, decode_update

REASON_MAX_CHARS = 200
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Incoming:
    """One update as it came; `update` is None where it could not be understood."""

    update_id: int
    update: Update | None
    raw: bytes


class Intake:
    """The intake of one session run. `offset` is where the next poll begins."""

    def __init__(
        self,
        profile: Profile,
        offset: int,
        idle_s: float,
        *,
        had_webhook: bool,
        inbox: Inbox,
        recorder: EffectsRecorder,
        queues: ChatQueues[PendingReply],
        forwarder: Forwarder | None,
    ) -> None:
        self.profile, self.offset = profile, offset
        self._stale_polls = 0
        self._last_update = time.time() - idle_s
        self._had_webhook = had_webhook
        """Whether the webhook may bring, or have brought, updates that a poll brings too."""
        self._inbox, self._recorder = inbox, recorder
        self._queues, self._forwarder = queues, forwarder
        self._draining = asyncio.Lock()

    async def wait_for_room(self) -> int:
        """Wait until at least one more update fits, and return how many do."""
        return await self._queues.wait_for_room()

    async def polled(self, batch: UpdateBatch) -> None:
        """Take in what a poll brought and move the offset past it; a cancel waits for that.

        Raises:
            FenceLost: another session has the bot; nothing was recorded.
        """
        await finish_before_cancel(self._take_batch(batch))
        if self._had_webhook:
            await self.drain_inbox()

    async def drain_inbox(self) -> None:
        """Take in the updates that wait in the inbox; a cancel waits for those being recorded.

        One caller at a time: an update that is being recorded can still be read.

        Raises:
            FenceLost: another session has the bot; nothing was recorded.
        """
        async with self._draining:
            while found := await self._inbox.waiting(await self.wait_for_room()):
                await finish_before_cancel(self._take_stored(found))

    async def resume_unfinished(self) -> None:
        """Do what the run before recorded and could not finish; drop what is too old."""
        while True:
            limit = await self.wait_for_room()
            found = await self._inbox.claim_unfinished(limit)
            for update in found:
                if not update.is_stale:
                    self._resume(update.update_id, update.body, update.owes)
            if len(found) < limit:
                return

    async def _take_batch(self, batch: UpdateBatch) -> None:
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
        sifted = sift(ids, self.offset, idle_s=idle_s, stale_polls=self._stale_polls)
        self._stale_polls = self._stale_polls + 1 if sifted.stale else 0
        offset = sifted.offset
        if not incoming and batch.problems and offset:
            offset += len(batch.problems)  # their ids are not known: skip as many
        fresh = [incoming[at] for at in sifted.fresh]
        if offset == self.offset:
            return
        if self._had_webhook:
            await self._inbox.keep([(one.update_id, one.raw) for one in fresh], offset)
        else:
            notes = _notes(batch.problems)
            await self._record(fresh, received, "poll", notes=notes, offset=offset)
        self.offset, self._last_update = offset, time.time()

    async def _take_stored(self, rows: list[WaitingUpdate]) -> None:
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

    def _resume(self, update_id: int, body: bytes, left: str) -> None:
        update = decode_update(body)
        if isinstance(update, UpdateDecodeProblem):
            return
        received = asyncio.get_running_loop().time()
        event = event_of(update, self.profile) if left in ("reply", "both") else None
        if event is not None and (calls := answer(event, self.profile.rules)):
            self._queues.put(
                event.chat_id, PendingReply(update_id, event.chat_id, calls, body, received)
            )
        if left in ("forward", "both"):
            self._forward(Incoming(update_id, update, body), received)

    async def _record(
        self,
        incoming: list[Incoming],
        received: float,
        source: str,
        *,
        notes: list[tuple[str, str]],
        offset: int | None = None,
    ) -> None:
        """Record updates, then queue their replies; one that PostgreSQL refuses is left out."""
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
        metrics.UPDATES_FROM[source].inc(len(incoming))
        self._queue_replies(understood, made, received)

    async def _record_apart(
        self,
        incoming: list[Incoming],
        received: float,
        source: str,
        offset: int | None,
        error: psycopg.Error,
    ) -> None:
        """Record each update alone, and of one that is refused only that it came."""
        if len(incoming) > 1:
            for one in incoming:
                await self._record([one], received, source, notes=[])
        elif incoming:
            note = (
                "error",
                f"update {incoming[0].update_id} cannot be recorded: {_first_line(error)}",
            )
            log.error("update_refused", extra={"error": _first_line(error)})
            bare = Effects(self.profile.bot_id, self.profile.instance_id, notes=[note])
            if source == "webhook":
                bare.handled = [incoming[0].update_id]
            await self._recorder.record(bare)
        if offset is not None:
            ids = (self.profile.bot_id, self.profile.instance_id)
            await self._recorder.record(Effects(*ids, offset=offset))

    def _queue_replies(self, understood: list[Incoming], made: Plan, received: float) -> None:
        for place, chat_id, calls in made.calls:
            one = understood[place]
            self._queues.put(
                chat_id, PendingReply(one.update_id, chat_id, calls, one.raw, received)
            )
        for one in understood:
            self._forward(one, received)
        silent = len(understood) - len(made.calls)
        if silent:
            taken_s = asyncio.get_running_loop().time() - received
            counts = Counts(latency=latency(taken_s, silent))
            self._recorder.count(self.profile.bot_id, counts)
            self._recorder.answered(self.profile.bot_id, taken_s, updates=silent)

    def _forward(self, one: Incoming, received: float) -> None:
        if self._forwarder is not None and one.update is not None:
            chat_id = chat_of(one.update)
            self._forwarder.put(ForwardedUpdate(one.update_id, chat_id, one.raw, received))


def _notes(problems: list[UpdateDecodeProblem]) -> list[tuple[str, str]]:
    """Return one row of the log for all updates that could not be understood."""
    if not problems:
        return []
    reason = problems[0].reason[:REASON_MAX_CHARS]
    return [("warning", f"{len(problems)} updates could not be understood, the first: {reason}")]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:REASON_MAX_CHARS]
