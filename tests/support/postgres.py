"""A real PostgreSQL for tests: one server a session, one database cloned from a template a test."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from crier.settings import embedded_database_url
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
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)

    def url(self, database: str) -> str:
        return embedded_database_url(self._postgres.sockets.parent, database)

    def make_template(self) -> None:
        """Migrate the database `template_crier` from which `database` clones."""
        self._admin.execute("CREATE DATABASE template_crier")
        migrate.upgrade(self.url("template_crier"))

    @contextmanager
    def database(self, template: str | None = "template_crier", clauses: str = "") -> Iterator[str]:
        """URL of a fresh database, empty without a template; dropped with its connections."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        source = f" TEMPLATE {template} STRATEGY file_copy" if template else clauses
        self._admin.execute(f"CREATE DATABASE {name}{source}".encode())
        try:
            yield self.url(name)
        finally:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser."""
        self._admin.execute(statement.encode())

    def reconnect(self) -> None:
        """Connect anew, after a test has crashed the server."""
        self._admin.close()
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)

    def close(self) -> None:
        self._admin.close()


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
        url = embedded_database_url(folder, "postgres")
        with servers.running(command, log, lambda: _answers(url), unprivileged=True):
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
