"""Named statements on the worker's connections; `storage.engine` has the same for sessions."""

from typing import Any, TypeVar

from psycopg import AsyncConnection

from crier.storage import traced
from crier.storage.queries import Statement, Steps

R = TypeVar("R")
T = TypeVar("T")
Connection = AsyncConnection[Any]


async def rows(connection: Connection, statement: Statement[R], *, binary: bool = False) -> list[R]:
    """Execute a statement and return its rows; none where it gives no rows.

    `binary` asks for their values in binary, which is faster to read where there are many.
    """
    text, parameters, make = statement
    with traced.statement(text):
        cursor = await connection.execute(text, parameters or None, binary=binary)
    if cursor.description is None:
        return []
    found: list[Any] = await cursor.fetchall()
    return found if make is None else [make(*row) for row in found]


async def first(connection: Connection, statement: Statement[R]) -> R | None:
    """Execute a statement and return its first row, or None where there is none."""
    found = await rows(connection, statement)
    return found[0] if found else None


async def run(connection: Connection, *statements: Statement[Any]) -> int:
    """Execute statements and return how many rows they touched together."""
    touched = 0
    for text, parameters, _ in statements:
        with traced.statement(text):
            touched += (await connection.execute(text, parameters or None)).rowcount
    return touched


async def follow(connection: Connection, steps: Steps[T]) -> T:
    """Take the steps in one transaction and return what they return."""
    given: Any = None
    async with connection.transaction():
        try:
            while True:
                given = await rows(connection, steps.send(given))
        except StopIteration as end:
            result: T = end.value
            return result
