"""Whether requests can be answered: the database is there, and of this release."""

import sqlalchemy as sa

from crier.storage import schema_version


def problem(engine: sa.Engine) -> str | None:
    """Return what is missing, in words; None where nothing is."""
    try:
        with engine.connect() as connection:
            current = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    except sa.exc.ProgrammingError:
        current = None
    except sa.exc.SQLAlchemyError:
        return "database: it cannot be reached"
    newest = schema_version.newest()
    if current == newest:
        return None
    return f"migrations: the schema is at {current or 'nothing'}, this release needs {newest}"
