"""Writes the effects of all sessions of this process, many bots in one transaction.

Effects that are submitted while one transaction runs wait for the next one, so that 2,000 sessions
cost a few commits a second and a single update does not wait for others.

What holds the promises:

* Effects and offset are one transaction, which first locks the bots rows whose `instance_id` is
  still the session's own; other sessions' effects are left out and those get `FenceLost`.
* An update counts once, also where the connection breaks at COMMIT: `pg_xact_status` tells what
  became of the transaction, and the effects are written again only if it was not committed.
* Lock order: bots, webhook_updates, subscribers, bot_counters and bot_minutes (by their triggers),
  bot_minutes, each by id. The trigger and the last statement both touch bot_minutes, so a deadlock
  with a broadcast's ledger is possible; PostgreSQL ends one of the two, which is written again.
* One task writes at a time (one event loop, no lock), so one session's effects keep their order.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from crier.domain.backoff import Backoff
from crier.fleet.effects import ChatChange, Counts, Effects
from crier.fleet.errors import FenceLost
from crier.observability.samples import Samples
from crier.storage import aio, outage
from crier.storage.pool import Pool
from crier.storage.queries import load

MAX_UPDATES = 2_000
"""About how many messages one transaction writes; it holds its row locks for some 50 ms then."""

COUNTS_EVERY_S = 1.0
_RETRY = Backoff(base_s=0.05, cap_s=5.0)
_SQL: Final = load("fleet")
log = logging.getLogger(__name__)

PendingEffects = tuple[Effects, "asyncio.Future[None]"]
Connection = psycopg.AsyncConnection[Any]


class _Fenced(NamedTuple):
    bot_id: int
    instance_id: UUID
    transaction: str


def _status(found: str | None) -> str | None:
    return found


def _chat(bot_id: int, chat_id: int) -> tuple[int, int]:
    return bot_id, chat_id


_COMMITTED: Final = _SQL.query("committed", _status)
_HANDLED: Final = _SQL.query("handled")
_FENCE: Final = _SQL.query("fence", _Fenced)
_CHATS_KNOWN: Final = _SQL.query("chats_known", _chat)
_CHATS_NEW: Final = _SQL.query("chats_new")
_MOVE: Final = _SQL.query("move")
_MINUTES: Final = _SQL.query("minutes")
_MESSAGES: Final = _SQL.query("messages")
_LOG: Final = _SQL.query("log")


class _RaceLost(psycopg.OperationalError):
    """Another process added a chat's row at the same moment: write again, onto that row."""


class EffectsRecorder:
    """The one writer of a process. Needs no start or stop: it works while there are effects."""

    def __init__(self, pool: Pool, samples: Samples) -> None:
        self._pool, self._samples = pool, samples
        self._waiting: list[PendingEffects] = []
        self._counts: dict[int, Counts] = {}
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._transaction: str | None = None

    async def record(self, effects: Effects) -> None:
        """Return once the effects are durable; waits as long as PostgreSQL is away.

        Cancelling the caller does not undo them: they may be written all the same.

        Raises:
            FenceLost: another session has the bot; nothing was written.
            psycopg.Error: PostgreSQL refuses these effects for what they are.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((effects, done))
        self._begin()
        await done

    def record_soon(self, effects: Effects) -> None:
        """Record without waiting for it; a refusal is only logged."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_log_refusal)
        self._waiting.append((effects, done))
        self._begin()

    def count(self, bot_id: int, counts: Counts) -> None:
        """Add to a bot's row in `bot_minutes` within about a second; a crash may lose it."""
        known = self._counts.setdefault(bot_id, Counts())
        known.add(counts)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COUNTS_EVERY_S, self._on_timer)

    def answered(
        self, bot_id: int, seconds: float, *, updates: int = 1, failed: bool = False
    ) -> None:
        """Count updates that took so long from their arrival to the end of what they caused."""
        self._samples.count("updates", str(bot_id), seconds, times=updates, error=failed)

    async def flush(self) -> None:
        """Return once everything submitted so far is written."""
        self._begin()
        if self._task is not None:
            await asyncio.shield(self._task)

    def _on_timer(self) -> None:
        self._timer = None
        self._begin()

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="fleet recorder")

    async def _run(self) -> None:
        while self._waiting or self._counts:
            group, counts = self._next_group(), self._counts
            self._counts = {}
            await self._write(group, counts)

    def _next_group(self) -> list[PendingEffects]:
        size = at = 0
        while at < len(self._waiting) and size < MAX_UPDATES:
            size += len(self._waiting[at][0].messages)
            at += 1
        group, self._waiting = self._waiting[:at], self._waiting[at:]
        return group

    async def _write(self, group: list[PendingEffects], counts: dict[int, Counts]) -> None:
        """Write a group; where PostgreSQL refuses it, each of it alone, so that one fails alone."""
        try:
            ours = await self._write_until_done([effects for effects, _ in group], counts)
        except psycopg.Error as error:
            words = str(error).partition("\n")[0]  # the next line quotes what people wrote
            log.warning("effects_refused", extra={"error": words, "size": len(group)})
            if len(group) > 1 or (group and counts):
                await self._write([], counts)
                for pending in group:
                    await self._write([pending], {})
                return
            for _, done in group:
                _resolve(done, error)
            return
        for effects, done in group:
            lost = (effects.bot_id, effects.instance_id) not in ours
            _resolve(done, FenceLost(f"bot {effects.bot_id} has another session") if lost else None)

    async def _write_until_done(
        self, group: list[Effects], counts: dict[int, Counts]
    ) -> set[tuple[int, UUID]]:
        """Write until it is written or refused; return which sessions have their bots."""
        failures = 0
        while True:
            self._transaction, ours = None, set[tuple[int, UUID]]()
            try:
                async with self._pool.connection() as connection:
                    await self._transact(connection, group, counts, ours)
            except outage.AWAY as error:
                failures += 1
                log.warning("effects_write_retried", extra={"error": str(error).strip()})
                if await self._took_effect(failures):
                    return ours
            else:
                return ours

    async def _took_effect(self, failures: int) -> bool:
        """Wait after a failure; return whether the transaction was committed all the same."""
        while True:
            await asyncio.sleep(_RETRY.after(failures).delay_s)
            if self._transaction is None:
                return False
            try:
                async with self._pool.connection() as connection:
                    asked = _COMMITTED(transaction=self._transaction)
                    status = await aio.first(connection, asked)
            except outage.AWAY:
                failures += 1
                continue
            if status != "in progress":
                return bool(status == "committed")

    async def _transact(
        self,
        connection: Connection,
        group: list[Effects],
        counts: dict[int, Counts],
        ours: set[tuple[int, UUID]],
    ) -> None:
        if group:
            ours |= await self._fence(connection, group)
        mine = [one for one in group if (one.bot_id, one.instance_id) in ours]
        if handled := [(one.bot_id, update_id) for one in mine for update_id in one.handled]:
            columns = _arrays(("bots", "ids"), sorted(set(handled)))
            await aio.run(connection, _HANDLED(**columns))
        await _write_chats(connection, mine)
        await _write_counts(connection, mine, counts)
        await _write_rows(connection, mine)

    async def _fence(self, connection: Connection, group: list[Effects]) -> set[tuple[int, UUID]]:
        """Move the offsets of the bots that are still ours."""
        rows: dict[tuple[int, UUID], tuple[int | None, bool]] = {}
        for one in group:
            offset, active = rows.get((one.bot_id, one.instance_id), (None, False))
            offset = offset if one.offset is None else one.offset
            rows[one.bot_id, one.instance_id] = offset, active or one.active
        columns = _arrays(
            ("bots", "instances", "offsets", "active"),
            [(*session, *row) for session, row in rows.items()],
        )
        fenced = await aio.rows(connection, _FENCE(**columns))
        if fenced:
            self._transaction = fenced[0].transaction
        return {(row.bot_id, row.instance_id) for row in fenced}


