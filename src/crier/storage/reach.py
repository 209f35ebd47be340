"""Whether the database is there and has this release's schema, for programs that are starting."""

import time
from collections.abc import Callable

import psycopg

from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import migrate

CONNECT_TIMEOUT_S = 5


def database_problem(settings: Settings) -> str | None:
    """Why the database cannot be reached, in one line without its password; None when it can."""
    try:
        psycopg.connect(settings.database_url, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return f"cannot reach the database ({lines[0].removeprefix('connection failed: ')})"
    except psycopg.Error:  # its text may repeat the URL, and so the password
        return "cannot read the database's URL"
    return None


def require_database(settings: Settings) -> None:
    """Raise CrierError where the database cannot be reached now."""
    if problem := database_problem(settings):
        raise CrierError(f"{problem}: start it, or check CRIER_DATABASE_URL")


def wait_for_schema(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for the database as long as it takes; says once why.

    Raises:
        SchemaBehindError: it is there, and its schema is not this release's.
    """
    told = False
    while problem := database_problem(settings):
        if not told:
            say(f"{problem}: waiting for it")
            told = True
        time.sleep(0.5)
    migrate.check(settings.database_url)
