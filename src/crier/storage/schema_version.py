"""Which version of the schema this release needs, and whether the database has it.

Every process asks at its start, so without Alembic, whose import takes longer than the question:
the newest migration is the last by the names of their files (`tests/migration/test_migrations.py`
holds that against Alembic).
"""

from functools import cache
from importlib import resources

import psycopg

from crier import link
from crier.errors import CrierError


class SchemaBehindError(CrierError):
    """The database's schema is not the one this release needs: it is older, or newer."""


def check(database_url: str) -> None:
    """Return where the database's schema is this release's.

    Raises:
        SchemaBehindError: it is older, or newer.
    """
    current = _current(database_url)
    if current is not None and not is_known(current):
        raise SchemaBehindError(
            f"the database's schema is at {current}, which is newer than this release of Crier "
            f"({newest()}): start the newer release"
        )
    if current != newest():
        raise SchemaBehindError(
            f"the database's schema is at {current or 'nothing'}, this release needs {newest()}: "
            "run `crier migrate`"
        )


def newest() -> str:
    """Return the version that this release needs."""
    return max(_known())


def is_known(version: str) -> bool:
    """Return True if this release knows a version of the schema."""
    return version in _known()


@cache
def _known() -> frozenset[str]:
    folder = resources.files("crier.storage") / "migrations" / "versions"
    names = (file.name for file in folder.iterdir() if file.name.endswith(".py"))
    return frozenset(name.partition("_")[0] for name in names if name[0].isdigit())


def _current(database_url: str) -> str | None:
    with link.connect(database_url, "crier") as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None
