"""Figures of this process for Prometheus (docs/decisions/0032-metrics.md).

Each process shows its own: the API at `/metrics`, a worker at `CRIER_METRICS_BIND`. Labels never
hold a chat, a token or a free text: a label's values are a closed set (a route's pattern, a method,
a status), or ids of which the collector shows a bounded number.
"""

import hmac
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# A series beside each counter says when it began, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

http_requests: Final = Counter(
    "crier_http_requests", "HTTP requests answered", ["method", "route", "status"]
)
http_in_flight: Final = Gauge("crier_http_in_flight", "Requests being answered")
log_lines: Final = Counter("crier_log_lines", "Log lines written", ["level"])
log_lines_dropped: Final = Counter(
    "crier_log_lines_dropped", "Log lines left out of a flood of the same event", ["level"]
)
log_rows_dropped: Final = Counter(
    "crier_log_rows_dropped", "Warnings that could not be kept in the database"
)
loop_lag: Final = Gauge(
    "crier_event_loop_lag_seconds", "How late the event loop came back from its last second"
)
build_info: Final = Gauge("crier_build_info", "1; what this process is", ["program", "version"])


def render(*registries: CollectorRegistry) -> bytes:
    """Return the figures of this process, and of `registries`, in Prometheus' text format."""
    return b"".join(generate_latest(registry) for registry in (REGISTRY, *registries))


def may_read(authorization: str, token: str | None) -> bool:
    """Return True if a request with this header may see the figures."""
    if token is None:
        return True
    kind, _, given = authorization.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
