"""Migrations: `upgrade` to the newest schema, or `downgrade`.

Any number of processes may call `upgrade` at once: a session advisory lock lets one work while the
others wait and then find nothing to do. Each migration runs in a transaction of its own, so an
interrupted one leaves the schema as it was.
"""

from collections.abc import Callable

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from crier import link
from crier.errors import CrierError
from crier.storage import grants
from crier.storage.engine import engine_of

LOCK = "hashtextextended('crier.migrate', 0)"


class MigrationError(CrierError):
    """The database refused a migration."""


def upgrade(database_url: str, revision: str = "head", *, role: str | None = None) -> None:
    """Bring the schema to `revision` and make the partitions of the coming months.

    `role` is the application's; where it is not the owner it is given what it needs.

    Raises:
        MigrationError: the database refuses.
    """
    _run(database_url, lambda config: command.upgrade(config, revision), role)


def downgrade(database_url: str, revision: str) -> None:
    """Take the schema back to `revision` (`base` for an empty database)."""
    _run(database_url, lambda config: command.downgrade(config, revision))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "crier.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _run(database_url: str, work: Callable[[Config], None], role: str | None = None) -> None:
    config = _config()
    arguments = link.options(database_url, "crier migrate")
    engine = engine_of(database_url, arguments, poolclass=sa.NullPool)
    try:
        _work(engine, config, work, role)
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        said = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        reason = str(said).strip().splitlines()[:1]
        raise MigrationError(f"cannot migrate the database ({' '.join(reason)})") from error


def _work(
    engine: sa.Engine, config: Config, work: Callable[[Config], None], role: str | None
) -> None:
    with engine.connect() as guard, engine.connect() as connection:
        guard.execute(sa.text(f"SELECT pg_advisory_lock({LOCK})"))
        config.attributes["connection"] = connection
        work(config)
        connection.commit()
        if connection.scalar(sa.text("SELECT to_regproc('make_partitions') IS NOT NULL")):
            connection.execute(sa.text("SELECT make_partitions()"))
            connection.commit()
        if role is not None and role != connection.scalar(sa.text("SELECT current_user::text")):
            grants.grant(connection.connection.driver_connection, role)  # type: ignore[arg-type]
            connection.commit()
