"""Named statements: the SQL of the hot paths lives in `sql/*.sql`, each statement under a line
`-- name: purpose`.

A module binds the statements that it uses when it is imported, so that a name that does not exist
stops the program at its start:

    SQL = queries.load("lifecycle")
    LOCK_OPEN = SQL.query("lock_open", OpenDelivery)

`LOCK_OPEN(broadcast_id=1, bot_id=None)` is a `Statement`. `storage.engine` executes one in a
session of SQLAlchemy, `storage.aio` on a connection of the worker; the functions have the same
names in both, and give rows of the type that the query names. What both need to do in the same
way in several statements is written once, as `Steps`.

What several statements of a file have in common is written once, under a name of its own;
`<<name>>` stands for it.
"""

import re
from collections.abc import Callable, Generator
from functools import cache
from importlib import resources
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar, overload

R = TypeVar("R")
T = TypeVar("T")
_HEAD = re.compile(r"^-- (\w+): ", re.MULTILINE)
_PART = re.compile(r"<<(\w+)>>")


class Statement(NamedTuple, Generic[R]):
    """A statement with its parameters, by name."""

    text: LiteralString
    parameters: dict[str, Any]
    row: Callable[..., R] | None = None
    """Makes a row out of its columns; None leaves it as the driver gives it."""


Steps = Generator[Statement[Any], list[Any], T]
"""Statements in their order, within the caller's transaction: yields a statement and receives its
rows. `engine.follow` and `aio.follow` execute them and return what the generator returns."""


def ask(statement: Statement[R]) -> Steps[list[R]]:
    """Execute one statement and return its rows: `rows = yield from ask(…)`."""
    rows: list[R] = yield statement
    return rows


class StatementTemplate(NamedTuple, Generic[R]):
    """A statement without its parameters; call it to give them.

    A module that puts a text together out of several takes `text`, and gives its own to
    `template._replace(text=…)`, which keeps the rows; COPY takes `text` as it is.
    """

    text: LiteralString
    row: Callable[..., R] | None = None

    def __call__(self, **parameters: Any) -> Statement[R]:
        """Return the statement with `parameters`."""
        return Statement(self.text, parameters, self.row)


def value(column: T) -> T:
    """Make a row out of its only column, which stays as it is: `query(name, value)`."""
    return column


class Area:
    """The statements of one file of `sql/`."""

    def __init__(self, name: str, texts: dict[str, LiteralString]) -> None:
        self.name, self.texts = name, texts

    @overload
    def query(self, name: str) -> StatementTemplate[Any]: ...
    @overload
    def query(self, name: str, row: Callable[..., R]) -> StatementTemplate[R]: ...
    def query(self, name: str, row: Callable[..., Any] | None = None) -> StatementTemplate[Any]:
        """Return a statement by name.

        `row` makes a row out of its columns: a NamedTuple with a field for each, or for a single
        one `int` or `value`. Without it rows are those of the driver.

        Raises:
            KeyError: there is no such statement.
        """
        if name not in self.texts:
            raise KeyError(f"sql/{self.name}.sql has no statement {name}")
        return StatementTemplate(self.texts[name], row)


@cache
def load(area: str) -> Area:
    """Return the statements of `sql/{area}.sql`."""
    text = (resources.files("crier.storage") / "sql" / f"{area}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    bodies: dict[str, LiteralString] = dict(zip(parts[::2], parts[1::2], strict=True))
    if len(bodies) * 2 != len(parts):
        raise ValueError(f"sql/{area}.sql names a statement twice")
    return Area(area, {name: f"-- {name}: {_whole(bodies, name)}" for name in bodies})


def _whole(bodies: dict[str, LiteralString], name: str) -> LiteralString:
    """Return a statement with the parts that it names, which are without their purpose."""
    text = bodies[name].strip()
    for part in _PART.findall(text):
        text = text.replace(f"<<{part}>>", _whole(bodies, part).partition("\n")[2])
    return text
