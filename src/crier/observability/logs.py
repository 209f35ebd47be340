"""Logs: a constant event name and fields, as JSON lines of ECS (`ecs.py`) or as text, on standard
error.

`getLogger(__name__).warning("limit_reached", extra={"user_id": 7})` is all that code writes.
Everything passes `redact` before it goes anywhere. Warnings and worse also go to the table `logs`
(see `log_table.py`); errors are counted by kind (`error_groups.py`), and go to Sentry where there
is a DSN.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

from crier.observability import ecs, metrics, sentry
from crier.observability.error_groups import ErrorGroups
from crier.observability.fields import fields_of
from crier.observability.flood import Flood
from crier.observability.log_table import LogTable
from crier.observability.redact import head
from crier.settings import Settings
from crier.version import version

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


def configure(settings: Settings, *, program: str) -> ErrorGroups:
    """Set logging up for this process; may be called again. Return what counts its errors.

    `program` is `api`, `worker` …, the `source` of its rows in the table `logs`.
    """
    root = logging.getLogger()
    for handler in [*root.handlers]:
        root.removeHandler(handler)
        handler.close()
    service = ecs.service_of(program, version=version(), environment=settings.environment)
    flood = Flood()
    for handler in (
        Lines(sys.stderr, as_json=settings.log_format == "json", service=service),
        LogTable(settings.database_url, program=program),
    ):
        handler.addFilter(flood)
        root.addHandler(handler)
    errors = ErrorGroups(settings.database_url, program=program)
    root.addHandler(errors)
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sentry.start(settings.sentry_dsn, program=program, environment=settings.environment)
    return errors


class Lines(logging.StreamHandler[TextIO]):
    """Writes each record as one line without secrets."""

    def __init__(self, stream: TextIO, *, as_json: bool, service: Mapping[str, str]) -> None:
        super().__init__(stream)
        self._as_json = as_json
        self._service = service

    def emit(self, record: logging.LogRecord) -> None:
        """Count the line, and write it."""
        metrics.log_lines.labels(record.levelname.lower()).inc()
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a secret in whatever field does not get into it."""
        fields = fields_of(record)
        if self._as_json:
            return json.dumps(ecs.document(record, fields, self._service), default=str)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        rest = " ".join(
            f"{name}={value}" for name, value in fields.items() if name != "error_trace"
        )
        trace = f"\n{fields['error_trace']}" if "error_trace" in fields else ""
        start = f"{at.replace('+00:00', 'Z')} {record.levelname.lower():<8}"
        return f"{start} {head(record.getMessage())} {rest}".rstrip() + trace
