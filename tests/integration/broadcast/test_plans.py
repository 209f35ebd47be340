"""The engine's hot statements read through their indexes, also in big tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crier.storage import queries
from tests.support.engine import AdRows

SQL, LIFECYCLE = queries.load("broadcast"), queries.load("lifecycle")


@pytest.fixture
def big(world: AdRows) -> AdRows:
    """200,000 subscribers and messages of three bots, with statistics."""
    bots = [world.add_bot().id for _ in range(3)]
    for bot in bots:
        world.run(
            """INSERT INTO subscribers (bot_id, chat_id, type, status)
               SELECT %s, 1000 + i, 'private', 'active' FROM generate_series(1, 65000) AS i""",
            bot,
        )
    world.launch()
    world.run(
        """INSERT INTO messages (bot_id, chat_id, status, direction, delivery_id, position)
           SELECT d.bot_id, 1000 + i, 'sent', 'out', d.id, i - 1
           FROM deliveries d, generate_series(1, 65000) AS i"""
    )
    world.run("ANALYZE")
    return world


def plan(world: AdRows, text: str, **parameters: Any) -> str:
    cursor = world.connection.execute(f"EXPLAIN {text}", parameters)
    return "\n".join(row["QUERY PLAN"] for row in cursor.fetchall())


def test_recipients_are_read_by_key(big: AdRows) -> None:
    delivery = big.run("SELECT id, bot_id FROM deliveries LIMIT 1")[0]
    found = plan(
        big,
        SQL.texts["recipients"],
        ids=[delivery["id"]],
        bots=[delivery["bot_id"]],
        lows=[3000],
        highs=[3030],
        personal=[True],
    )
    assert "audience_pages_pkey" in found
    assert "subscribers_pkey" in found
    assert "Seq Scan" not in found


def test_replies_elsewhere_are_counted_among_the_latest_messages(big: AdRows) -> None:
    bot = big.run("SELECT id FROM bots LIMIT 1")[0]["id"]
    found = plan(big, SQL.texts["bot"], bot_id=bot, worker="here:1", lately_s=10.0)
    assert "bot_id_id_idx" in found
    assert "Seq Scan on messages" not in found


def test_doubt_looks_at_the_window_only(big: AdRows) -> None:
    ids = [row["id"] for row in big.run("SELECT id FROM deliveries")]
    found = plan(big, LIFECYCLE.texts["doubt"], ids=ids, reason="x")
    assert "delivery_id_position_idx" in found
    month = datetime.now(UTC).strftime("%Y_%m")
    assert f"Seq Scan on messages_{month}" not in found


def test_marking_chats_reads_them_by_key(big: AdRows) -> None:
    bot = big.run("SELECT id FROM bots LIMIT 1")[0]["id"]
    found = plan(
        big, SQL.texts["mark_chats"], bots=[bot], chats=[1001], statuses=["blocked"], moved=[None]
    )
    assert "subscribers_pkey" in found
    assert "Seq Scan" not in found
