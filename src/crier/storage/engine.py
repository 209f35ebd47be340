"""SQLAlchemy engine and sessions of the API, and the driver statements of `storage/queue.py`."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.storage import link
from crier.storage.migrate import engine_url
from crier.storage.queue import Statement


def make_engine(database_url: str, *, name: str, pool_size: int = 10) -> sa.Engine:
    """Return an engine whose connections are checked before use and speak UTC."""
    return sa.create_engine(
        engine_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=3600,
        connect_args=link.options(name, statement_timeout="30s", lock_timeout="10s"),
    )


def make_sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """Return the session factory: `with sessions.begin() as session:` is one transaction."""
    return sessionmaker(engine, expire_on_commit=False)


def run(session: Session, *statements: Statement) -> None:
    """Execute `statements` in the transaction of `session`."""
    connection = session.connection()
    for text, parameters in statements:
        connection.exec_driver_sql(text, parameters)
