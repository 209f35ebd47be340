"""The rows that statements name have the columns of their statements, in their order."""

import importlib
import pkgutil
from collections.abc import Iterator

import psycopg
import pytest

import crier
from crier.storage import queries
from crier.storage.queries import StatementTemplate
from tests.support.released import numbered

# Statements that are not whole before they run: parts of them are filled in.
IN_PARTS = {"recipients", "count", "store", "series", "series_days", "by_bot", "by_hour_of_week"}


def bound() -> Iterator[tuple[str, StatementTemplate[object], tuple[str, ...]]]:
    """Yield the statements that modules bind with a row of named fields."""
    for module in pkgutil.walk_packages(crier.__path__, "crier."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            fields = getattr(getattr(value, "row", None), "_fields", None)
            if isinstance(value, StatementTemplate) and fields:
                yield f"{module.name}.{name}", value, fields


def columns(connection: psycopg.Connection, text: str) -> list[str]:
    """Return the columns that a statement gives; nothing is executed."""
    prepared = connection.pgconn.prepare(b"", numbered(text).encode())
    assert not prepared.error_message, prepared.error_message
    found = connection.pgconn.describe_prepared(b"")
    return [(found.fname(i) or b"").decode() for i in range(found.nfields)]


def test_rows_have_the_columns_of_their_statements_in_order(database_url: str) -> None:
    seen = 0
    with psycopg.connect(database_url) as connection:
        connection.execute(queries.load("chats").texts["stage"])
        for name, statement, fields in bound():
            if statement.text.split(": ")[0].removeprefix("-- ") in IN_PARTS:
                continue
            found = columns(connection, statement.text)
            assert len(found) <= len(fields), name
            common = [column for column in found if column in fields]
            assert common == [field for field in fields if field in found], name
            assert [fields.index(column) for column in common] == [
                found.index(column) for column in common
            ], name
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("text", ["SELECT %(a)s::int AS one, 2 AS two"])
def test_columns_are_read_without_executing(database_url: str, text: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert columns(connection, text) == ["one", "two"]
