"""SQLAlchemy engine and sessions of the API, and named statements in them (`storage.aio` has the
same for the worker's connections)."""

import time
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier import link
from crier.observability.samples import Samples
from crier.secrets.keyring import Keyring
from crier.storage import traced
from crier.storage.queries import Statement, Steps

R = TypeVar("R")
T = TypeVar("T")
_KEYS = "keys"


def make_engine(database_url: str, *, name: str, pool_size: int = 10) -> sa.Engine:
    """Return an engine whose connections are checked before use and speak UTC.

    Each statement is planned for its own parameters: a plan for any, which PostgreSQL turns to
    after some calls, made searches three times slower.
    """
    timeouts = {"statement_timeout": "30s", "lock_timeout": "10s"}
    return engine_of(
        database_url,
        link.options(database_url, name, plan_cache_mode="force_custom_plan", **timeouts),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=3600,
    )


def engine_of(database_url: str, arguments: dict[str, Any], **pool: Any) -> sa.Engine:
    """Return an engine that leaves it to libpq to read the URL; `arguments` are for
    `psycopg.connect`."""
    engine = sa.create_engine("postgresql+psycopg://", **pool)

    def add(_dialect: object, _record: object, given: list[Any], named: dict[str, Any]) -> None:
        given[:] = [database_url]
        named.update(arguments)

    sa.event.listen(engine, "do_connect", add)
    return engine


def time_statements(engine: sa.Engine, samples: Samples) -> None:
    """Count how long each statement takes, until its first rows are there, and trace it."""

    def before(connection: sa.Connection, *_: object) -> None:
        connection.info["began"] = time.perf_counter()

    def after(connection: sa.Connection, *_: object) -> None:
        samples.count("database", seconds=time.perf_counter() - connection.info["began"])

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    traced.trace(engine)


def make_sessions(engine: sa.Engine, keys: Keyring | None = None) -> sessionmaker[Session]:
    """Return the session factory: `with sessions.begin() as session:` is one transaction.

    `keys` is the ring that seals tokens: the lines that a session writes into the audit log are
    sealed with it, too. Without one a session cannot write any.
    """
    return sessionmaker(engine, expire_on_commit=False, info={_KEYS: keys})


def keys_of(session: Session) -> Keyring:
    """Return the ring that `make_sessions` gave the session."""
    keys: Keyring = session.info[_KEYS]
    return keys


def rows(session: Session, statement: Statement[R]) -> list[R]:
    """Execute a statement and return its rows; none where it gives no rows."""
    text, parameters, make = statement
    result = session.connection().exec_driver_sql(text, parameters or None)
    if not result.returns_rows:
        return []
    found: list[Any] = list(result.all())
    return found if make is None else [make(*row) for row in found]


def first(session: Session, statement: Statement[R]) -> R | None:
    """Execute a statement and return its first row, or None where there is none."""
    found = rows(session, statement)
    return found[0] if found else None


def run(session: Session, *statements: Statement[Any]) -> int:
    """Execute statements and return how many rows they touched together."""
    connection, touched = session.connection(), 0
    for text, parameters, _ in statements:
        touched += connection.exec_driver_sql(text, parameters or None).rowcount
    return touched


def follow(session: Session, steps: Steps[T]) -> T:
    """Take the steps in the transaction of `session` and return what they return."""
    given: Any = None
    try:
        while True:
            given = rows(session, steps.send(given))
    except StopIteration as end:
        result: T = end.value
        return result
