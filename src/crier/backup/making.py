"""Makes backups: once, or for as long as the platform runs."""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final, NamedTuple

import psycopg
from psycopg.rows import dict_row

from crier import link
from crier.backup import contents, seal, tools
from crier.backup.contents import Manifest
from crier.backup.errors import BackupError
from crier.backup.places import Place, place_of
from crier.errors import CrierError
from crier.services.system.figures import LAST_BACKUP
from crier.settings import Settings
from crier.storage import queries
from crier.version import version

SQL: Final = queries.load("backup")
_SNAPSHOT: Final = SQL.query("snapshot").text
_COUNTS: Final = SQL.query("counts").text
_SCHEMA: Final = SQL.query("schema").text
AGAIN_S: Final = 600.0
"""After a backup that failed."""
LOOK_S: Final = 60.0
log = logging.getLogger(__name__)


class Made(NamedTuple):
    """A backup that is in its place."""

    name: str
    length: int
    manifest: Manifest
    removed: list[str]


def make(settings: Settings) -> Made:
    """Make a backup while everything runs, note its time, and remove those that are too many.

    Raises:
        BackupError: it cannot be made; none is there then.
    """
    with _turn(settings):
        return _make(settings, place_of(settings), datetime.now(UTC))


@contextmanager
def _turn(settings: Settings) -> Iterator[None]:
    """Hold the lock of those that make backups of this data folder; the kernel drops it."""
    with (settings.data_dir / "backup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError("another backup is being made: wait for its end") from None
        yield


def _make(settings: Settings, place: Place, made_at: datetime) -> Made:
    name = f"crier-{made_at:%Y%m%dT%H%M%SZ}.backup"
    try:
        with link.connect(settings.migration_url, "crier backup") as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            manifest = _manifest(settings, connection, made_at)
            (snapshot,) = _one(connection, _SNAPSHOT)

            def fill(out: IO[bytes]) -> None:
                with tools.dumping(settings, snapshot) as dump:
                    contents.write(out, manifest, settings.data_dir, dump)

            with seal.sealed(settings, made_at, fill) as stream:
                length = place.write(name, stream)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[:1]
        raise BackupError(f"the database cannot be read: {' '.join(reason)}") from None
    (settings.data_dir / LAST_BACKUP).touch()
    return Made(name, length, manifest, _prune(place, settings.backups.keep))


def keep_making(settings: Settings) -> None:
    """Make a backup whenever the last one is `CRIER_BACKUP_HOURS` old; does not return."""
    while True:
        while (wait_s := (_due(settings) - datetime.now(UTC)).total_seconds()) > 0:
            time.sleep(min(wait_s, LOOK_S))  # a clock can be set, and a machine can sleep
        try:
            made = make(settings)
        except (CrierError, OSError) as error:
            log.error("backup_failed", extra={"reason": str(error), "again_s": AGAIN_S})
            time.sleep(AGAIN_S)
            continue
        log.info("backup_made", extra={"backup": made.name, "bytes": made.length})


def counts_of(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many rows there are of what people would miss."""
    (counts,) = connection.cursor(row_factory=dict_row).execute(_COUNTS)
    return counts


def _due(settings: Settings) -> datetime:
    try:
        last = datetime.fromtimestamp((settings.data_dir / LAST_BACKUP).stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)
    return last + timedelta(hours=settings.backups.hours)


def _manifest(
    settings: Settings, connection: psycopg.Connection[Any], made_at: datetime
) -> Manifest:
    (schema,) = _one(connection, _SCHEMA)
    bucket = f"the bucket {settings.s3.bucket}" if settings.s3 else "this backup"
    counts = counts_of(connection)
    return Manifest(made_at.isoformat(timespec="seconds"), version(), schema, counts, bucket)


def _one(connection: psycopg.Connection[Any], text: Any) -> tuple[Any, ...]:
    row = connection.execute(text).fetchone()
    if row is None:
        raise BackupError("the database has no schema of Crier: run `crier migrate`")
    return tuple(row)


def _prune(place: Place, keep: int) -> list[str]:
    removed = place.names()[:-keep]
    for name in removed:
        place.remove(name)
    return removed
