"""The OpenAPI document and its human form: Swagger UI from the package's own files, no CDN."""

import threading
from importlib import resources
from typing import Final, cast

import flask
import msgspec
import werkzeug.exceptions

from crier import setting_values
from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.headers import DOCS_POLICY, REVALIDATE
from crier.api.http.openapi import document as openapi_document
from crier.api.http.web import App

NAME: Final = "crier_openapi"
_LOCK = threading.Lock()
blueprint = flask.Blueprint("docs", __name__)
_ASSETS: Final = {
    "swagger-ui.css": ("css", "text/css"),
    "swagger-ui-bundle.js": ("js", "text/javascript"),
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Crier API</title>
<link rel="icon" href="../favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  requestInterceptor: (request) => {
    const found = document.cookie.match(/(?:^|; )(?:__(?:Host|Secure)-)?crier_csrf=([^;]+)/);
    if (found) request.headers["X-CSRF-TOKEN"] = found[1];
    return request;
  },
});
"""


@blueprint.get("/api/openapi.json")
@allow(counted=False)
def openapi() -> flask.Response:
    """Return the OpenAPI document."""
    response = flask.Response(_encoded(), mimetype="application/json")
    response.headers["Cache-Control"] = REVALIDATE
    response.add_etag()
    response.make_conditional(flask.request)
    return response


def _encoded() -> bytes:
    """Return the document, made at the first request; the lock lets one thread make it."""
    app = cast("App", flask.current_app)
    with _LOCK:
        if NAME not in app.extensions:
            made = openapi_document(app)
            if below := setting_values.below(deps().settings.public_url):
                made["servers"] = [{"url": below}]
            app.extensions[NAME] = msgspec.json.encode(made)
        return cast("bytes", app.extensions[NAME])


@blueprint.get("/api/docs")
@allow(counted=False)
def page() -> flask.Response:
    """Return the page."""
    response = flask.Response(_PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/api/docs/<name>")
@allow(counted=False)
def asset(name: str) -> flask.Response:
    """Return what the page loads."""
    if name == "start.js":
        response = flask.Response(_START, mimetype="text/javascript")
    elif name in _ASSETS:
        kind, mimetype = _ASSETS[name]
        root = resources.files("flask_openapi3_swagger") / "templates" / "swagger"
        response = flask.Response((root / kind / name).read_bytes(), mimetype=mimetype)
    else:
        raise werkzeug.exceptions.NotFound
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
