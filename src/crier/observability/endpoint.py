"""A worker's `/metrics`, on an address of its own: a server in a thread, off unless it is set."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry

from crier.observability import metrics

log = logging.getLogger(__name__)
_ANSWER_S = 10


class _Handler(WSGIRequestHandler):
    timeout = _ANSWER_S  # nobody holds the one thread

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a scrape is no event."""


def address(bind: tuple[str, int]) -> tuple[str, int]:
    """Return where this process listens: `worker-2` of `crier up` one port above `worker-1`."""
    host, port = bind
    number = os.environ.get("SUPERVISOR_PROCESS_NAME", "").rpartition("-")[2]
    return host, port + (int(number) - 1 if number.isdigit() else 0)


def serve(
    bind: tuple[str, int], token: str | None, registry: CollectorRegistry
) -> Callable[[], None]:
    """Serve the figures until the function that is returned is called.

    Where the address cannot be had it says so in the log, and the worker works without.
    """
    host, port = address(bind)
    try:
        server = make_server(
            host, port, _application(token, registry), _server(host), handler_class=_Handler
        )
    except (OSError, OverflowError) as error:
        log.warning("metrics_not_served", extra={"port": port, "error": str(error)})
        return lambda: None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


def _server(host: str) -> type[WSGIServer]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return type("_Server", (WSGIServer,), {"address_family": family})


def _application(
    token: str | None, registry: CollectorRegistry
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"the figures are at /metrics\n"]
        if not metrics.may_read(environ.get("HTTP_AUTHORIZATION", ""), token):
            challenge = ("WWW-Authenticate", 'Bearer realm="metrics"')
            start("401 Unauthorized", [("Content-Type", "text/plain"), challenge])
            return [b"CRIER_METRICS_TOKEN is asked for\n"]
        start("200 OK", [("Content-Type", metrics.CONTENT_TYPE)])
        return [metrics.render(registry)]

    return answer
