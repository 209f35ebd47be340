"""docs/privacy.md says of every column of every table of whom it tells."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg

DOC = Path(__file__).parents[2] / "docs" / "privacy.md"
COLUMNS = """
    SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
"""
EXPORTED = {
    *("subscribers", "messages", "clicks", "first_clicks", "audience_pages"),
    *("webhook_updates", "privacy_requests", "status_changes"),
}


def listed() -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Each row of the table: its name, and columns of subscribers, of accounts and of nobody."""
    for line in DOC.read_text().partition("## What is where")[2].splitlines():
        if line.startswith("| `"):
            cells = [re.findall(r"`(\w+)`", cell) for cell in line.strip("|").split("|")]
            yield cells[0][0], cells[1], cells[2], cells[3]


def test_every_column_is_listed_once(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        there = {(table, column) for table, column in connection.execute(COLUMNS).fetchall()}
    named = [(table, name) for table, *kinds in listed() for names in kinds for name in names]
    assert len(named) == len(set(named)), "a column is listed twice"
    assert not there - set(named), f"docs/privacy.md lacks {sorted(there - set(named))}"
    assert not set(named) - there, f"docs/privacy.md names {sorted(set(named) - there)}"


def test_what_tells_of_subscribers_is_exported_and_erased() -> None:
    """A new table belongs into `privacy.sql`, `person_export.sql` and tests/support/person.py."""
    assert {table for table, of_subscribers, *_ in listed() if of_subscribers} == EXPORTED
