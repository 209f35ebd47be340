"""The rows of a ledger's batch: what is written, and what is read back."""

import struct
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import psycopg
from msgspec.structs import replace

from crier.broadcast.delivery import Delivery, LedgerEntry
from crier.broadcast.recipients import Recipient, Settlement
from crier.domain.outcomes import ChatStatus, Outcome
from crier.storage import aio, queries

SQL: Final = queries.load("broadcast")
Connection = psycopg.AsyncConnection[Any]

_COPY = """COPY messages (chat_id, sent_at, position, message_id, status, error_code, error,
    bot_id, message_type, direction, delivery_id) FROM STDIN (FORMAT BINARY)"""


class LedgerRow(NamedTuple):
    """A delivery as the database has it after a batch."""

    claimed: int
    done: bool
    going: bool


def _claimed(delivery_id: int, *columns: Any) -> tuple[int, Recipient]:
    return delivery_id, Recipient(*columns)


def _row(delivery_id: int, claimed: int, done: bool, going: bool) -> tuple[int, LedgerRow]:
    return delivery_id, LedgerRow(claimed, done, going)


def _batch(delivery_id: int, batch: int) -> tuple[int, int]:
    return delivery_id, batch


def _earlier(chat_id: int, status: str) -> tuple[int, Outcome]:
    return chat_id, Outcome(status)


_SETTLE: Final = SQL.query("settle", int)
_KEEP: Final = SQL.query("keep")
_APPLIED: Final = SQL.query("applied", _batch)
_STATE: Final = SQL.query("state", _row)
_RECIPIENTS: Final = SQL.query("recipients", _claimed)
_EARLIER: Final = SQL.query("earlier", _earlier)
_MARK_CHATS: Final = SQL.query("mark_chats")
_FOLLOW_CHATS: Final = SQL.query("follow_chats")
_COUNT_ERRORS: Final = SQL.query("count_errors")
_TIMELINE: Final = SQL.query("timeline")
_BOT_MINUTES: Final = SQL.query("bot_minutes")


async def write(
    connection: Connection, entries: list[LedgerEntry], throttled: Counter[int]
) -> list[Settlement]:
    """Write a batch in one transaction; return the outcomes that it holds.

    A delivery that is closed, or behind another runner's fence, is left out with its outcomes.
    """
    async with connection.transaction():
        held = set(await aio.rows(connection, _SETTLE(**_columns(entries))))
        if kept := [e for e in entries if e.kept and e.delivery.id in held]:
            await _keep(connection, kept)
        ours = [e for e in entries if e.outcomes and e.delivery.id in held]
        if ours:
            await _copy(connection, ours)
            await _mark_chats(connection, ours)
            await _count(connection, ours, throttled)
    return [settlement for e in ours for settlement in e.outcomes]


async def _keep(connection: Connection, entries: list[LedgerEntry]) -> None:
    rows = [
        (e.delivery.id, e.delivery.bot_id, k.chat_id, k.position) for e in entries for k in e.kept
    ]
    columns = map(list, zip(*rows, strict=True))
    named = dict(zip(("ids", "bots", "chats", "positions"), columns, strict=True))
    await aio.run(connection, _KEEP(**named))


async def applied(connection: Connection, entries: list[LedgerEntry]) -> set[tuple[int, int]]:
    """Return the batches that a broken commit has left in the database after all."""
    ids, runners = [e.delivery.id for e in entries], [e.delivery.runner for e in entries]
    return set(await aio.rows(connection, _APPLIED(ids=ids, runners=runners)))


async def state(connection: Connection, entries: list[LedgerEntry]) -> dict[int, LedgerRow]:
    """Return the rows of the deliveries that are still this runner's."""
    ids, runners = [e.delivery.id for e in entries], [e.delivery.runner for e in entries]
    return dict(await aio.rows(connection, _STATE(ids=ids, runners=runners)))


async def recipients(
    connection: Connection,
    entries: list[LedgerEntry],
    rows: dict[int, LedgerRow],
) -> dict[int, list[Recipient]]:
    """Return the recipients at newly claimed positions, by delivery."""
    grown = [
        (d.id, d.bot_id, d.claimed, rows[d.id].claimed, d.message.personal)
        for d in (e.delivery for e in entries)
        if d.id in rows and rows[d.id].claimed > d.claimed
    ]
    if not grown:
        return {}
    names = ("ids", "bots", "lows", "highs", "personal")
    columns = zip(names, map(list, zip(*grown, strict=True)), strict=True)
    found: dict[int, list[Recipient]] = defaultdict(list)
    for delivery_id, recipient in await aio.rows(
        connection, _RECIPIENTS(**dict(columns)), binary=True
    ):
        found[delivery_id].append(recipient)
    for delivery in (e.delivery for e in entries if e.delivery.retried):
        if any(recipient.gone for recipient in found[delivery.id]):
            found[delivery.id] = await _with_earlier(connection, delivery, found[delivery.id])
    return found


async def _with_earlier(
    connection: Connection, delivery: Delivery, claimed: list[Recipient]
) -> list[Recipient]:
    """Return the recipients of a retry: those that left before their turn keep what they had."""
    gone = [recipient.chat_id for recipient in claimed if recipient.gone]
    asked = _EARLIER(id=delivery.id, bot_id=delivery.bot_id, chats=gone)
    earlier = dict(await aio.rows(connection, asked))
    return [
        replace(r, kept=earlier[r.chat_id]) if r.gone and r.chat_id in earlier else r
        for r in claimed
    ]


