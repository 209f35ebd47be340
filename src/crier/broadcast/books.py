"""The rows of a ledger's batch: what is written, and what is read back."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg

from crier.broadcast.delivery import Entry, Recipient
from crier.domain.outcomes import ChatStatus, Outcome
from crier.storage import queries

SQL = queries.load("broadcast")
Connection = psycopg.AsyncConnection[Any]

_COPY = """COPY messages (bot_id, chat_id, message_type, sent_at, status, direction, message_id,
    delivery_id, position, error_code, error) FROM STDIN"""


class Row(NamedTuple):
    """A delivery as the database has it after a batch."""

    claimed: int
    done: bool
    going: bool


async def write(connection: Connection, entries: list[Entry], throttled: Counter[int]) -> int:
    """Write a batch in one transaction; return how many outcomes it holds.

    A delivery whose fence is somebody else's, or which is closed, is left out with its outcomes.
    """
    async with connection.transaction():
        cursor = await connection.execute(SQL["settle"], _columns(entries))
        held = {row[0] for row in await cursor.fetchall()}
        ours = [e for e in entries if e.outcomes and e.delivery.id in held]
        if ours:
            await _copy(connection, ours)
            await _mark_chats(connection, ours)
            await _count(connection, ours, throttled)
    return sum(len(e.outcomes) for e in ours)


async def applied(connection: Connection, entries: list[Entry]) -> set[tuple[int, int]]:
    """Which batches a broken commit has left in the database after all."""
    ids, runners = [e.delivery.id for e in entries], [e.delivery.runner for e in entries]
    cursor = await connection.execute(SQL["applied"], {"ids": ids, "runners": runners})
    return {(row[0], row[1]) for row in await cursor.fetchall()}


async def state(connection: Connection, entries: list[Entry]) -> dict[int, Row]:
    """Claimed, done and going of the deliveries that are still this runner's."""
    ids, runners = [e.delivery.id for e in entries], [e.delivery.runner for e in entries]
    cursor = await connection.execute(SQL["state"], {"ids": ids, "runners": runners})
    return {row[0]: Row(*row[1:]) for row in await cursor.fetchall()}


async def recipients(
    connection: Connection,
    entries: list[Entry],
    rows: dict[int, Row],
) -> dict[int, list[Recipient]]:
    """The recipients at newly claimed positions."""
    grown = [
        (d.id, d.bot_id, d.claimed, rows[d.id].claimed, d.message.personal)
        for d in (e.delivery for e in entries)
        if d.id in rows and rows[d.id].claimed > d.claimed
    ]
    if not grown:
        return {}
    names = ("ids", "bots", "lows", "highs", "personal")
    columns = zip(names, map(list, zip(*grown, strict=True)), strict=True)
    cursor = await connection.execute(SQL["recipients"], dict(columns))
    found: dict[int, list[Recipient]] = defaultdict(list)
    for row in await cursor.fetchall():
        found[row[0]].append(Recipient(*row[1:]))
    return found


def _columns(entries: list[Entry]) -> dict[str, list[Any]]:
    tallies = [Counter(s.outcome for s in e.outcomes) for e in entries]
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


async def _copy(connection: Connection, entries: list[Entry]) -> None:
    text = "".join([line for entry in entries for line in _lines(entry)])
    async with connection.cursor().copy(_COPY) as copy:
        await copy.write(text)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _lines(entry: Entry) -> Iterator[str]:
    """The rows of a delivery's outcomes in COPY's text format."""
    delivery = entry.delivery
    bot_id, id, type = delivery.bot_id, delivery.id, delivery.message_type
    for s in entry.outcomes:
        error = "\\N" if s.error is None else s.error.translate(_ESCAPES)
        message_id = "\\N" if s.message_id is None else s.message_id
        code = "\\N" if s.code is None else s.code
        yield (
            f"{bot_id}\t{s.chat_id}\t{type}\t{_moment(s.at)}\t{s.outcome}\tout\t"
            f"{message_id}\t{id}\t{s.position}\t{code}\t{error}\n"
        )


def _moment(at: float) -> str:
    second = int(at)
    return f"{_second(second)}.{int((at - second) * 1e6):06}+00"


@lru_cache(maxsize=64)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


async def _mark_chats(connection: Connection, entries: list[Entry]) -> None:
    """Blocked and gone chats, and the new ids of migrated groups."""
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
    await connection.execute(SQL["mark_chats"], columns)
    if any(columns["moved"]):
        await connection.execute(SQL["follow_chats"], columns)


async def _count(connection: Connection, entries: list[Entry], throttled: Counter[int]) -> None:
    """Errors by description, the broadcast's timeline, the bots' minutes."""
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
        await connection.execute(
            SQL["count_errors"],
            {"broadcasts": ids, "codes": codes, "descriptions": texts, "actions": actions}
            | {"counts": list(errors.values())},
        )
    await connection.execute(
        SQL["timeline"],
        {
            "broadcasts": list(broadcasts),
            "sent": [n[0] for n in broadcasts.values()],
            "failed": [n[1] for n in broadcasts.values()],
        },
    )
    await connection.execute(
        SQL["bot_minutes"],
        {
            "bots": list(bots),
            "sent": [n[0] for n in bots.values()],
            "failed": [n[1] for n in bots.values()],
            "throttled": [throttled[bot_id] for bot_id in bots],
        },
    )
