"""What the application's role may do in the database where another role owns everything.

The owner grants it after each migration. A table that is not named here may be read and written row
by row; none may be emptied (TRUNCATE), altered or given triggers. Partitions are reached through
their parents alone, and made by `make_partitions`, which runs as its owner.
"""

from typing import Any

import psycopg
from psycopg import sql

ROWS = "SELECT, INSERT, UPDATE, DELETE"
_KEPT = "SELECT, INSERT, UPDATE"
_WRITTEN_ONCE = "SELECT, INSERT"
NARROWER = {
    "alembic_version": "SELECT",
    "audit_log": _WRITTEN_ONCE,
    "logs": _WRITTEN_ONCE,
    "users": _KEPT,
    "api_keys": _KEPT,
    "bots": _KEPT,
    "bot_counters": _KEPT,
    "broadcasts": _KEPT,
    "click_counters": _KEPT,
    "broadcast_figures": "SELECT",  # a view
}
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')
      AND NOT relispartition
"""
_AS_OWNER = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prosecdef
"""


def grant(connection: psycopg.Connection[Any], role: str) -> None:
    """Let `role` do its work in the current schema, and nothing else; commits nothing."""
    row = connection.execute("SELECT current_schema()").fetchone()
    schema, to = sql.Identifier(row[0] if row else "public"), sql.Identifier(role)
    for kind in ("TABLES", "SEQUENCES"):
        text = sql.SQL(f"REVOKE ALL ON ALL {kind} IN SCHEMA {{}} FROM {{}}, PUBLIC")
        connection.execute(text.format(schema, to))
    connection.execute(
        sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {} TO {}").format(schema, to)
    )
    for (table,) in connection.execute(_TABLES).fetchall():
        text = sql.SQL(f"GRANT {NARROWER.get(table, ROWS)} ON {{}} TO {{}}")  # nosec B608
        connection.execute(text.format(sql.Identifier(table), to))
    for (function,) in connection.execute(_AS_OWNER).fetchall():
        text = sql.SQL(f"GRANT EXECUTE ON FUNCTION {function} TO {{}}")  # nosec B608
        connection.execute(text.format(to))
    if connection.execute(_HAS_SCHEMA, (role,)).fetchone() != (True,):
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, to))


_HAS_SCHEMA = "SELECT has_schema_privilege(%s, current_schema(), 'USAGE')"
