"""Texts, first clicks and audiences go after their time, in pieces; rows that are counted stay."""

import psycopg
import pytest

from crier.jobs import retention
from crier.storage.pool import open_pool
from tests.support.postgres import owners

KEEP: dict[str, int | None] = {
    "messages": None, "texts": None, "clicks": None, "logs": None, "analytics": None,
}  # fmt: skip


async def forget(database_url: str, **days: int) -> None:
    async with open_pool(database_url, name="test") as pool:
        await retention.forget_old(pool, {**KEEP, **days})


def write(url: str, *ages: int) -> None:
    """Messages of so many days ago, each with a text."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT make_partitions(3, 12)")
        for age in ages:
            connection.execute(
                """INSERT INTO messages (bot_id, chat_id, content, status, direction, sent_at)
                   VALUES (1, 1, 'hello', 'received', 'in', now() - %s * interval '1 day')""",
                (age,),
            )


def ages(url: str) -> list[tuple[int, bool]]:
    """How old each message is, in days, and whether its text is there."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT extract(day FROM now() - sent_at)::int, content IS NOT NULL FROM messages"
            " ORDER BY 1"
        ).fetchall()


async def test_texts_go_after_their_time_and_rows_stay(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    write(database_url, 1, 9, 11, 12, 45, 100, 200)
    await forget(database_url, texts=10)
    kept = [(1, True), (9, True), (11, False), (12, False), (45, False), (100, False), (200, False)]
    assert ages(database_url) == kept
    await forget(database_url, texts=5)
    assert ages(database_url) == [(1, True), (9, False), *kept[2:]]


async def test_a_night_reads_what_has_become_old_and_not_everything(database_url: str) -> None:
    write(database_url, 100)
    await forget(database_url, texts=10)
    write(database_url, 99, 12)  # nothing is recorded so late but by a restore
    await forget(database_url, texts=10)
    assert ages(database_url) == [(12, False), (99, True), (100, False)]


async def test_nothing_goes_that_is_kept_for_ever(database_url: str) -> None:
    write(database_url, 300)
    await forget(database_url)
    assert ages(database_url) == [(300, True)]


async def test_first_clicks_audiences_and_waiting_updates_go_with_their_kind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    with psycopg.connect(owners(database_url), autocommit=True) as connection:
        connection.execute(SETUP)
        await forget(database_url, clicks=400, messages=400, texts=10)
        left = connection.execute(LEFT).fetchone()
        assert left == ([7], [2], [3], 5)


SETUP = """
INSERT INTO users (username, password_hash, role) VALUES ('o', 'x', 'operator');
INSERT INTO bots (user_id, bot_token, token_fingerprint, token_hint, telegram_id, bot_name,
    public_key) VALUES (1, '', '', '', 7, 'b', 'k');
INSERT INTO advertisements (user_id) VALUES (1), (1);
INSERT INTO broadcasts (ad_id, user_id, status, message, completed_at) VALUES
    (1, 1, 'completed', '{}', now() - interval '500 days'),
    (2, 1, 'completed', '{}', now() - interval '400 days');
INSERT INTO deliveries (broadcast_id, bot_id, status, length, settled, claimed, audience, sent)
SELECT b, 1, 'done', 5, 5, 5, 5, 5 FROM generate_series(1, 2) AS b;
INSERT INTO audience_pages SELECT d, 0, '{1, 2}' FROM generate_series(1, 2) AS d;
INSERT INTO first_clicks
    SELECT 1, chat, now() - interval '500 days' FROM generate_series(1, 5) AS chat;
INSERT INTO first_clicks VALUES (1, 7, now() - interval '420 days');
INSERT INTO webhook_updates (bot_id, update_id, body, received_at) VALUES
    (1, 1, 'old', now() - interval '11 days'), (1, 3, 'new', now() - interval '9 days');
"""
LEFT = """
SELECT (SELECT array_agg(chat_id) FROM first_clicks),
       (SELECT array_agg(delivery_id) FROM audience_pages),
       (SELECT array_agg(update_id) FROM webhook_updates),
       (SELECT sent FROM deliveries WHERE id = 1)
"""
