"""A log record in Elastic Common Schema: names and types as Elastic publishes them.

`deploy/elk/ecs-fields.csv` is the part of the schema that is used. What the schema has no name for
is `crier.…`, the ids, which are numbers; and `labels.…`, the rest, which are texts whatever they
were, so that one name never has two types in an index.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from crier.observability.redact import head

VERSION: Final = "9.4.0"
IDS: Final = ("ad_id", "bot_id", "broadcast_id", "export_id", "job_id")
_NANOSECONDS: Final = 1_000_000
_NAMES: Final[Mapping[str, tuple[str, type | tuple[type, ...], Callable[[Any], Any]]]] = {
    "request_id": ("http.request.id", str, str),
    "method": ("http.request.method", str, str),
    "status": ("http.response.status_code", int, int),
    "address": ("client.address", str, str),
    "user_id": ("user.id", int, str),
    "duration_ms": ("event.duration", (int, float), lambda ms: round(ms * _NANOSECONDS)),
    "error": ("error.message", str, str),
    "error_type": ("error.type", str, str),
    "error_trace": ("error.stack_trace", str, str),
    "trace_id": ("trace.id", str, str),
    "span_id": ("span.id", str, str),
}
"""Our name of a field: the schema's, the type that it must have for that, and how it is written."""


def document(
    record: logging.LogRecord, fields: Mapping[str, Any], service: Mapping[str, str]
) -> dict[str, Any]:
    """Return what is written of a record; `fields` are those of `fields_of`, without secrets."""
    event = head(record.getMessage())
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    found: dict[str, Any] = {
        "@timestamp": at.replace("+00:00", "Z"),
        "log.level": record.levelname.lower(),
        "message": event,
        "ecs.version": VERSION,
        "event.action": event,
        "log.logger": record.name,
        "process.pid": os.getpid(),
        **service,
    }
    for name, value in fields.items():
        if value is not None:
            key, written = _named(name, value)
            found[key] = written
    return found


def service_of(program: str, *, version: str, environment: str) -> dict[str, str]:
    """Return the fields that say which program of which installation writes."""
    return {
        "service.name": f"crier-{program}",
        "service.version": version,
        "service.environment": environment,
        "event.dataset": f"crier.{program}",
    }


def _named(name: str, value: Any) -> tuple[str, Any]:
    if name in IDS and type(value) is int:
        return f"crier.{name}", value
    key, kind, written = _NAMES.get(name, ("", (), str))
    if kind and isinstance(value, kind) and not isinstance(value, bool):
        return key, written(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return f"labels.{name.replace('.', '_')}", text
