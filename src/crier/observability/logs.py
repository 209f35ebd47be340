"""Logs: a constant event name and fields, as JSON lines or as text, on standard error.

`getLogger(__name__).warning("limit_reached", extra={"user_id": 7})` is all that code writes.
Everything passes `redact` before it goes anywhere. Warnings and worse also go to the table `logs`
(see `log_table.py`), and errors to Sentry where a DSN is set.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from crier.observability import metrics, sentry
from crier.observability.fields import fields_of
from crier.observability.log_table import LogTable
from crier.observability.redact import head
from crier.settings import Settings

# Loggers that put URLs or bodies into their lines at lower levels.
_QUIET: Final = (
    "alembic",
    "httpx",
    "httpcore",
    "urllib3",
    "aiohttp",
    "asyncio",
    "procrastinate",
    "granian",
)


def configure(settings: Settings, *, program: str, table: bool = True) -> None:
    """Set logging up for this process; may be called again.

    Args:
        program: `api`, `worker` …, the `source` of its rows in the table `logs`.
        table: whether warnings are kept in the database, too.
    """
    root = logging.getLogger()
    for handler in [*root.handlers]:
        root.removeHandler(handler)
        handler.close()
    root.addHandler(Lines(sys.stderr, as_json=settings.log_format == "json", program=program))
    if table:
        root.addHandler(LogTable(settings.database_url, program=program))
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sentry.start(settings.sentry_dsn, program=program, environment=settings.environment)


class Lines(logging.StreamHandler[TextIO]):
    """Writes each record as one line without secrets."""

    def __init__(self, stream: TextIO, *, as_json: bool, program: str) -> None:
        super().__init__(stream)
        self._as_json = as_json
        self._program = program

    def emit(self, record: logging.LogRecord) -> None:
        """Count the line, and write it."""
        metrics.log_lines.labels(record.levelname.lower()).inc()
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a secret in whatever field does not get into it."""
        fields = fields_of(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": head(record.getMessage()),
            "logger": record.name,
            "program": self._program,
        }
        if self._as_json:
            return json.dumps({**line, **fields}, default=str)
        rest = " ".join(
            f"{name}={value}" for name, value in fields.items() if name != "error_trace"
        )
        trace = f"\n{fields['error_trace']}" if "error_trace" in fields else ""
        return f"{line['at']} {line['level']:<8} {line['event']} {rest}".rstrip() + trace