def _columns(entries: list[LedgerEntry]) -> dict[str, list[Any]]:
    tallies = [Counter(s.outcome for s in e.outcomes) for e in entries]
    for tally, entry in zip(tallies, entries, strict=True):
        tally.update(recipient.outcome for recipient in entry.kept)
    return {
        "ids": [e.delivery.id for e in entries],
        "runners": [e.delivery.runner for e in entries],
        "batches": [e.batch for e in entries],
        "claims": [e.claim for e in entries],
        "settled": [e.settled for e in entries],
        **{o.value: [tally[o] for tally in tallies] for o in Outcome},
        "paid": [e.paid for e in entries],
        "wait_untils": [_time(e.wait.until) if e.wait else None for e in entries],
        "wait_reasons": [e.wait.reason if e.wait else None for e in entries],
    }


def _time(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


async def _copy(connection: Connection, entries: list[LedgerEntry]) -> None:
    async with connection.cursor().copy(_COPY) as copy:
        await copy.write(_SIGNATURE)
        for entry in entries:
            await copy.write(b"".join(_rows(entry)))
        await copy.write(_TRAILER)


# PostgreSQL's binary COPY: a field is its length and its bytes, a NULL the length -1. It costs a
# third of the text, on both sides.
_SIGNATURE, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_COLUMNS = 11
_NULL = b"\xff\xff\xff\xff"
_PLACE = struct.Struct("!hiqiqiq").pack
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


def _rows(entry: LedgerEntry) -> Iterator[bytes]:
    """Yield the rows of a delivery's outcomes: their places, and what most have in common."""
    d = entry.delivery
    common = _field(_int8(d.bot_id)) + _text(d.message_type) + _text("out") + _field(_int8(d.id))
    sent = _text(Outcome.SENT) + _NULL + _NULL + common
    for s in entry.outcomes:
        at = int((s.at - _EPOCH) * 1e6)
        yield _PLACE(_COLUMNS, 8, s.chat_id, 8, at, 8, s.position)
        yield _NULL if s.message_id is None else _field(_int8(s.message_id))
        if s.outcome is Outcome.SENT:
            yield sent
        else:
            code = _NULL if s.code is None else _field(_int4(s.code))
            error = _NULL if s.error is None else _text(s.error)
            yield _text(s.outcome) + code + error + common


_int4, _int8 = struct.Struct("!i").pack, struct.Struct("!q").pack


def _field(data: bytes) -> bytes:
    return _int4(len(data)) + data


def _text(text: str) -> bytes:
    return _field(text.encode())


async def _mark_chats(connection: Connection, entries: list[LedgerEntry]) -> None:
    """Record blocked and gone chats, and the new ids of migrated groups."""
    seen = {
        (e.delivery.bot_id, s.chat_id): (s.chat_status or ChatStatus.GONE, s.migrated_to)
        for e in entries
        for s in e.outcomes
        if s.chat_status is not None or s.migrated_to is not None
    }
    if not seen:
        return
    columns: dict[str, list[Any]] = {
        "bots": [bot_id for bot_id, _ in seen],
        "chats": [chat_id for _, chat_id in seen],
        "statuses": [status.value for status, _ in seen.values()],
        "moved": [moved for _, moved in seen.values()],
    }
    await aio.run(connection, _MARK_CHATS(**columns))
    if any(columns["moved"]):
        await aio.run(connection, _FOLLOW_CHATS(**columns))


async def _count(
    connection: Connection, entries: list[LedgerEntry], throttled: Counter[int]
) -> None:
    """Count errors by description, the broadcast's timeline and the bots' minutes."""
    errors: Counter[tuple[int, int, str, str]] = Counter()
    broadcasts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    bots: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for delivery, outcomes in ((e.delivery, e.outcomes) for e in entries):
        sent = sum(s.outcome is Outcome.SENT for s in outcomes)
        failures = [s for s in outcomes if s.outcome not in (Outcome.SENT, Outcome.SKIPPED)]
        if not (sent or failures):
            continue
        for counts in (broadcasts[delivery.broadcast_id], bots[delivery.bot_id]):
            counts[0] += sent
            counts[1] += len(failures)
        errors.update(
            (delivery.broadcast_id, s.code or 0, (s.error or "")[:300], s.action.value)
            for s in failures
            if s.action is not None
        )
    if errors:
        ids, codes, texts, actions = map(list, zip(*errors, strict=True))
        counted = _COUNT_ERRORS(
            broadcasts=ids,
            codes=codes,
            descriptions=texts,
            actions=actions,
            counts=list(errors.values()),
        )
        await aio.run(connection, counted)
    await aio.run(
        connection,
        _TIMELINE(
            broadcasts=list(broadcasts),
            sent=[n[0] for n in broadcasts.values()],
            failed=[n[1] for n in broadcasts.values()],
        ),
        _BOT_MINUTES(
            bots=list(bots),
            sent=[n[0] for n in bots.values()],
            failed=[n[1] for n in bots.values()],
            throttled=[throttled[bot_id] for bot_id in bots],
        ),
    )
