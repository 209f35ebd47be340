"""Log lines in Elastic Common Schema, and what `deploy/elk` makes of them.

Elasticsearch, Logstash and Kibana do not run here: types are checked against the published schema,
the pipeline by a stand-in (`tests/support/logstash.py`), documents by the rules of the template.
"""

import csv
import io
import ipaddress
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from crier.observability import context, ecs
from crier.observability.flood import MOST, WINDOW_S, Flood
from crier.observability.logs import Lines
from tests.support import logstash

ELK = Path(__file__).parents[2] / "deploy" / "elk"
TABLE = [line for line in (ELK / "ecs-fields.csv").read_text().splitlines() if line[0] != "#"]
SCHEMA = {row["field"]: row["type"] for row in csv.DictReader(TABLE)}
TEMPLATE = json.loads((ELK / "index-template.json").read_text())
PIPELINE = logstash.Reader((ELK / "pipeline.conf").read_text()).pipeline()
OBJECTS = [json.loads(line) for line in (ELK / "kibana.ndjson").read_text().splitlines()]
SERVICE = ecs.service_of("api", version="0.1.0", environment="test")
FIELDS: dict[str, dict[str, Any]] = {
    "request": {
        "method": "GET",
        "route": "/api/bots/<int:bot_id>",
        "status": 503,
        "duration_ms": 12.5,
        "address": "192.0.2.7",
        "user_id": None,
    },
    "bot_status": {"bot_id": 7, "status": "error", "error": "Unauthorized"},
    "worker_stops": {"jobs": 3, "part": "ledger", "deep": {"a": [1, 2]}, "flag": True},
    "launch_missed": {"broadcast_id": 9, "ad_id": 2, "reason": "cancelled", "bot_id": "none"},
    "odd.names": {"error": ValueError("it"), "a.b": 1, "duration_ms": "long"},
}


def lines() -> list[dict[str, Any]]:
    """Return the documents that a logger writes of each event, bound and unbound, one a crash."""
    stream = io.StringIO()
    handler = Lines(stream, as_json=True, service=SERVICE)
    log = logging.Logger("crier.test")
    log.addHandler(handler)
    for event, fields in FIELDS.items():
        log.warning(event, extra=fields)
        with context.bound(request_id="r-1", job_id=4, trace_id="4bf92f3577b34da6", user_id=5):
            log.warning(event, extra=fields)
    try:
        raise KeyError("x")
    except KeyError:
        log.exception("request_failed")
    return [json.loads(line) for line in stream.getvalue().splitlines()]


LINES = lines()


def is_of(kind: str, value: Any) -> bool:
    """Return whether Elasticsearch takes the value into a field of the type."""
    if kind in ("keyword", "constant_keyword", "match_only_text", "wildcard"):
        return isinstance(value, str)
    if kind == "date":
        return datetime.fromisoformat(value).tzinfo is not None
    if kind == "ip":
        return bool(ipaddress.ip_address(value))
    assert kind == "long", kind
    return type(value) is int and -(2**63) <= value < 2**63


def test_lines_are_ecs() -> None:
    assert len(LINES) == 2 * len(FIELDS) + 1
    for line in LINES:
        assert list(line)[:4] == ["@timestamp", "log.level", "message", "ecs.version"]
        for name, value in line.items():
            if name.startswith("labels."):
                assert isinstance(value, str), name
            elif name.startswith("crier."):
                assert type(value) is int, name
            else:
                assert is_of(SCHEMA[name], value), (name, value)


def test_what_is_bound_has_its_name_in_the_schema() -> None:
    bound = LINES[1]
    assert bound["http.request.id"] == "r-1"
    assert bound["trace.id"] == "4bf92f3577b34da6"
    assert bound["crier.job_id"] == 4
    assert bound["http.response.status_code"] == 503
    assert bound["event.duration"] == 12_500_000
    assert bound["labels.route"] == "/api/bots/<int:bot_id>"
    assert LINES[-1]["error.type"] == "KeyError"
    assert "Traceback" in LINES[-1]["error.stack_trace"]


def test_the_version_is_that_of_the_schema() -> None:
    versions = {row["ecs_version"] for row in csv.DictReader(TABLE)}
    assert versions == {ecs.VERSION}


