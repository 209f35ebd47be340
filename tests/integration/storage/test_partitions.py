"""Months are made and dropped beside readers and writers, who hardly notice."""

import psycopg
import pytest
from psycopg.errors import LockNotAvailable

from crier.jobs import retention
from crier.storage.pool import open_pool
from tests.support.postgres import owners

NAMES = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1"
WRITE = """INSERT INTO logs (log_level, message, timestamp)
           VALUES ('info', 'x', now() - %s * interval '1 month')"""


def months(connection: psycopg.Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(NAMES, (table,)).fetchall()]


def test_new_months_stop_neither_an_open_reader_nor_a_writer(database_url: str) -> None:
    with (
        psycopg.connect(database_url) as reader,
        psycopg.connect(database_url, autocommit=True) as maker,
        psycopg.connect(database_url) as writer,
    ):
        reader.execute("SELECT count(*) FROM logs")
        writer.execute(WRITE, (0,))
        before = months(maker, "logs")
        maker.execute("SELECT make_partitions(6, 30)")
        assert len(months(maker, "logs")) == len(before) + 3 + 29
        writer.execute(WRITE, (29,))
        reader.execute("SELECT count(*) FROM logs")


def test_a_new_month_is_like_those_that_the_first_migration_made(database_url: str) -> None:
    with psycopg.connect(owners(database_url), autocommit=True) as connection:
        connection.execute("SELECT make_partitions(6)")
        for table in ("messages", "clicks", "analytics", "logs"):
            names = months(connection, table)
            looks = [
                connection.execute(
                    """SELECT (SELECT array_agg((attname, format_type(atttypid, atttypmod),
                                  attnotnull)::text ORDER BY attnum) FROM pg_attribute
                               WHERE attrelid = %s::regclass AND attnum > 0),
                              (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY 1)
                               FROM pg_constraint WHERE conrelid = %s::regclass),
                              (SELECT array_agg(replace(indexdef, tablename, 'month') ORDER BY 1)
                               FROM pg_indexes WHERE tablename = %s)""",
                    (name, name, name),
                ).fetchone()
                for name in names
            ]
            columns = {str(look[:2]) for look in looks if look}
            assert len(columns) == 1, table
            assert len({len(look[2]) for look in looks if look}) == 1, table


async def test_old_months_are_dropped_once_nobody_reads_them(database_url: str) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as ours,
        psycopg.connect(database_url) as reader,
    ):
        ours.execute("SELECT make_partitions(3, 12)")
        for months_ago in (0, 1, 2, 5, 12):
            ours.execute(WRITE, (months_ago,))
        before = months(ours, "messages")
        reader.execute("SELECT count(*) FROM logs")
        with pytest.raises(LockNotAvailable):
            ours.execute("SELECT drop_partitions('logs', now() - interval '90 days')")
        reader.rollback()
        async with open_pool(database_url, name="test") as pool:
            await retention.drop_old(pool, {"logs": 90, "messages": None}, pause_s=0.01)
        kept = ours.execute(
            "SELECT count(*), min(timestamp) > now() - '4 months'::interval FROM logs"
        )
        assert kept.fetchone() == (3, True)
        assert months(ours, "messages") == before


def test_the_current_months_stay_whatever_is_asked_for(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as ours:
        ours.execute(WRITE, (0,))
        ours.execute("SELECT drop_partitions('logs', now() + interval '10 years')")
        assert ours.execute("SELECT count(*) FROM logs").fetchone() == (1,)
        with pytest.raises(psycopg.errors.RaiseException, match="bots has none"):
            ours.execute("SELECT drop_partitions('bots', now())")
