"""What the dashboard has to know before anybody has signed in."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.base import Answer
from crier.version import release

blueprint = APIBlueprint("config", __name__, abp_tags=[Tag(name="Configuration")])


class ErrorReports(Answer):
    """Where a browser reports its errors to (Sentry), and as what."""

    dsn: str
    release: str
    environment: str


class Configuration(Answer):
    """What the dashboard has to know of the platform."""

    error_reports: ErrorReports | None


@blueprint.get("/api/config", responses={200: Configuration})
@allow()
def configuration() -> Reply:
    """What the dashboard has to know. Nothing in it is a secret: everybody may read it."""
    settings = deps().settings
    reports = None
    if settings.sentry_browser_dsn:
        reports = ErrorReports(
            dsn=settings.sentry_browser_dsn,
            release=release(),
            environment=settings.environment,
        )
    return Configuration(error_reports=reports)