_CHAT_COLUMNS = (
    "bot_ids", "chat_ids", "types", "titles", "usernames", "first_names", "languages", "sources",
    "opted_out", "reaches", "seen",
)  # fmt: skip


async def _write_chats(connection: Connection, group: list[Effects]) -> None:
    chats: dict[tuple[int, int], ChatChange] = {}
    for one in group:
        for change in one.chats.values():
            first = chats.setdefault((one.bot_id, change.chat_id), change)
            if first is not change:
                first.then(change)
    if chats:
        for known in await aio.rows(connection, _CHATS_KNOWN(**_chat_arrays(chats))):
            del chats[known]
    if chats and await aio.run(connection, _CHATS_NEW(**_chat_arrays(chats))) < len(chats):
        raise _RaceLost("a chat was added at the same moment")
    moved = [(one.bot_id, *ids) for one in group for ids in one.moved]
    if moved:
        await aio.run(connection, _MOVE(**_arrays(("bot_ids", "old", "new"), moved)))


def _chat_arrays(chats: dict[tuple[int, int], ChatChange]) -> dict[str, list[Any]]:
    rows = [
        (
            bot_id, change.chat_id, change.type, change.title, change.username, change.first_name,
            change.language_code, change.source, change.opted_out, change.reach, change.seen,
        )
        for (bot_id, _), change in chats.items()
    ]  # fmt: skip
    return _arrays(_CHAT_COLUMNS, rows)


async def _write_counts(
    connection: Connection, group: list[Effects], counts: dict[int, Counts]
) -> None:
    total = {bot_id: Counts(**_fields(some)) for bot_id, some in counts.items()}
    for one in group:
        total.setdefault(one.bot_id, Counts()).add(one.counts)
    rows = [
        (
            bot_id, some.messages_in, some.messages_out, some.errors, some.throttled,
            "{" + ",".join(map(str, some.latency or ())) + "}",
        )
        for bot_id, some in total.items()
        if some
    ]  # fmt: skip
    if rows:
        names = ("bot_ids", "messages_in", "messages_out", "errors", "throttled", "latency")
        await aio.run(connection, _MINUTES(**_arrays(names, rows)))


async def _write_rows(connection: Connection, group: list[Effects]) -> None:
    """Append the messages and the rows of the bots' logs."""
    if any(one.messages for one in group):
        async with connection.cursor() as cursor, cursor.copy(_MESSAGES.text) as copy:
            for one in group:
                for row in one.messages:
                    await copy.write_row(row)
    notes = [(one.bot_id, *note) for one in group for note in one.notes]
    if notes:
        await aio.run(connection, _LOG(**_arrays(("bots", "levels", "messages"), notes)))


def _fields(counts: Counts) -> dict[str, Any]:
    return {name: getattr(counts, name) for name in Counts.__slots__}


def _arrays(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return one list for each column."""
    return dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))


def _resolve(done: "asyncio.Future[None]", error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _log_refusal(done: "asyncio.Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.info("effects_dropped", extra={"error": str(error)})
