"""PostgreSQL's own `pg_dump` and `pg_restore`, of the embedded server or of this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict

from crier import link
from crier.backup.errors import BackupError
from crier.settings import Settings
from crier.stack import postgres

_LONGEST_REASON = 300


@contextmanager
def dumping(settings: Settings, snapshot: str) -> Iterator[IO[bytes]]:
    """Give the database's dump as of a snapshot; without the version of its schema, so that it can
    not be used before a restore has finished.

    Raises:
        BackupError: there is no pg_dump, or it failed.
    """
    arguments = ["-Fc", "--no-owner", "--no-acl", f"--snapshot={snapshot}"]
    arguments.append("--exclude-table-data=alembic_version")
    with _running(settings, "pg_dump", arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with process.stdout as stream:
            yield stream


@contextmanager
def restoring(settings: Settings) -> Iterator[IO[bytes]]:
    """Take a dump, and put it into the empty database in one transaction, which commits at the end.

    Raises:
        BackupError: there is no pg_restore, or it failed; the database is as it was.
    """
    arguments = ["--no-owner", "--no-acl", "--single-transaction", "--exit-on-error"]
    database = str(conninfo_to_dict(settings.migration_url).get("dbname") or "")
    arguments += ["--dbname", database]
    with _running(settings, "pg_restore", arguments, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        with process.stdin as stream:
            yield stream


@contextmanager
def _running(
    settings: Settings, tool: str, arguments: list[str], **streams: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a tool of PostgreSQL until the block ends; what it says on stderr is its error."""
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 (a fixed command)
            [_path_of(settings, tool), "--no-password", *arguments],
            env=_environment(settings.migration_url),
            stderr=said,
            **streams,  # type: ignore[call-overload]
        )
        try:
            with suppress(BrokenPipeError):  # it has ended, and says why
                yield process
            if process.wait() != 0:
                said.seek(0)
                reason = " ".join(said.read(_LONGEST_REASON).decode(errors="replace").split())
                raise BackupError(f"{tool} failed: {reason or 'it ended'}")
        finally:
            process.kill()
            process.wait()


def _path_of(settings: Settings, tool: str) -> str:
    """Return the tool of the server's version, or the next newer one: none works with a newer
    server, and a newer one says what an older server does not understand."""
    try:
        with link.connect(settings.migration_url, "crier backup") as connection:
            server = connection.info.server_version // 10_000
    except psycopg.Error:
        server = 0  # the tool will say what is wrong
    named = [str(postgres.binary(tool)), shutil.which(tool)]
    found = [(major, path) for path in named if path and (major := _major(path))]
    if not found:
        raise BackupError(f"{tool} is missing: install PostgreSQL's client programs")
    return min(found, key=lambda one: (one[0] < server, one[0]))[1]


def _major(path: str) -> int:
    """Return the version of PostgreSQL that a tool is of; 0 where it is none."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True)  # noqa: S603
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d{1,4})", said.stdout[:200])
    return int(match[1]) if match else 0


def _environment(database_url: str) -> dict[str, str]:
    """Return where libpq connects to by its variables: arguments show a password to everybody."""
    given = conninfo_to_dict(database_url)
    known = {one.keyword.decode(): one.envvar for one in psycopg.pq.Conninfo.get_defaults()}
    machine = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "LANG", "HOME") or name.startswith(("PGSSL", "PGPASSFILE"))
    }
    named = {
        variable.decode(): str(given[name])
        for name, variable in known.items()
        if variable and given.get(name) not in (None, "")
    }
    return {**machine, **named, "PGAPPNAME": "crier backup", "PGCONNECT_TIMEOUT": "10"}
