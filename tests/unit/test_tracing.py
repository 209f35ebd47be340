"""What is recorded of a request or job, and what is not."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from crier.observability import otlp, tracing
from crier.observability.otlp import Recorder
from crier.storage import traced

TOKEN = "700000001:AAH-tests_only-0123456789abcdefghij"
FAR = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that a recorder of this process has exported; every request and job is taken."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_on")
    exporter = InMemorySpanExporter()
    recorder = Recorder("api", environment="test", exporter=exporter)
    monkeypatch.setattr(tracing, "_recorder", recorder)
    yield exporter
    recorder.stop()


def spans(exporter: InMemorySpanExporter) -> dict[str, Any]:
    tracing.stop()
    return {span.name: span for span in exporter.get_finished_spans()}


def test_without_a_collector_neither_tracer_nor_exporter_is_imported() -> None:
    words = "import sys, crier.api.app, crier.jobs.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert "crier.observability.tracing" in done.stdout
    loaded = set(done.stdout.split())  # the API's client of Redis loads parts for metrics
    heavy = {"opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf", "requests"}
    assert not loaded & heavy


def test_what_is_not_recorded_has_no_span_and_no_parts() -> None:
    assert tracing.begin("GET /", "server") is None
    with tracing.part("sendMessage") as span:
        assert span is None
    with traced.statement("SELECT 1") as span:
        assert span is None
    assert tracing.job_arguments() == tracing.ids() == {}
    tracing.end(None)


def test_one_in_a_hundred_is_recorded_unless_said_otherwise(
    ended: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTEL_TRACES_SAMPLER")
    recorder = Recorder("api", environment="test", exporter=ended)
    taken = sum(recorder.begin("job", "consumer", {}, None) is not None for _ in range(20_000))
    assert 100 < taken < 300  # 200, and 14 around it
    assert recorder.begin("job", "consumer", {}, FAR) is not None
    recorder.stop()


def test_a_job_goes_on_with_the_trace_of_what_asked_for_it(ended: InMemorySpanExporter) -> None:
    request = tracing.begin("POST /", "server")
    assert request is not None
    arguments = tracing.job_arguments()
    assert tracing.ids() == {"trace_id": request.trace_id, "span_id": request.span_id}
    tracing.end(request)
    assert tracing.ids() == tracing.job_arguments() == {}
    job = tracing.begin("job", "consumer", parent=arguments[tracing.ARGUMENT])
    with tracing.part("sendMessage"):
        pass
    tracing.end(job)
    found = spans(ended)
    assert found["job"].parent.span_id == found["POST /"].context.span_id
    assert found["sendMessage"].parent.span_id == found["job"].context.span_id
    assert len({span.context.trace_id for span in found.values()}) == 1


def test_attributes_hold_no_secrets_and_of_an_error_only_its_kind(
    ended: InMemorySpanExporter,
) -> None:
    request = tracing.begin("GET /", "server", {"crier.request_id": f"of {TOKEN}", "user.id": None})
    with pytest.raises(ValueError, match="secret"), tracing.part("getMe", {"path": f"/bot{TOKEN}"}):
        raise ValueError(f"a secret: {TOKEN}")
    tracing.end(request, "500")
    found = spans(ended)
    assert TOKEN.partition(":")[2] not in str([span.to_json() for span in found.values()])
    assert found["getMe"].attributes["error.type"] == "ValueError"
    assert found["GET /"].attributes["error.type"] == "500"
    assert "user.id" not in found["GET /"].attributes


def test_a_job_has_a_bounded_number_of_parts_and_none_after_its_end(
    ended: InMemorySpanExporter,
) -> None:
    job = tracing.begin("job", "consumer")
    assert job is not None
    for _ in range(otlp.MOST_PARTS + 3):
        with tracing.part("sendMessage"):
            pass
    job.end()
    with tracing.part("late") as late:
        assert late is None
    job.end("again")
    parts = [span.name for span in ended.get_finished_spans()]
    found = spans(ended)
    assert "late" not in found
    assert found["job"].attributes["crier.spans_left_out"] == 3
    assert "error.type" not in found["job"].attributes
    assert parts.count("job") <= 1


def test_a_statement_is_told_by_its_name_without_values(ended: InMemorySpanExporter) -> None:
    job = tracing.begin("job", "consumer")
    with traced.statement("-- due: what is due\nSELECT 1 WHERE %(id)s = 2"):
        pass
    with traced.statement("update bots set name = %s"):
        pass
    tracing.end(job)
    found = spans(ended)
    assert found["database due"].attributes["db.query.text"] == "SELECT 1 WHERE %(id)s = 2"
    assert "database UPDATE" in found
