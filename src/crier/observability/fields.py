"""What a log record carries besides its event."""

import json
import logging
import math
import traceback
from typing import Any, Final

from crier.observability import context, tracing
from crier.observability.redact import head, scrub_value

_OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Bound context, trace, `extra`, and its exception, all without secrets."""
    own = {
        name: value
        for name, value in record.__dict__.items()
        if name not in _OWN and name[0] != "_"
    }
    fields: dict[str, Any] = scrub_value({**tracing.ids(), **context.current(), **own})
    if record.exc_info and record.exc_info[0] is not None:
        fields["error_type"] = record.exc_info[0].__name__
        fields["error_trace"] = head("".join(traceback.format_exception(*record.exc_info)))
    return fields


def storable(value: Any) -> str:
    """Return JSON that PostgreSQL takes: no U+0000, no half of a character, only numbers that are
    some."""
    return json.dumps(_storable(value), default=str)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value
