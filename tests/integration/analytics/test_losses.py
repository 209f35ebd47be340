"""Changes of chats' status are recorded whoever makes them, and their sums equal the rows."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crier.analytics import rollup
from tests.support.ads import add_bot, add_broadcast, add_chats, add_row
from tests.support.api import Api

# At the end of a month, over the hour that Europe's clocks do not have.
START = datetime(2025, 3, 29, 22, tzinfo=UTC)
REASONS = ("returned", "stopped", "blocked", "gone", "moved", "unsubscribed")
DAY = timedelta(days=1)


def changes(api: Api) -> list[tuple[Any, ...]]:
    with api.session() as session:
        rows = session.execute(sa.text("SELECT chat_id, was, reason FROM status_changes"))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("status = 'blocked'", "blocked"),
        ("status = 'gone'", "gone"),
        ("status = 'gone', migrated_to = -100123", "moved"),
        ("status = 'unsubscribed', opted_out = true", "stopped"),
        ("status = 'unsubscribed', opted_out = NULL", "unsubscribed"),
    ],
)
def test_a_change_leaves_a_row_in_its_own_transaction(api: Api, to: str, reason: str) -> None:
    bot = add_bot(api, api.oscar, chats=[1, 2])
    leave = sa.text(f"UPDATE subscribers SET {to} WHERE bot_id = {bot} AND chat_id = 1")
    with api.session() as session:
        session.execute(leave)
        session.rollback()
    assert changes(api) == []
    with api.session() as session:
        session.execute(leave)
        session.execute(sa.text("UPDATE subscribers SET title = 'x', last_seen_at = now()"))
    assert changes(api) == [(1, "active", reason)]
    with api.session() as session:
        session.execute(sa.text("UPDATE subscribers SET status = 'active', migrated_to = NULL"))
    was = "unsubscribed" if "unsubscribed" in to else "gone" if "gone" in to else "blocked"
    assert changes(api)[1:] == [(1, was, "returned")]


def fill(api: Api, some: random.Random) -> tuple[list[Any], list[Any]]:
    """Ads that were sent, and chats that left and came back; what both are."""
    bots = [add_bot(api, api.oscar), add_bot(api, api.olga)]
    sends, left = [], []
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    with api.session() as session:
        session.execute(sa.text("SELECT make_partitions(3, 60)"))
        for bot in bots:
            add_chats(session, bot, range(1, 31))
            add_row(session, "bot_minutes", bot_id=bot, at=START)
    for _ in range(3):
        _, parts = add_broadcast(
            api, ad, api.oscar, {bot: [1] for bot in bots}, started_at=START, status="completed"
        )
        sends += [
            (bot, delivery, chat, START + some.random() * 3 * DAY, some.choice(["sent", "failed"]))
            for bot, delivery in parts.items() for chat in range(1, 31)
        ]  # fmt: skip
    for bot in bots:
        for chat in range(1, 31):
            ats = sorted(START + some.random() * 5 * DAY for _ in range(6))
            for number, at in enumerate(ats):
                reason = some.choice(REASONS[1:]) if number % 2 == 0 else "returned"
                was = "active" if number % 2 == 0 else some.choice(["blocked", "gone"])
                left.append((bot, chat, at, was, reason))
    with api.session() as session:
        for bot, delivery, chat, at, status in sends:
            add_row(session, "messages", bot_id=bot, chat_id=chat, delivery_id=delivery,
                    sent_at=at, status=status, direction="out")  # fmt: skip
        for bot, chat, at, was, reason in left:
            add_row(
                session, "status_changes", bot_id=bot, chat_id=chat, at=at, was=was, reason=reason
            )
    return sends, left


def expected_losses(sends: list[Any], left: list[Any]) -> Counter[tuple[int, str]]:
    """By delivery and reason: whoever's first leaving is within a day after the ad."""
    found: Counter[tuple[int, str]] = Counter()
    for bot, delivery, chat, sent_at, status in sends:
        after = sorted(
            (at, reason) for b, c, at, was, reason in left
            if (b, c) == (bot, chat) and was == "active" and reason in ("stopped", "blocked")
            and sent_at <= at <= sent_at + DAY
        )  # fmt: skip
        if status == "sent" and after:
            found[delivery, after[0][1]] += 1
    return found


def roll_up(api: Api, until: datetime) -> None:
    again = True
    while again:
        with api.session() as session:
            again = rollup.run(session, until)


def sums(api: Api) -> tuple[Counter[tuple[int, str]], Counter[tuple[int, str]]]:
    """What is kept of losses by delivery, and of changes by bot."""
    both: list[Counter[tuple[int, str]]] = [Counter(), Counter()]
    with api.session() as session:
        for found, table, names in (
            (both[0], "delivery_losses", REASONS[1:3]), (both[1], "bot_changes", REASONS),
        ):  # fmt: skip
            for row in session.execute(sa.text(f"SELECT * FROM {table}")).mappings():
                number = row["delivery_id"] if "delivery_id" in row else row["bot_id"]
                found.update({(number, name): row[name] for name in names if row[name]})
    return both[0], both[1]


@pytest.mark.parametrize("seed", range(2))
def test_sums_by_hour_equal_a_recomputation_and_stay_when_rows_go(api: Api, seed: int) -> None:
    sends, left = fill(api, random.Random(seed))
    roll_up(api, START + timedelta(hours=31))
    roll_up(api, START + 7 * DAY)
    whole = (expected_losses(sends, left), Counter((bot, reason) for bot, *_, reason in left))
    assert whole[0].total() >= 15
    assert sums(api) == whole
    with api.session() as session:
        rollup.rebuild(session)
    assert sums(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM bot_changes WHERE at < '2025-03-31'"))
        session.execute(sa.text("DELETE FROM delivery_losses"))
        rollup.rebuild(session)
    assert sums(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM status_changes"))
        session.execute(sa.text("DELETE FROM messages"))
        rollup.rebuild(session)
    assert sums(api) == whole
