"""The rows of a ledger's batch: what is written, and what is read back."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg

from crier.broadcast.delivery import Delivery, Entry, Recipient, Settlement
from crier.domain.outcomes import ChatStatus, Outcome
from crier.storage import queries

SQL = queries.load("broadcast")
Connection = psycopg.AsyncConnection[Any]
Lines = list[tuple[Delivery, Settlement]]

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
        lines = [(e.delivery, s) for e in entries if e.delivery.id in held for s in e.outcomes]
        if lines:
            await _copy(connection, lines)
            await _mark_chats(connection, lines)
            await _count(connection, lines, throttled)
    return len(lines)


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
        (e.delivery.id, e.delivery.bot_id, e.delivery.claimed, rows[e.delivery.id].claimed)
        for e in entries
        if e.delivery.id in rows and rows[e.delivery.id].claimed > e.delivery.claimed
    ]
    if not grown:
        return {}
    ids, bots, lows, highs = map(list, zip(*grown, strict=True))
    cursor = await connection.execute(
        SQL["recipients"], {"ids": ids, "bots": bots, "lows": lows, "highs": highs}
    )
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


async def _copy(connection: Connection, lines: Lines) -> None:
    text = "".join(_line(delivery, settlement) for delivery, settlement in lines)
    async with connection.cursor().copy(_COPY) as copy:
        await copy.write(text)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _line(delivery: Delivery, s: Settlement) -> str:
    """One row in COPY's text format."""
    at = datetime.fromtimestamp(s.at, UTC).isoformat()
    error = "\\N" if s.error is None else s.error.translate(_ESCAPES)
    message_id = "\\N" if s.message_id is None else s.message_id
    code = "\\N" if s.code is None else s.code
    return (
        f"{delivery.bot_id}\t{s.chat_id}\t{delivery.message_type}\t{at}\t{s.outcome.value}\tout\t"
        f"{message_id}\t{delivery.id}\t{s.position}\t{code}\t{error}\n"
    )


async def _mark_chats(connection: Connection, lines: Lines) -> None:
    """Blocked and gone chats, and the new ids of migrated groups."""
    seen = {
        (d.bot_id, s.chat_id): (s.chat_status or ChatStatus.GONE, s.migrated_to)
        for d, s in lines
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


async def _count(
    connection: Connection,
    lines: Lines,
    throttled: Counter[int],
) -> None:
    """Errors by description, the broadcast's timeline, the bots' minutes."""
    errors: Counter[tuple[int, int, str, str]] = Counter()
    broadcasts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    bots: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for delivery, s in lines:
        if s.outcome is Outcome.SKIPPED:
            continue
        failed = s.outcome is not Outcome.SENT
        broadcasts[delivery.broadcast_id][failed] += 1
        bots[delivery.bot_id][failed] += 1
        if failed and s.action is not None:
            key = (delivery.broadcast_id, s.code or 0, (s.error or "")[:300], s.action.value)
            errors[key] += 1
    if errors:
        ids, codes, texts, actions = map(list, zip(*errors, strict=True))
        counts = list(errors.values())
        await connection.execute(
            SQL["count_errors"],
            {"broadcasts": ids, "codes": codes, "descriptions": texts, "actions": actions}
            | {"counts": counts},
        )
    sent, failed_counts = [n[0] for n in broadcasts.values()], [n[1] for n in broadcasts.values()]
    await connection.execute(
        SQL["timeline"], {"broadcasts": list(broadcasts), "sent": sent, "failed": failed_counts}
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