def kind_of(name: str) -> str | None:
    """Return the type that the template gives a field; None where it would not be indexed."""
    for rule in TEMPLATE["template"]["mappings"]["dynamic_templates"]:
        for one in rule.values():
            if name.startswith(one["path_match"].removesuffix("*")):
                return str(one["mapping"]["type"])
    at = {"properties": TEMPLATE["template"]["mappings"]["properties"]}
    for part in name.split("."):
        at = at.get("properties", {}).get(part, {})
    kind: str | None = at.get("type")
    return kind


@pytest.mark.parametrize("name", SCHEMA)
def test_the_template_has_the_types_of_the_schema(name: str) -> None:
    assert kind_of(name) == SCHEMA[name]


def piped(text: str) -> dict[str, Any]:
    """Return what Logstash would hand on of a line that Filebeat read."""
    event = {
        "@timestamp": "2026-11-27T00:00:00.000Z",
        "message": text,
        "event": {"original": text},
        "log": {"file": {"path": "/srv/crier/var/log/api.log"}},
        "host": {"name": "main"},
    }
    left = logstash.filtered(PIPELINE["filter"], event)
    return {name: value for name, value in left.items() if not name.startswith("[@metadata]")}


def flat(document: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= (
            flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
        )
    return found


def test_a_bulk_request_of_our_lines_is_taken_by_the_template() -> None:
    bulk = "".join(f'{{"create": {{}}}}\n{json.dumps(piped(json.dumps(one)))}\n' for one in LINES)
    documents = [json.loads(line) for line in bulk.splitlines()[1::2]]
    assert len(documents) == len(LINES)
    for document, line in zip(documents, LINES, strict=True):
        fields = flat(document)
        assert line.items() <= fields.items()
        for name, value in fields.items():
            kind = kind_of(name)
            assert kind is not None, name
            assert is_of(kind, value), (name, value)


def test_a_line_that_is_no_json_is_kept_as_text() -> None:
    document = piped("Traceback (most recent call last):")
    assert document["message"] == "Traceback (most recent call last):"
    assert document["tags"] == ["crier_no_json"]
    assert all(kind_of(name) for name in flat(document))


def test_documents_go_where_the_template_and_kibana_look() -> None:
    (sink,) = PIPELINE["output"]
    names = ("type", "dataset", "namespace")
    stream = "-".join(sink.settings[f"data_stream_{name}"] for name in names)
    assert stream == "logs-crier-default"
    assert TEMPLATE["index_patterns"] == ["logs-crier-*"]
    assert OBJECTS[0]["attributes"]["title"] == "logs-crier-*"
    assert TEMPLATE["template"]["settings"]["index"]["lifecycle"]["name"] == "crier-logs"
    assert "delete" in json.loads((ELK / "ilm-policy.json").read_text())["policy"]["phases"]


def test_kibanas_objects_name_objects_and_fields_that_are_there() -> None:
    there = {(one["type"], one["id"]) for one in OBJECTS}
    for one in OBJECTS:
        assert {(to["type"], to["id"]) for to in one["references"]} <= there
        assert all(kind_of(name) for name in one["attributes"].get("columns", []))
    board = OBJECTS[-1]
    panels = {panel["panelRefName"] for panel in json.loads(board["attributes"]["panelsJSON"])}
    assert {to["name"].partition(":")[2] for to in board["references"]} == panels


def test_a_flood_of_one_event_is_cut_and_counted() -> None:
    clock = [0.0]
    stream = io.StringIO()
    flood = Flood(lambda: clock[0])
    handler = Lines(stream, as_json=True, service=SERVICE)
    handler.addFilter(flood)
    log = logging.Logger("crier.test")
    root = logging.getLogger()
    log.addHandler(handler)
    root.addHandler(handler)
    before = _dropped()
    for _ in range(MOST + 30):
        log.warning("flood")
    log.warning("another")
    log.error("flood")
    for error in (KeyError(), ValueError()):
        log.warning("flood", exc_info=error)
    clock[0] = WINDOW_S + 1
    log.warning("flood")
    root.removeHandler(handler)
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    events = [line["event.action"] for line in written]
    assert events == [
        *["flood"] * MOST,
        *("another", "flood", "flood", "flood", "log_lines_dropped", "flood"),
    ]
    assert written[-2]["labels.count"] == "30"
    assert json.loads(written[-2]["labels.events"]) == {"flood": 30}
    assert _dropped() - before == 30


def _dropped() -> float:
    return REGISTRY.get_sample_value("crier_log_lines_dropped_total", {"level": "warning"}) or 0.0
