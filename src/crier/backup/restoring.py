"""Reads a backup to its end, and restores one into an empty installation."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg.rows import TupleRow

from crier import link
from crier.backup import contents, seal, tools
from crier.backup.contents import Manifest
from crier.backup.errors import BackupError
from crier.backup.making import counts_of
from crier.secrets.vault import Vault
from crier.services import audit
from crier.settings import Settings
from crier.stack import ownership
from crier.storage import migrate, queries, reach, schema_version
from crier.storage.engine import make_engine, make_sessions

SQL: Final = queries.load("backup")
_IS_EMPTY: Final = SQL.query("is_empty").text
_PAUSE: Final = SQL.query("pause").text
_CANCEL_OVERDUE: Final = SQL.query("cancel_overdue").text
_END_SESSIONS: Final = SQL.query("end_sessions").text
_FORGET_LETTERS: Final = SQL.query("forget_letters").text
_RUNNING: Final = SQL.query("running").text
_SCHEMA: Final = SQL.query("schema").text
_SET_SCHEMA: Final = SQL.query("set_schema").text
Source = Callable[[], AbstractContextManager[IO[bytes]]]
"""Opens the backup's stream; a restore reads it twice."""


def verify(settings: Settings, source: Source, identity: str | None = None) -> Manifest:
    """Read a backup to its end, without writing anything; return what it says of itself.

    Raises:
        BackupError: it cannot be opened, or is damaged.
    """

    def skip(_: str, stream: IO[bytes]) -> None:
        while stream.read(1 << 20):
            pass

    with source() as sealed, seal.opened(settings, sealed, identity) as plain:
        return contents.read(plain, skip, lambda _: None)


def restore(
    settings: Settings, source: Source, identity: str | None, say: Callable[[str], None]
) -> Manifest:
    """Restore a backup into an empty database and a data folder without keys.

    What was running comes back paused, schedules whose time has come are cancelled, and everybody
    signs in again: what happened after the backup is not known.

    Raises:
        BackupError: it is damaged, or something is there already; nothing was changed then.
    """
    reach.require_database(settings)
    _require_empty(settings)
    say("reading the backup to its end …")
    manifest = verify(settings, source, identity)
    _require_known(manifest)
    say(f"restoring {manifest} …")
    ownership.make_private_folder(settings.data_dir)
    with (
        source() as sealed,
        seal.opened(settings, sealed, identity) as plain,
        tools.restoring(settings) as database,
    ):
        contents.read(plain, partial(_write, settings.data_dir), database.write)
    _compare(settings, manifest)
    found = _finish(settings, manifest)
    migrate.upgrade(settings.migration_url, role=reach.application_role(settings))
    _note(settings, {"made_at": manifest.made_at, **found})
    _tell(found, say)
    return manifest


def settle(settings: Settings, say: Callable[[str], None]) -> None:
    """Make a database that PostgreSQL itself recovered to an earlier time send nothing by itself,
    as `restore` does.

    Raises:
        BackupError: it is of a newer release, or programs of Crier are on it already.
    """
    reach.require_database(settings)
    recovered = datetime.now(UTC)
    reason = f"the database was recovered by {recovered:%Y-%m-%d %H:%M} UTC to an earlier time: "
    reason += "what was sent after that time is not recorded"
    with link.connect(settings.migration_url, "crier restore") as connection:
        (running,) = connection.execute(_RUNNING).fetchone() or ([],)
        if running:
            raise BackupError(f"stop these first, they are on the database: {', '.join(running)}")
        (schema,) = connection.execute(_SCHEMA).fetchone() or (None,)
        if schema is None or not schema_version.is_known(schema):
            raise BackupError("the database is not of this release of Crier, or of an older one")
        found = _quieten(connection, reason)
    migrate.upgrade(settings.migration_url, role=reach.application_role(settings))
    _note(settings, {"recovered_at": recovered.isoformat(), **found})
    _tell(found, say)


def _require_empty(settings: Settings) -> None:
    with link.connect(settings.migration_url, "crier restore") as connection:
        if connection.execute(_IS_EMPTY).fetchone() != (True,):
            raise BackupError(
                "the database is not empty: restore into a new one, or a new CRIER_DATA_DIR"
            )
    for name in contents.FOLDERS:
        if any(path.is_file() for path in (settings.data_dir / name).rglob("*")):
            raise BackupError(
                f"{settings.data_dir / name} is not empty: restore into a new CRIER_DATA_DIR"
            )


def _require_known(manifest: Manifest) -> None:
    if not schema_version.is_known(manifest.schema):
        raise BackupError(
            f"the backup is of Crier {manifest.version}, which is newer than this release: "
            "restore it with that one"
        )


def _write(data_dir: Path, name: str, stream: IO[bytes]) -> None:
    """Write a file of a backup below the data folder."""
    path = data_dir / name
    try:
        for folder in reversed(path.relative_to(data_dir).parents):
            (data_dir / folder).mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(stream, file)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from None


def _compare(settings: Settings, manifest: Manifest) -> None:
    with link.connect(settings.migration_url, "crier restore") as connection:
        found = counts_of(connection)
    if found != manifest.counts:
        raise BackupError(f"the restored rows are {found}, the backup counted {manifest.counts}")


def _finish(settings: Settings, manifest: Manifest) -> dict[str, int]:
    """Pause what would go on, and make the database usable, in one transaction."""
    made_at = f"{datetime.fromisoformat(manifest.made_at):%Y-%m-%d %H:%M} UTC"
    reason = f"restored from a backup of {made_at}: what was sent after that is not recorded"
    with link.connect(settings.migration_url, "crier restore") as connection:
        found = _quieten(connection, reason)
        connection.execute(_SET_SCHEMA, {"version": manifest.schema})
    return found


def _quieten(connection: psycopg.Connection[TupleRow], reason: str) -> dict[str, int]:
    """Pause what would go on, and forget what may have been told since."""
    paused = connection.execute(_PAUSE, {"reason": reason}).fetchone() or (0,)
    cancelled = connection.execute(_CANCEL_OVERDUE, {"reason": reason}).fetchone() or (0,)
    connection.execute(_END_SESSIONS)
    connection.execute(_FORGET_LETTERS)
    return {"paused": paused[0], "cancelled": cancelled[0]}


def _tell(found: dict[str, int], say: Callable[[str], None]) -> None:
    say(
        f"broadcasts that were running, now paused: {found['paused']}; "
        f"schedules whose time has come, cancelled: {found['cancelled']}"
    )


def _note(settings: Settings, details: dict[str, object]) -> None:
    """Write the restore into the audit log."""
    database = make_engine(settings.migration_url, name="crier restore", pool_size=1)
    try:
        with make_sessions(database, Vault.of(settings).keys).begin() as session:
            audit.record(session, audit.SYSTEM, "backup.restore", "backup", None, details)
    finally:
        database.dispose()
