"""What a release asks of the database: its statements, and the tables as it knows them.

The file is SQL to read, one statement under each line `-- <where>: <name>`, with `$1` for what the
code passes; after them a line `-- table <name>: <columns>` for each table.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import sqlalchemy as sa

from crier.storage import models, queries
from crier.storage.models.base import Base

FILE = Path(__file__).parents[1] / "migration" / "snapshots" / "released.sql"
_HEAD = re.compile(r"^-- (\w+: [\w ]+)\n", re.MULTILINE)
_TABLE = re.compile(r"^-- table (\w+): (.+)\n", re.MULTILINE)
COLUMNS = """
    SELECT c.relname, a.attname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS needed
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum
"""


def statements_of_code() -> Iterator[tuple[str, str]]:
    """Yield the statements of `storage/sql` and the plain ones of all models, each with a name."""
    for path in sorted(Path(queries.__file__).with_name("sql").glob("*.sql")):
        for name, text in queries.load(path.stem).texts.items():
            body = "\n".join(line for line in text.splitlines() if not line.startswith("-- "))
            yield f"{path.stem}: {name}", numbered(body)
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        yield from _of_model(table)


def refusals(connection: psycopg.Connection, statements: dict[str, str]) -> dict[str, str]:
    """Return why PostgreSQL plans a statement not, by its name; nothing is executed."""
    found = {}
    for name, text in statements.items():
        try:
            with connection.transaction():
                connection.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())
        except psycopg.Error as error:
            found[name] = str(error).splitlines()[0]
    return found


def read(text: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return the statements by name and the columns of tables, as `written` put them down."""
    tables = {name: set(columns.split(", ")) for name, columns in _TABLE.findall(text)}
    parts = _HEAD.split(_TABLE.sub("", text))[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}, tables


def written(statements: dict[str, str], tables: dict[str, list[str]]) -> str:
    """Return the text of the file."""
    parts = [f"-- {name}\n{text}\n" for name, text in statements.items()]
    lines = [f"-- table {name}: {', '.join(columns)}\n" for name, columns in tables.items()]
    return "\n".join(parts) + "\n" + "".join(lines)


def _of_model(table: sa.Table) -> Iterator[tuple[str, str]]:
    names = [column.name for column in table.columns]
    yield f"model: {table.name} read", f"SELECT {', '.join(names)} FROM {table.name}"
    values = ", ".join(f"${number}" for number, _ in enumerate(names, 1))
    yield (
        f"model: {table.name} insert",
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})",
    )
    for name in names:
        yield f"model: {table.name} update {name}", f"UPDATE {table.name} SET {name} = $1"


def numbered(text: str) -> str:
    """Return a statement with `$1` for each parameter by name, as psycopg sends it."""
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    return re.sub(r"%\((\w+)\)s", number, text).replace("%%", "%").strip()
