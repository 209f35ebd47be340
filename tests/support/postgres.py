"""A real PostgreSQL for tests: one server a session, one database cloned from a template a test.

The files lie in memory where the machine has a file system there with room.
"""

import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg

from crier.settings import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER_ROLE, embedded_database_url
from crier.stack import ownership, roles
from crier.stack.postgres import Postgres
from crier.storage import migrate
from tests.support import servers

if TYPE_CHECKING:
    from tests.support.hosts import Host

# A crash of the machine may cost a test database: speed wins over durability here.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
}

# A folder in memory: a clone is six hundred files, which take seven times as long on a disk.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 << 30
"""What must be free there, for each run of a server."""
LEFT_AFTER_S = 60.0


class Cluster:
    """A running server, from which databases are cloned by the dozen."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        # Files are made quickly in memory; on a disk, copying through the log makes fewer calls.
        self._strategy = "file_copy" if postgres.sockets.is_relative_to(MEMORY) else "wal_log"
        self._admin = psycopg.connect(self.url("postgres", SUPERUSER_ROLE), autocommit=True)
        roles.make_roles(self._admin)
        # For tests' own hands: they look at connections and break them.
        self._admin.execute("GRANT pg_signal_backend, pg_read_all_stats TO crier_owner")

    @property
    def sockets(self) -> Path:
        return self._postgres.sockets

    def url(self, database: str, role: str = APPLICATION_ROLE) -> str:
        return embedded_database_url(self._postgres.sockets.parent, database, role)

    def make_template(self) -> None:
        """Migrate the database `template_crier` from which `database` clones."""
        self._admin.execute(f"CREATE DATABASE template_crier OWNER {OWNER_ROLE}".encode())
        migrate.upgrade(self.url("template_crier", OWNER_ROLE), role=APPLICATION_ROLE)

    @contextmanager
    def database(self, template: str | None = "template_crier", clauses: str = "") -> Iterator[str]:
        """URL of a fresh database, dropped with its connections; the application's role is in it.

        Without a template it is empty, and the role its owner.
        """
        name = f"test_{uuid.uuid4().hex[:12]}"
        source = f" TEMPLATE {template} STRATEGY {self._strategy}" if template else clauses
        self._admin.execute(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}{source}".encode())
        try:
            yield self.url(name, APPLICATION_ROLE if template else OWNER_ROLE)
        finally:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser."""
        self._admin.execute(statement.encode())

    def reconnect(self) -> None:
        """Connect anew, after a test has crashed the server."""
        self._admin.close()
        self._admin = psycopg.connect(self.url("postgres", SUPERUSER_ROLE), autocommit=True)

    def close(self) -> None:
        self._admin.close()


def owners(database_url: str) -> str:
    """The same database as its owner: to change its tables, as no program of ours could."""
    return database_url.replace(f"//{APPLICATION_ROLE}@", f"//{OWNER_ROLE}@")


def superusers(database_url: str) -> str:
    """The same database as PostgreSQL's own superuser: to do what an administrator does."""
    return database_url.replace(f"//{APPLICATION_ROLE}@", f"//{SUPERUSER_ROLE}@")


@contextmanager
def running_cluster(
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    locales: Path | None = None,
    host: "Host | None" = None,
) -> Iterator[Cluster]:
    """Start PostgreSQL in a folder of its own; `settings` win over those for speed.

    `locales` is a folder with more locales than the machine has. It runs on a host of its own
    where one is named.
    """
    with _folder() as folder:
        postgres = Postgres(folder / "data", folder / "pg")
        postgres.prepare()
        command = postgres.command(**{**FAST, **settings})
        if locales is not None:
            command = ["env", f"LOCPATH={locales}", *command]
        log = folder / "log"
        url = embedded_database_url(folder, "postgres", SUPERUSER_ROLE)
        account: str | None = ownership.DATABASE
        if host is not None:
            command, account = host.command(command, account=account), None
        with servers.running(command, log, lambda: _answers(url), account=account):
            cluster = Cluster(postgres)
            try:
                yield cluster
            finally:
                cluster.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for a server, in memory where there is room; it holds a lock while it is in use."""
    parent = MEMORY if _has_room(MEMORY) else Path(tempfile.gettempdir())
    for left in MEMORY.glob("crier-pg-*"):
        _remove_if_unused(left)
    folder = Path(tempfile.mkdtemp(prefix="crier-pg-", dir=parent))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def _has_room(folder: Path) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and found.f_bavail * found.f_frsize >= MEMORY_BYTES


def _remove_if_unused(folder: Path) -> None:
    """Give back the memory of a run that was killed."""
    try:
        if time.time() - folder.stat().st_mtime < LEFT_AFTER_S:
            return  # perhaps just made, and not locked yet
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def running_standby() -> Iterator[str]:
    """URL of a database that is in recovery, as on a standby that hears nothing of its primary."""
    with _folder() as folder:
        postgres = Postgres(folder / "data", folder / "pg")
        postgres.prepare()
        (postgres.folder / "standby.signal").touch()
        url = embedded_database_url(folder, "postgres", SUPERUSER_ROLE)
        command = postgres.command(**FAST)
        with servers.running(
            command, folder / "log", lambda: _answers(url), account=ownership.DATABASE
        ):
            yield url
