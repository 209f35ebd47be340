"""OpenTelemetry's SDK as Crier uses it; the only module that imports it (`tracing` says when).

The SDK reads its own variables (`OTEL_…`). What is given here is the sampler where none is named,
and bounds: `MOST_PARTS` spans of a request or job in this process, and those queued for the
collector (`OTEL_BSP_MAX_QUEUE_SIZE`), beyond which the oldest are dropped. A thread exports them.
Where the collector is away or hangs nobody waits for it, and `stop` waits for `STOP_S`.

An attribute is a number, or a text without secrets (`redact`); the message of an exception is none.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from crier.observability.redact import head
from crier.version import version

Kind = Literal["client", "consumer", "server"]
Fields = Mapping[str, str | int | float | None]
SHARE: Final = 0.01
"""Of requests and jobs that are recorded, where `OTEL_TRACES_SAMPLER` says nothing else."""
MOST_PARTS: Final = 200
STOP_S: Final = 2.0
TELL_S: Final = 60.0
"""Between two log lines that tell of lost spans."""
_TEXT_MAX_CHARS: Final = 1000
_KINDS: Final = {
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "server": SpanKind.SERVER,
}
_TRACEPARENT: Final = "traceparent"
_W3C: Final = TraceContextTextMapPropagator()
log = logging.getLogger(__name__)


class TraceSpan:
    """A span that is recorded. `root` is the request or job that it is a part of."""

    def __init__(self, tracer: Tracer, span: OtelSpan, root: "TraceSpan | None" = None) -> None:
        self._tracer, self._span = tracer, span
        self.root = root or self
        self.over = False
        self._parts, self._left_out = 0, 0
        context = span.get_span_context()
        self.trace_id, self.span_id = f"{context.trace_id:032x}", f"{context.span_id:016x}"

    @property
    def traceparent(self) -> str:
        """Name this span to a job."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, set_span_in_context(self._span))
        return carrier[_TRACEPARENT]

    def part(self, name: str, fields: Fields) -> "TraceSpan | None":
        """Begin a call of another program; None where `root` is over or has had enough."""
        root = self.root
        if root.over or root._parts >= MOST_PARTS:
            root._left_out += 1
            return None
        root._parts += 1
        begun = _begin(self._tracer, name, "client", fields, set_span_in_context(self._span))
        return TraceSpan(self._tracer, begun, root)

    def set(self, fields: Fields) -> None:
        """Add attributes; those that are None are left out."""
        self._span.set_attributes(_attributes(fields))

    def end(self, error: BaseException | str | None = None) -> None:
        """End it, once; what failed by a refusal of another program names it by a text."""
        if self.over:
            return
        self.over = True
        if error is not None:
            name = error if isinstance(error, str) else type(error).__name__
            self._span.set_attribute("error.type", head(name, _TEXT_MAX_CHARS))
            self._span.set_status(Status(StatusCode.ERROR))
        if self._left_out:
            self._span.set_attribute("crier.spans_left_out", self._left_out)
        self._span.end()


class Recorder:
    """Takes requests and jobs by chance, and has them exported."""

    def __init__(
        self, program: str, *, environment: str, exporter: SpanExporter | None = None
    ) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # `Exporter` tells it
        given = {"service.version": version(), "deployment.environment.name": environment}
        if "OTEL_SERVICE_NAME" not in os.environ:
            given["service.name"] = f"crier-{program}"
        self._provider = TracerProvider(
            resource=Resource.create(given), sampler=_sampler(), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or Exporter()))
        self._tracer = self._provider.get_tracer("crier", version())

    def begin(self, name: str, kind: Kind, fields: Fields, parent: str | None) -> TraceSpan | None:
        """Begin a span by itself, or as a part of `parent`; None where chance leaves it out."""
        above = _W3C.extract({_TRACEPARENT: parent}, Context()) if parent else Context()
        begun = _begin(self._tracer, name, kind, fields, above)
        return TraceSpan(self._tracer, begun) if begun.is_recording() else None

    def stop(self) -> None:
        """Export what is left, for `STOP_S` at most."""
        stopping = threading.Thread(target=self._provider.shutdown, daemon=True)
        stopping.start()
        stopping.join(STOP_S)


class Exporter(OTLPSpanExporter):
    """Says in the log, once in a while, how many spans did not arrive."""

    _lost, _told_at = 0, -TELL_S

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export; the only caller is the thread of the queue."""
        result = super().export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._lost += len(spans)
            if time.monotonic() - self._told_at >= TELL_S:
                log.warning("traces_not_exported", extra={"spans": self._lost})
                self._lost, self._told_at = 0, time.monotonic()
        return result


def _sampler() -> Sampler | None:
    """Return None where the SDK reads it from the environment."""
    if os.environ.get("OTEL_TRACES_SAMPLER"):
        return None
    return ParentBased(TraceIdRatioBased(float(os.environ.get("OTEL_TRACES_SAMPLER_ARG") or SHARE)))


def _begin(tracer: Tracer, name: str, kind: Kind, fields: Fields, above: Context) -> OtelSpan:
    return tracer.start_span(
        name,
        above,
        _KINDS[kind],
        _attributes(fields),
        record_exception=False,
        set_status_on_exception=False,
    )


def _attributes(fields: Fields) -> dict[str, str | int | float]:
    return {
        name: head(value, _TEXT_MAX_CHARS) if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None
    }
