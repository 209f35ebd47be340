"""Whether what Crier stands on is there and fit for it, for programs that are starting.

Nothing runs without the database. Without the storage of uploads only ads with uploads wait, and
without Redis everything goes on, so that only `crier up`, which somebody looks at, refuses to start
where S3 or Redis refuses us.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
from psycopg.rows import dict_row

from crier import link
from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import cache, migrate, queries
from crier.storage.uploads import RefusedError, UploadsError, check, uploads_of

SQL = queries.load("reach")
S3_TIMEOUT_S = 5.0
REDIS_TIMEOUT_S = 5.0
log = logging.getLogger(__name__)


class UnfitDatabaseError(CrierError):
    """The database answers, and Crier cannot work in it as it is."""


def database_problem(database_url: str) -> str | None:
    """Why the database cannot be reached, in one line without its password; None when it can.

    Raises:
        UnfitDatabaseError: waiting for it would not help.
    """
    try:
        with link.connect(database_url, "crier start") as connection:
            found = connection.cursor(row_factory=dict_row).execute(SQL["fitness"]).fetchone()
    except psycopg.OperationalError as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return f"cannot reach the database ({lines[0].removeprefix('connection failed: ')})"
    except psycopg.Error:  # its text may repeat the URL, and so the password
        raise UnfitDatabaseError(
            "cannot read the database's URL: write postgresql://user:password@host:5432/database"
        ) from None
    assert found is not None
    for is_wrong, problem in _UNFIT:
        if is_wrong(found):
            raise UnfitDatabaseError(problem.format(**found))
    return None


_UNFIT: tuple[tuple[Callable[[dict[str, object]], bool], str], ...] = (
    (
        lambda found: found["encoding"] != "UTF8",
        "the database {database} is in {encoding}, where Crier needs UTF8: make another with "
        "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ),
    (
        lambda found: bool(found["is_standby"]),
        "the database {database} is a standby, which takes no changes: name its primary",
    ),
    (
        lambda found: found["zone"] != "UTC",
        "the settings of a session do not reach the database {database}: name PostgreSQL itself, "
        "or a pooler in session mode that hands the startup parameter options on",
    ),
    (
        lambda found: found["schema"] is None,
        "the database {database} has no schema for {role} to work in (its search_path is "
        "{search_path}): make that schema, or correct the search_path",
    ),
)


def require_database(settings: Settings) -> None:
    """Raise CrierError where the database cannot be reached now, or is not fit."""
    if problem := database_problem(settings.database_url):
        raise CrierError(f"{problem}: start it, or check CRIER_DATABASE_URL")


def wait_for_schema(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for the database as long as it takes; says once why.

    Raises:
        CrierError: it is there, and is not fit, or its schema is not this release's.
    """
    told = False
    while problem := database_problem(settings.database_url):
        if not told:
            say(f"{problem}: waiting for it")
            told = True
        time.sleep(0.5)
    migrate.check(settings.database_url)


def require_redis(settings: Settings, say: Callable[[str], None]) -> None:
    """Try a Redis of the user's own out; says so where it does not answer.

    Raises:
        CrierError: it refuses us: a wrong password, database or right.
    """
    if settings.embedded_redis:
        return
    try:
        cache.check(settings.redis_url, REDIS_TIMEOUT_S)
    except cache.RefusedError as error:
        raise CrierError(f"cannot use Redis ({error}): correct CRIER_REDIS_URL") from None
    except cache.AwayError as error:
        say(f"cannot reach Redis ({error}): each process counts for itself until it is there")


def require_uploads(settings: Settings, say: Callable[[str], None]) -> None:
    """Try the bucket out, where uploads lie in one; says so where it does not answer.

    Raises:
        CrierError: it refuses us: a wrong key, bucket or region.
    """
    if settings.s3 is None:
        return
    storage = uploads_of(settings, patience_s=S3_TIMEOUT_S)
    try:
        check(storage)
    except RefusedError as error:
        raise CrierError(f"cannot use {storage.place} for uploads: {error}") from None
    except UploadsError as error:
        say(f"cannot reach {storage.place} ({error}): ads with uploads wait for it")


def note_uploads(settings: Settings) -> None:
    """The same for a server's log, beside everything else; it goes on whatever comes of it."""
    if settings.s3 is not None:
        threading.Thread(target=_note_uploads, args=(settings,), daemon=True).start()


def _note_uploads(settings: Settings) -> None:
    storage = uploads_of(settings, patience_s=S3_TIMEOUT_S)
    try:
        check(storage)
    except UploadsError as error:
        log.error("uploads_unavailable", extra={"place": storage.place, "error": str(error)})
