"""Headers of every answer: security, caching, and no word about what serves it.

CORS stays closed: no `Access-Control-Allow-*` is ever sent, so other sites' scripts cannot read
answers. The dashboard works under the policy below: nothing inline, nothing from outside; it may
report its errors to where `CRIER_SENTRY_BROWSER_DSN` says.
"""

from typing import Final
from urllib.parse import urlsplit

import flask

from crier.api.http.deps import deps
from crier.settings import Settings

_POLICY: Final = (
    "default-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
DOCS_POLICY: Final = _POLICY.replace("img-src 'self'", "img-src 'self' data:")
_ALWAYS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000; includeSubDomains"
REVALIDATE: Final = "private, no-cache"


def harden(response: flask.Response) -> flask.Response:
    """Add what is missing; a view may have set its own."""
    for name, value in always(deps().settings).items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        _keep_private(response)
    if response.status_code in (204, 304):
        response.headers.pop("Content-Type", None)
    return response


def always(settings: Settings) -> dict[str, str]:
    """Return what every answer has that does not set its own."""
    headers = {**_ALWAYS}
    if (settings.public_url or "").startswith("https://"):
        headers["Strict-Transport-Security"] = _HSTS
    if settings.sentry_browser_dsn:
        where = urlsplit(settings.sentry_browser_dsn)
        host = where.netloc.rpartition("@")[2]
        headers["Content-Security-Policy"] += f"; connect-src 'self' {where.scheme}://{host}"
    return headers


def _keep_private(response: flask.Response) -> None:
    """Let nobody keep what is private; a program that does may ask by its ETag what changed."""
    request = flask.request
    response.headers["Cache-Control"] = "no-store"
    read = request.method in ("GET", "HEAD") and response.status_code == 200
    if read and response.is_json and request.path.startswith("/api/") and not response.is_streamed:
        response.headers["Vary"] = "Authorization, Cookie"
        response.add_etag()
        response.make_conditional(request)
