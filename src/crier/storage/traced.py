"""Statements as parts of traces: their names and their texts, which never hold a value."""

import re
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa

from crier.observability import tracing

_HEAD: Final = re.compile(r"-- (\w+): [^\n]*\n\s*")
_SPAN: Final = "span"


def statement(text: str) -> AbstractContextManager[Any]:
    """Record the block as the execution of a statement."""
    return tracing.NOTHING if tracing.current() is None else tracing.part(*_told(text))


def trace(engine: sa.Engine) -> None:
    """Record the statements of an engine."""

    def before(connection: sa.Connection, _cursor: object, text: str, *_: object) -> None:
        above = tracing.current()
        connection.info[_SPAN] = None if above is None else above.part(*_told(text))

    def after(connection: sa.Connection, *_: object) -> None:
        if (span := connection.info[_SPAN]) is not None:
            span.end()

    def failed(context: sa.ExceptionContext) -> None:
        info = context.connection.info if context.connection is not None else {}
        if (span := info.get(_SPAN)) is not None:
            span.end(context.original_exception)

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    sa.event.listen(engine, "handle_error", failed)


def _told(text: str) -> tuple[str, dict[str, str]]:
    """Return the name of a span and what it says: the statement's own name, or its first word."""
    named = _HEAD.match(text)
    body = text[named.end() :] if named else text.lstrip()
    name = named[1] if named else body.partition(" ")[0].upper()
    return f"database {name}", {"db.system.name": "postgresql", "db.query.text": body}
