"""A server that takes whatever is posted to it: where Sentry or a collector would be."""

import gzip
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

KEY = "0123456789abcdef0123456789abcdef"


class Span(NamedTuple):
    """A span as a collector sees it; `parent` is empty where it is the first of its trace."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]


class Receiver:
    """What arrived, by path, uncompressed; appended to by the threads that answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrived: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def dsn(self, project: int) -> str:
        """The DSN of a project of Sentry's that would be here."""
        return f"http://{KEY}@127.0.0.1:{self.port}/{project}"

    def bodies(self, path: str) -> list[bytes]:
        """What was posted to a path."""
        return [body for to, body in [*self.arrived] if to == path]

    def events(self, project: int) -> list[dict[str, Any]]:
        """The errors that Sentry would have of a project."""
        envelopes = self.bodies(f"/api/{project}/envelope/")
        return [event for envelope in envelopes for event in _events(envelope)]

    def spans(self) -> list[Span]:
        """The spans that a collector would have, exported by OTLP."""
        return [span for body in self.bodies("/v1/traces") for span in _spans(body)]


def _spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _values(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                failed = span.status.code == Status.STATUS_CODE_ERROR
                yield Span(service, span.name, *ids, failed, _values(span.attributes))


def _values(attributes: Iterable[Any]) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def _events(envelope: bytes) -> Iterator[dict[str, Any]]:
    """Events of an envelope: a header's line, then items, each a header's line and its payload."""
    _, _, rest = envelope.partition(b"\n")
    while rest.strip():
        header, _, rest = rest.partition(b"\n")
        item = json.loads(header)
        length = item.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        if item["type"] == "event":
            yield json.loads(payload)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Take what is posted until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            made.arrived.append((self.path.partition("?")[0], body))
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
