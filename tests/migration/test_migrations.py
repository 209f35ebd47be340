"""Migrations: forward, back, by several at once, and refused work on a schema that is behind."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

from crier.settings import APPLICATION_ROLE, OWNER_ROLE
from crier.storage import migrate, schema_version
from crier.storage.schema_version import SchemaBehindError
from tests.support.postgres import owners

JOBS = "SELECT status, task_name, queueing_lock FROM procrastinate_jobs"
DEFERS = "SELECT task_name, defer_timestamp FROM procrastinate_periodic_defers"


def things(database_url: str) -> set[str]:
    """Names of all tables, functions and types that are ours or Procrastinate's."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            """
            SELECT 'table ' || relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')
            UNION ALL SELECT 'function ' || proname FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT 'type ' || typname FROM pg_type
                WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
            """
        ).fetchall()
    return {row[0] for row in rows if "alembic" not in row[0]}


def test_forward_back_and_forward_again_leave_what_they_found(empty_database_url: str) -> None:
    assert things(empty_database_url) == set()
    migrate.upgrade(empty_database_url)
    full = things(empty_database_url)
    assert "table messages" in full
    migrate.downgrade(empty_database_url, "base")
    assert things(empty_database_url) == set()
    migrate.upgrade(empty_database_url)
    assert things(empty_database_url) == full


def test_several_may_migrate_at_once_and_again(empty_database_url: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(migrate.upgrade, [empty_database_url] * 5))
    migrate.upgrade(empty_database_url)
    schema_version.check(empty_database_url)


def test_partitions_are_there_for_the_coming_months(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in ("messages", "clicks", "analytics", "logs"):
            months = connection.execute(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass", (table,)
            ).fetchone()
            assert months == (5,), f"{table}: last month, this one and three to come"
        connection.execute("SELECT make_partitions(6)")
        connection.execute("SELECT make_partitions(6)")
        months = connection.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'messages'::regclass"
        ).fetchone()
        assert months == (8,)


def test_the_version_that_is_needed_is_the_one_that_migrations_end_at() -> None:
    scripts = ScriptDirectory.from_config(migrate._config())
    assert schema_version.newest() == scripts.get_current_head()
    for script in scripts.walk_revisions():
        assert schema_version.is_known(script.revision)
    assert not schema_version.is_known("9999")


def test_an_old_schema_is_named_with_what_to_run(empty_database_url: str) -> None:
    with pytest.raises(SchemaBehindError, match="run `crier migrate`"):
        schema_version.check(empty_database_url)


def test_a_newer_schema_is_named_and_not_to_be_migrated(database_url: str) -> None:
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaBehindError, match="9999, which is newer") as caught:
        schema_version.check(database_url)
    assert "migrate" not in str(caught.value)


@pytest.mark.parametrize("program", ["api", "worker"])
def test_programs_refuse_an_old_schema_in_one_line(
    empty_database_url: str, tmp_path: Path, program: str
) -> None:
    url = empty_database_url.replace(f"//{OWNER_ROLE}@", f"//{APPLICATION_ROLE}@")
    ended = subprocess.run(
        [sys.executable, "-m", "crier", program],
        env=os.environ | {"CRIER_DATABASE_URL": url, "CRIER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1
    assert "run `crier migrate`" in lines[0]


def test_people_who_left_are_taken_out_of_the_days_they_were_seen(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, "0005")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            """
            WITH u AS (INSERT INTO users (username, password_hash, role)
                       VALUES ('u', 'x', 'operator') RETURNING id),
                 b AS (INSERT INTO bots (user_id, bot_token, token_fingerprint, token_hint,
                                         telegram_id, bot_name, public_key)
                       SELECT id, 'x', 'x', 'x', 1, 'b', 'k' FROM u RETURNING id)
            INSERT INTO subscribers (bot_id, chat_id, type, status, last_seen_at)
            SELECT b.id, t.chat, 'private', t.status, '2026-11-02T12:00Z'
            FROM b, (VALUES (1, 'active'), (2, 'blocked'), (3, 'active')) AS t (chat, status)
            """
        )

    def seen() -> list[tuple[int]]:
        with psycopg.connect(empty_database_url) as connection:
            return connection.execute("SELECT chats FROM bot_days_seen").fetchall()

    assert seen() == [(3,)]
    migrate.upgrade(empty_database_url)
    assert seen() == [(2,)]
    migrate.downgrade(empty_database_url, "0005")
    assert seen() == [(3,)]


def test_the_nightly_job_is_carried_over_under_its_new_name(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, "0006")
    with psycopg.connect(empty_database_url) as connection:
        for status in ("todo", "failed"):
            connection.execute(
                """INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status)
                VALUES ('jobs', 'keep_house', 'keep_house', %s)""",
                (status,),
            )
        connection.execute(
            """INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)
            VALUES ('keep_house', 1), ('keep_house', 2), ('nightly_cleanup', 2), ('roll_up', 1)"""
        )

    def rows() -> list[list[tuple[str, ...]]]:
        with psycopg.connect(empty_database_url) as connection:
            return [sorted(connection.execute(text).fetchall()) for text in (JOBS, DEFERS)]

    migrate.upgrade(empty_database_url, "0007")
    assert rows() == [
        [("failed", "keep_house", "keep_house"), ("todo", "nightly_cleanup", "nightly_cleanup")],
        [("nightly_cleanup", 1), ("nightly_cleanup", 2), ("roll_up", 1)],
    ]
    migrate.downgrade(empty_database_url, "0006")
    assert rows()[0] == [
        ("failed", "keep_house", "keep_house"),
        ("todo", "keep_house", "keep_house"),
    ]


def test_a_nightly_job_that_waits_under_both_names_waits_once(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, "0006")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)
            VALUES ('jobs', 'keep_house', 'keep_house'),
                   ('jobs', 'nightly_cleanup', 'nightly_cleanup')"""
        )
    migrate.upgrade(empty_database_url, "0007")
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute(JOBS).fetchall() == [
            ("todo", "nightly_cleanup", "nightly_cleanup")
        ]
