"""The code of the last release works on the newest schema: its workers run on during an update.

The rule and the way to write the snapshot anew: docs/decisions/0021-schema-changes.md.
"""

import psycopg
import pytest

from tests.support import released
from tests.support.postgres import owners

STATEMENTS, TABLES = released.read(released.FILE.read_text())
OF_BOTS = ("model: bots read", "model: bots insert", "model: bots update settings")


def refused(database_url: str, names: tuple[str, ...] = tuple(STATEMENTS)) -> dict[str, str]:
    with psycopg.connect(database_url) as connection:
        return released.refusals(connection, {name: STATEMENTS[name] for name in names})


def unfilled(database_url: str) -> set[str]:
    """Return new columns of old tables that need a value, which old code does not give."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(released.COLUMNS).fetchall()
    return {
        f"{table}.{column}"
        for table, column, needed in rows
        if needed and table in TABLES and column not in TABLES[table]
    }


def test_every_statement_of_the_last_release_is_planned_for_the_applications_role(
    database_url: str,
) -> None:
    assert len(STATEMENTS) > 400
    assert refused(database_url) == {}


def test_old_code_gives_every_value_that_its_tables_need(database_url: str) -> None:
    assert len(TABLES) > 30
    assert unfilled(database_url) == set()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("ALTER TABLE bots RENAME COLUMN settings TO setup", OF_BOTS),
        ("REVOKE INSERT ON bots FROM crier", ("model: bots insert",)),
    ],
)
def test_a_change_that_old_code_does_not_survive_is_noticed(
    database_url: str, change: str, names: tuple[str, ...]
) -> None:
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute(change.encode())
    assert set(refused(database_url, OF_BOTS)) == set(names)


def test_a_new_column_that_old_code_leaves_empty_is_noticed(database_url: str) -> None:
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute("ALTER TABLE bots ADD COLUMN given integer NOT NULL DEFAULT 1")
        connection.execute("ALTER TABLE bots ADD COLUMN surprise integer NOT NULL")
    assert unfilled(database_url) == {"bots.surprise"}
