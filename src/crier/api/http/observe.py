"""Every request in the logs and in the figures: route, status, time, caller; never a secret."""

import logging
import time
from http import HTTPStatus

import flask

from crier.api.http.context import request_id
from crier.api.http.deps import deps
from crier.observability import context, ecs, metrics
from crier.observability.samples import Samples

log = logging.getLogger(__name__)
_QUIET_S = 1.0
_NO_ROUTE = "none"


def begin() -> None:
    """Bind the request's id and those of its path to its log lines, and start its clock."""
    context.clear()
    named = flask.request.view_args or {}
    ids = {name: named[name] for name in ecs.IDS if name in named}
    context.bind(request_id=request_id(), **ids)
    flask.g.started = time.perf_counter()
    metrics.http_in_flight.inc()


def finish(response: flask.Response) -> flask.Response:
    """Count the answer; a slow one, a fault or a refusal is worth more than a debug line."""
    rule = flask.request.url_rule
    route = rule.rule if rule is not None else _NO_ROUTE
    method = flask.request.method if rule is not None else _NO_ROUTE
    caller = flask.g.get("caller")
    fields = {
        "user_id": caller.user_id if caller else None,
        "address": flask.request.remote_addr,
    }
    count(deps().samples, method, route, response.status_code, flask.g.started, **fields)
    return response


def count(
    samples: Samples, method: str, route: str, status: int, started: float, **fields: object
) -> None:
    """Count one answer, begun at `started` (`time.perf_counter`)."""
    seconds = time.perf_counter() - started
    metrics.http_requests.labels(method, route, str(status)).inc()
    samples.count("api", f"{method} {route}", seconds, error=status >= 500, throttled=status == 429)
    loud = seconds >= _QUIET_S or status >= 500 or status == HTTPStatus.FORBIDDEN
    level = logging.INFO if loud else logging.DEBUG
    if log.isEnabledFor(level):
        fields |= {"method": method, "route": route, "status": status}
        log.log(level, "request", extra={**fields, "duration_ms": round(seconds * 1000, 1)})


def end(_: BaseException | None = None) -> None:
    """Note that the request is over, however it went."""
    if "started" in flask.g:
        metrics.http_in_flight.dec()
    context.clear()
