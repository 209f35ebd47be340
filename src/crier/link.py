"""What every connection of ours to PostgreSQL is opened with, in this one place.

A machine that loses its network closes nothing. Each side would believe in the connection for
hours, and the server's would hold its row locks as long; with these, both give it up within about
ten seconds. The server's half are settings of the session. On a Unix socket none of them matters.

The other settings are those that change what a statement means, how its result is written, or how
long it may take: a database and a role can have defaults of their own for each of them. What the
URL's own `options` say stands, a `search_path` for instance, where it is none of these.
"""

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

CONNECT_TIMEOUT_S = 5
_KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
_UNHEARD_MS = 10_000
SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "row_security": "on",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}


def options(database_url: str, name: str, **session: str) -> dict[str, Any]:
    """Arguments for `psycopg.connect` beside the URL; `session` are more settings of it.

    Raises:
        psycopg.ProgrammingError: the URL cannot be read; its text may repeat a password.
    """
    settings = {
        **SESSION,
        **{f"tcp_{key}": value for key, value in _KEEPALIVES.items()},
        "tcp_user_timeout": _UNHEARD_MS,
        **session,
    }
    given = str(conninfo_to_dict(database_url).get("options") or "")
    ours = " ".join(f"-c {key}={_escaped(value)}" for key, value in settings.items())
    return {
        "application_name": name,
        "client_encoding": "UTF8",
        "connect_timeout": CONNECT_TIMEOUT_S,
        **_KEEPALIVES,
        "tcp_user_timeout": _UNHEARD_MS,
        "options": f"{given} {ours}".strip(),
    }


def connect(
    database_url: str, name: str, *, autocommit: bool = False
) -> psycopg.Connection[tuple[Any, ...]]:
    """Return a connection of its own, outside every pool."""
    return psycopg.connect(database_url, autocommit=autocommit, **options(database_url, name))


def _escaped(value: object) -> str:
    """As the server splits `options`: at white space that no backslash precedes."""
    return re.sub(r"([\\\s])", r"\\\1", str(value))
