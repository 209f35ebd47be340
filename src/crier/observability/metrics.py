"""Figures for Prometheus, of one process or of all processes of a machine.

Where `PROMETHEUS_MULTIPROC_DIR` names a folder when a process starts, its figures lie in files
there, and whichever process renders gives the sum of all. Labels never hold a chat, a token or a
free text: a label's values are a closed set (a route's pattern, a method, a status).
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

http_requests: Final = Counter(
    "crier_http_requests", "HTTP requests answered", ["method", "route", "status"]
)
http_seconds: Final = Histogram(
    "crier_http_request_seconds", "Time to answer", ["route"], buckets=_BUCKETS
)
http_in_flight: Final = Gauge(
    "crier_http_in_flight", "Requests being answered", multiprocess_mode="livesum"
)
log_lines: Final = Counter("crier_log_lines", "Log lines written", ["level"])
log_rows_dropped: Final = Counter(
    "crier_log_rows_dropped", "Warnings that could not be kept in the database"
)


def render() -> bytes:
    """Everything in Prometheus' text format."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    _forget_the_dead(Path(os.environ[FOLDER_VARIABLE]))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """Drop the live gauges of processes that are gone; their counters stay."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            file.unlink(missing_ok=True)
