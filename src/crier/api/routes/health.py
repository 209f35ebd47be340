"""Is the process up, is it ready, and its figures for Prometheus. Not limited, not signed in."""

import flask
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ConfigDict

from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.problems import problem
from crier.api.http.web import Reply
from crier.api.schemas.base import Answer
from crier.observability import metrics
from crier.services.system import readiness

blueprint = APIBlueprint("health", __name__, abp_tags=[Tag(name="Health")])


class Health(Answer):
    """The process answers."""

    model_config = ConfigDict(title="Health")

    status: str


@blueprint.get("/healthz", responses={200: Health})
@allow(counted=False)
def healthz() -> Reply:
    """Answer that the process is up."""
    return Health(status="up")


@blueprint.get("/readyz", responses={200: Health, 503: None})
@allow(counted=False)
def readyz() -> Reply:
    """Answer 200 where the database is there and of this release; else 503 names what is not."""
    reason = readiness.problem(deps().engine)
    if reason is not None:
        return problem(503, reason, headers=[("Retry-After", "5")])
    return Health(status="ready")


@blueprint.get("/metrics", responses={200: {"content": {"text/plain": {}}}, 401: None})
@allow(counted=False)
def prometheus() -> Reply:
    """Show figures of the API and of the whole platform for Prometheus; workers show their own.

    Where `CRIER_METRICS_TOKEN` is set it is asked for as a Bearer token.
    """
    header = flask.request.headers.get("Authorization", "")
    if not metrics.may_read(header, deps().settings.metrics_token):
        challenge = ("WWW-Authenticate", 'Bearer realm="metrics"')
        return problem(401, "the figures ask for CRIER_METRICS_TOKEN", headers=[challenge])
    return flask.Response(metrics.render(deps().registry), content_type=metrics.CONTENT_TYPE)
