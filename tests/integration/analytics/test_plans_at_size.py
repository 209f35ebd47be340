"""Statements over rows of years read through their indexes, by planted numbers of rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.domain.targeting import Targeting
from crier.services.broadcasts import launch
from crier.storage import queries
from tests.support.api import Api
from tests.support.postgres import superusers

NOW = datetime.now(UTC)
MONTH = f"{NOW:%Y_%m}"
ONE_ROW = {
    "bots": "(id, user_id, bot_token, token_fingerprint, token_hint, telegram_id, bot_name,"
    " public_key) VALUES (1, 1, 'x', 'x', 'x', 1, 'x', 'x')",
    "subscribers": "(bot_id, chat_id, status) VALUES (1, 1, 'active')",
    "advertisements": "(id, user_id) VALUES (1, 1)",
    "broadcasts": "(id, ad_id, user_id, status, message, started_at)"
    " VALUES (1, 1, 1, 'completed', '{}', now())",
    "deliveries": "(id, broadcast_id, bot_id, length, audience) VALUES (1, 1, 1, 0, 0)",
    f"messages_{MONTH}": "(id, bot_id, chat_id, status, direction, delivery_id)"
    " VALUES (1, 1, 1, 'sent', 'out', 1)",
    f"clicks_{MONTH}": "(id, delivery_id, chat_id, link, kind) VALUES (1, 1, 1, 0, 'person')",
    "first_clicks": "(delivery_id, chat_id, at) VALUES (1, 1, now())",
    "status_changes": "(bot_id, chat_id, was, reason) VALUES (1, 1, 'active', 'gone')",
    "bot_changes": "VALUES (1, now(), 0, 0, 0, 0, 0, 0)",
    "delivery_losses": "VALUES (1, now(), 0, 0)",
    "link_clicks": "VALUES (1, 0)",
    "broadcast_languages": "VALUES (1, 1, 'en')",
    "active_people": "VALUES (0, 0, 'day', current_date, 1)",
    "bot_days_seen": "VALUES (1, current_date, 1)",
}
ROWS = {
    "bots": 500, "subscribers": 1_000_000, "advertisements": 5_000,
    "broadcasts": 20_000, "deliveries": 5_000_000, f"messages_{MONTH}": 10_000_000,
    f"clicks_{MONTH}": 400_000, "first_clicks": 4_000_000, "status_changes": 1_000_000,
    "bot_changes": 2_000_000, "delivery_losses": 500_000, "link_clicks": 5_000_000,
    "broadcast_languages": 400_000, "active_people": 500_000, "bot_days_seen": 238_000,
}  # fmt: skip
DISTINCT = {
    "deliveries": {"broadcast_id": 10_000, "bot_id": 500},
    "broadcasts": {"ad_id": 5_000},
    f"messages_{MONTH}": {"bot_id": 500, "chat_id": 700_000, "delivery_id": 5_000, "status": 3,
                          "direction": 2},
    f"clicks_{MONTH}": {"delivery_id": 5_000},
    "first_clicks": {"delivery_id": 400_000, "chat_id": 700_000},
    "link_clicks": {"delivery_id": 2_500_000},
    "delivery_losses": {"delivery_id": 200_000},
    "subscribers": {"bot_id": 500, "chat_id": 700_000},
    "status_changes": {"bot_id": 500, "chat_id": 400_000, "was": 4, "reason": 6},
    "bot_changes": {"bot_id": 500},
    "broadcast_languages": {"broadcast_id": 20_000},
}  # fmt: skip
BIG = [name for name, rows in ROWS.items() if rows >= 200_000]
SPAN: dict[str, Any] = {"start": NOW - timedelta(days=3), "end": NOW + timedelta(days=1)}
GIVEN: dict[str, Any] = {
    **SPAN, "bot_id": 1, "ad_id": 1, "broadcast_id": 1, "owner": None, "limit": 100,
    "grain": "day", "first": NOW.date(), "last": NOW.date(), "rolled": NOW - timedelta(hours=1),
    "hours": [NOW], "after": 0, "after_part": 1,
    "hour_starts": [SPAN["start"]], "hour_ends": [NOW - timedelta(hours=1)],
    "minute_starts": [NOW - timedelta(hours=1)], "minute_ends": [NOW],
}  # fmt: skip
STATEMENTS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("activity", "active_people", {"owner": 0}, ["active_people_pkey"]),
    ("activity", "origins", {}, ["subscribers_joined_idx", "first_clicks_pkey"]),
    ("activity", "changes", {}, ["bot_changes_pkey", "status_changes_at_idx"]),
    ("analytics", "counts", {}, ["bot_days_seen_day_idx"]),
    ("analytics", "ad_links", {}, ["link_clicks_pkey"]),
    ("analytics", "ad_losses", {}, ["delivery_losses_pkey", "status_changes_at_idx"]),
    ("analytics", "ad_languages", {}, ["broadcast_languages_pkey"]),
    ("rollup", "changes", {}, ["status_changes_at_idx"]),
    ("rollup", "losses", {}, ["status_changes_at_idx", "_bot_id_chat_id_id_idx"]),
    ("rollup", "languages", {}, ["_delivery_id_position_idx", "subscribers_pkey"]),
    ("exports", "messages_by_bot", {"bot_id": None, "first": 0}, ["_bot_id_id_idx"]),
    ("exports", "messages_by_delivery", {"first": 0}, ["_delivery_id_position_idx"]),
    ("exports", "subscribers", {"bot_id": None, "first": 0}, ["subscribers_"]),
    ("exports", "clicks_by_delivery", {"first": 0}, []),
]


@pytest.fixture
def planted(api: Api) -> Iterator[psycopg.Connection[Any]]:
    """A row in each table, and what the planner is told of the number of rows and values.

    It scales what the catalogue says by the size of the file: one page here, and there.
    """
    with psycopg.connect(superusers(api.settings.database_url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, row in ONE_ROW.items():
            connection.execute(f"INSERT INTO {table} {row}".encode())
            for column, count in DISTINCT.get(table, {}).items():
                connection.execute(
                    f"ALTER TABLE {table} ALTER {column} SET (n_distinct = {count})".encode()
                )
            connection.execute(f"ANALYZE {table}".encode())
            connection.execute(
                "UPDATE pg_class c SET reltuples = %(rows)s, relpages = CASE c.relkind"
                " WHEN 'r' THEN 1 ELSE pg_relation_size(c.oid) / 8192 END"
                " WHERE c.oid = %(table)s::regclass OR c.oid IN ("
                " SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::regclass)",
                {"rows": ROWS[table], "table": table},
            )
        yield connection


def test_large_tables_are_read_through_indexes(planted: psycopg.Connection[Any]) -> None:
    wrong = []
    for area, name, more, indexes in STATEMENTS:
        text = queries.load(area).texts[name]
        rows = planted.execute(f"EXPLAIN {text}".encode(), GIVEN | more)
        plan = "\n".join(row[0] for row in rows)
        scanned = [table for table in BIG if f"Seq Scan on {table} " in plan]
        missing = [index for index in indexes if index not in plan]
        if scanned or missing:
            wrong.append(f"{area}.{name} scans {scanned}, does not use {missing}:\n{plan}")
    assert not wrong, "\n\n".join(wrong)


def test_the_planted_numbers_of_rows_are_believed(planted: psycopg.Connection[Any]) -> None:
    for table, rows in ROWS.items():
        (plan,) = planted.execute(f"EXPLAIN SELECT FROM {table}".encode()).fetchone() or ("",)
        assert f"rows={rows} " in plan


@pytest.mark.parametrize(
    ("targeting", "setting"),
    [
        (Targeting(), "on"),
        (Targeting(sample_percent=5), "on"),
        (Targeting(languages=("en",)), "off"),
        (Targeting(active_within_days=9), "off"),
        (Targeting(joined_before=datetime(2026, 1, 1, tzinfo=UTC)), "off"),
        (Targeting(joined_after=datetime(2026, 1, 1, tzinfo=UTC)), "off"),
        (Targeting(dedupe_across_bots=True), "off"),
    ],
)
def test_candidates_of_a_launch_are_not_fetched_by_walks_of_an_index(
    api: Api, targeting: Targeting, setting: str
) -> None:
    """Its planner thinks that a walk in the order of bots is free; other statements stay free."""
    seen: dict[bool, set[str]] = {True: set(), False: set()}

    def before(_: object, cursor: psycopg.Cursor[Any], text: str, *_more: object) -> None:
        ((found,),) = cursor.connection.execute("SHOW enable_indexscan").fetchall()
        seen["subscribers" in text].add(found)

    with api.session() as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", before)
        launch.preview(session, bot_ids=[1], targeting=targeting)
        session.execute(sa.text("SELECT 1"))
    assert seen[True] == {setting}
    assert "on" in seen[False]


def test_everybody_is_read_from_an_index_alone(planted: psycopg.Connection[Any]) -> None:
    text = launch._candidates(Targeting()) + queries.load("launch").texts["count"]
    given = launch._rule([1], Targeting(), 0)
    with planted.transaction():
        planted.execute("SET LOCAL enable_seqscan = off")
        planted.execute("SET LOCAL enable_bitmapscan = off")
        plan = str(planted.execute(f"EXPLAIN {text}".encode(), given).fetchall())
    assert "Index Only Scan using subscribers_active_idx" in plan
