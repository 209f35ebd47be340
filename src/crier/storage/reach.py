"""Whether what Crier stands on is there and fit for it, for programs that are starting.

Nothing runs without the database. Without the storage of uploads only ads with uploads wait, and
without Redis everything goes on, so that only `crier up`, which somebody looks at, refuses to start
where S3 or Redis refuses us.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import psycopg

from crier import link
from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import cache, queries, schema_version
from crier.storage.uploads import UploadRefusedError, UploadsError, check, uploads_of

SQL: Final = queries.load("reach")
S3_TIMEOUT_S = 5.0
REDIS_TIMEOUT_S = 5.0
log = logging.getLogger(__name__)


class Fitness(NamedTuple):
    """What a database is like, and what of our session's settings has reached it."""

    database: str
    role: str
    encoding: str
    is_standby: bool
    schema: str | None
    search_path: str
    zone: str
    is_superuser: bool
    is_shared: bool = False


_FITNESS: Final = SQL.query("fitness", Fitness)
_SESSION: Final = SQL.query("session", int)


class UnfitDatabaseError(CrierError):
    """The database answers, and Crier cannot work in it as it is."""


def database_problem(database_url: str, *, is_granted: bool = True) -> str | None:
    """Return why the database cannot be reached, in one line without its password; None when it
    can.

    Unless `is_granted` the role need not see a schema yet: the owner has still to let it in.

    Raises:
        UnfitDatabaseError: waiting for it would not help.
    """
    try:
        found = _look(database_url)
    except psycopg.OperationalError as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        if "unsupported startup parameter" in lines[0]:
            raise UnfitDatabaseError(
                f"a pooler before the database refuses our session's settings: {_POOLER}"
            ) from None
        return f"cannot reach the database ({lines[0].removeprefix('connection failed: ')})"
    except psycopg.Error:  # its text may repeat the URL, and so the password
        raise UnfitDatabaseError(
            "cannot read the database's URL: write postgresql://user:password@host:5432/database"
        ) from None
    for is_wrong, problem in _UNFIT if is_granted else _UNFIT[:-1]:
        if is_wrong(found):
            raise UnfitDatabaseError(problem.format(**found._asdict()))
    return None


def _look(database_url: str) -> Fitness:
    """Return what a database is like.

    Two connections are open at a time: a pooler in transaction mode answers both from the one
    server process that is idle, where locks and notifications of a session would be everybody's.
    """
    with (
        link.connect(database_url, "crier start", autocommit=True) as first,
        link.connect(database_url, "crier start", autocommit=True) as second,
    ):
        (found,) = first.execute(_FITNESS.text).fetchall()
        sessions = {one.execute(_SESSION.text).fetchone() for one in (first, second)}
    return Fitness(*found)._replace(is_shared=len(sessions) == 1)


_POOLER = (
    "name PostgreSQL itself, or a pooler in session mode that hands the startup parameter "
    "options on"
)
_UNFIT: tuple[tuple[Callable[[Fitness], bool], str], ...] = (
    (
        lambda found: found.encoding != "UTF8",
        "the database {database} is in {encoding}, where Crier needs UTF8: make another with "
        "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ),
    (
        lambda found: found.is_standby,
        "the database {database} is a standby, which takes no changes: name its primary",
    ),
    (
        lambda found: found.is_shared,
        "a pooler before the database {database} gives one session to several connections, as in "
        f"transaction mode: {_POOLER}",
    ),
    (
        lambda found: found.zone != "UTC",
        f"the settings of a session do not reach the database {{database}}: {_POOLER}",
    ),
    (
        lambda found: found.schema is None,
        "the database {database} has no schema for {role} to work in (its search_path is "
        "{search_path}): make that schema, or correct the search_path",
    ),
)


def require_database(settings: Settings) -> None:
    """Raise CrierError where the database cannot be reached now, or is not fit."""
    urls = {"CRIER_DATABASE_MIGRATION_URL": settings.migration_url}
    urls["CRIER_DATABASE_URL"] = settings.database_url  # the only name where both are the same
    for name in {url: name for name, url in urls.items()}.values():
        is_granted = urls[name] == settings.migration_url
        if problem := database_problem(urls[name], is_granted=is_granted):
            raise CrierError(f"{problem}: start it, or check {name}")


def application_role(settings: Settings) -> str:
    """Return the role that the API and the workers have in the database, which is there."""
    return _look(settings.database_url).role


def warn_of_superuser(settings: Settings, say: Callable[[str], None]) -> None:
    """Say so where the API and the workers could do everything on the database's machine."""
    found = _look(settings.database_url)
    if found.is_superuser:
        say(
            f"the database role {found.role} is a superuser, which can read files and start "
            "programs: give CRIER_DATABASE_URL a role of its own (docs/how-to/least-privilege.md)"
        )


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
    schema_version.check(settings.database_url)
    warn_of_superuser(settings, say)


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
    except UploadRefusedError as error:
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
