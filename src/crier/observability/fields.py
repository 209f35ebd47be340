"""What a log record carries besides its event."""

import logging
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
