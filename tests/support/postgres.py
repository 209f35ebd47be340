"""A real PostgreSQL for tests: one server a session, one database cloned from a template a test."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from crier.settings import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER_ROLE, embedded_database_url
from crier.stack import ownership, roles
from crier.stack.postgres import Postgres
from crier.storage import migrate
from tests.support import servers

# A crash of the machine may cost a test database: speed wins over durability here.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "4GB",
}


class Cluster:
    """A running server, from which databases are cloned by the dozen."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
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
        source = f" TEMPLATE {template} STRATEGY file_copy" if template else clauses
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
def running_cluster(locales: Path | None = None, **settings: str) -> Iterator[Cluster]:
    """Start PostgreSQL in a folder of its own; settings win over those for speed.

    `locales` is a folder with more locales than the machine has.
    """
    folder = Path(tempfile.mkdtemp(prefix="crier-pg-"))
    postgres = Postgres(folder / "data", folder / "pg")
    try:
        postgres.prepare()
        command = postgres.command(**{**FAST, **settings})
        if locales is not None:
            command = ["env", f"LOCPATH={locales}", *command]
        log = folder / "log"
        url = embedded_database_url(folder, "postgres", SUPERUSER_ROLE)
        with servers.running(command, log, lambda: _answers(url), account=ownership.DATABASE):
            cluster = Cluster(postgres)
            try:
                yield cluster
            finally:
                cluster.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
