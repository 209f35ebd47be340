"""Whether the database and the storage of uploads are there, for programs that are starting.

Nothing runs without the database. Without the storage of uploads only ads with uploads wait, so
that only `crier up`, which somebody looks at, refuses to start where S3 refuses us.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg

from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import migrate
from crier.storage.uploads import RefusedError, UploadsError, check, uploads_of

CONNECT_TIMEOUT_S = 5
S3_TIMEOUT_S = 5.0
log = logging.getLogger(__name__)


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
