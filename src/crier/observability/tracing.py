"""Traces: what one request or job did, here and in the job that it asked for, by OpenTelemetry.

Off unless a collector is named (`OTEL_EXPORTER_OTLP_ENDPOINT`): then `otlp`, which alone knows
OpenTelemetry, is not even imported. Where it is on, chance takes some requests, jobs and replies
(`begin`); what they do while they last becomes a `part` of them. All others have no span, so that
every question below ends at a variable that is None.

The span under way is a context variable: of a thread that answers requests, and of an asyncio task
with those that it starts. A request or job is `over` for all of them once it has ended.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from crier.settings import Settings

if TYPE_CHECKING:
    from crier.observability.otlp import Fields, Kind, Recorder, TraceSpan

ARGUMENT: Final = "traceparent"
"""Of a job: the span that asked for it, as W3C's Trace Context writes it."""
NO_FIELDS: Final[dict[str, str]] = {}
NOTHING: Final = nullcontext()
_current: ContextVar["TraceSpan | None"] = ContextVar("crier_span", default=None)
_recorder: "Recorder | None" = None


def start(settings: Settings, *, program: str) -> None:
    """Record traces from now on; where no collector is named, nothing."""
    global _recorder
    if not settings.traces:
        return
    # A fifth of a second and 15 MB that only those pay who use it.
    from crier.observability.otlp import Recorder

    _recorder = Recorder(program, environment=settings.environment)


def stop() -> None:
    """Export what is left, for two seconds at most, and record nothing more."""
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        recorder.stop()


def begin(
    name: str, kind: "Kind", fields: "Fields" = NO_FIELDS, *, parent: str | None = None
) -> "TraceSpan | None":
    """Begin a request or a job, which is current until it is ended by `end`.

    `parent` is the span that asked for it. Returns None where it is not recorded.
    """
    if _recorder is None:
        return None
    span = _recorder.begin(name, kind, fields, parent)
    _current.set(span)
    return span


def end(span: "TraceSpan | None", error: BaseException | str | None = None) -> None:
    """End what `begin` began, with the error that it failed by."""
    if span is not None:
        span.end(error)
        _current.set(None)


def current() -> "TraceSpan | None":
    """Return the span under way, where one is recorded."""
    span = _current.get()
    return None if span is None or span.root.over else span


def part(name: str, fields: "Fields" = NO_FIELDS) -> AbstractContextManager["TraceSpan | None"]:
    """Record a block that asks another program as a part of what is under way; gives its span."""
    above = current()
    span = above.part(name, fields) if above is not None else None
    return NOTHING if span is None else _recording(span)


def ids() -> dict[str, str]:
    """Return what log lines say of the span under way."""
    span = current()
    return NO_FIELDS if span is None else {"trace_id": span.trace_id, "span_id": span.span_id}


def job_arguments() -> dict[str, Any]:
    """Return what a job is given to be a part of what is under way."""
    span = current()
    return {} if span is None else {ARGUMENT: span.traceparent}


@contextmanager
def _recording(span: "TraceSpan") -> Iterator["TraceSpan"]:
    token = _current.set(span)
    try:
        yield span
    except BaseException as error:
        span.end(error)
        raise
    else:
        span.end()
    finally:
        _current.reset(token)
