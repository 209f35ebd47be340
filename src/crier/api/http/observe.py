"""Every request in the logs and in the figures: route, status, time, caller; never a secret."""

import logging
import time
from http import HTTPStatus

import flask

from crier.api.http.context import request_id
from crier.api.http.deps import deps
from crier.observability import context, ecs, metrics, tracing
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
    method, route = _named()
    flask.g.span = tracing.begin(
        f"{method} {route}",
        "server",
        {"http.request.method": method, "http.route": route, "crier.request_id": request_id()},
    )
    metrics.http_in_flight.inc()


def finish(response: flask.Response) -> flask.Response:
    """Count the answer; a slow one, a fault or a refusal is worth more than a debug line."""
    method, route = _named()
    caller = flask.g.get("caller")
    user_id = caller.user_id if caller else None
    fields = {"user_id": user_id, "address": flask.request.remote_addr}
    flask.g.status = response.status_code
    if flask.g.span is not None:
        flask.g.span.set({"http.response.status_code": flask.g.status, "user.id": user_id})
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
        status = flask.g.get("status", 500)
        tracing.end(flask.g.span, str(status) if status >= 500 else None)
    context.clear()


def _named() -> tuple[str, str]:
    """Return method and pattern of the route: a path and a wrong method may hold anything."""
    rule = flask.request.url_rule
    return (_NO_ROUTE, _NO_ROUTE) if rule is None else (flask.request.method, rule.rule)
