"""The built dashboard: hashed assets are kept forever, every other page is its index.html."""

from functools import cache
from importlib import resources
from pathlib import Path

import flask
import werkzeug.exceptions

from crier import setting_values
from crier.api.http.access import allow
from crier.api.http.deps import deps

blueprint = flask.Blueprint("site", __name__)
_FOREVER_S = 365 * 24 * 3600
_NAME_MAX_CHARS = 60  # no file of ours has a longer name; file systems refuse endless ones


@cache
def folder() -> Path:
    """Return the folder of the built dashboard. It is inside the package, also in a repository."""
    return Path(str(resources.files("crier") / "dashboard"))


@blueprint.get("/assets/<path:name>")
@allow(counted=False)
def asset(name: str) -> flask.Response:
    """Return a file whose name holds the hash of its content."""
    response = flask.send_from_directory(folder() / "assets", name, max_age=_FOREVER_S)
    response.headers["Cache-Control"] = f"public, max-age={_FOREVER_S}, immutable"
    return response


@blueprint.get("/", defaults={"name": ""})
@blueprint.get("/<page:name>")
@allow(counted=False)
def page(name: str) -> flask.Response:
    """Return a file of the dashboard, or its index.html, which finds its own way by the path."""
    is_name = name and "/" not in name and len(name) <= _NAME_MAX_CHARS
    found = is_name and (folder() / name).is_file()
    if not found and ("." in name or not (folder() / "index.html").is_file()):
        raise werkzeug.exceptions.NotFound(
            "no such page" if name else "the dashboard is not built: run `make up`"
        )
    below = setting_values.below(deps().settings.public_url)
    if found:
        response = flask.send_from_directory(folder(), name)
    else:
        response = flask.Response(_index(below), mimetype="text/html")
        response.add_etag()
        response.make_conditional(flask.request)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _index(below: str) -> str:
    """Return index.html; the paths in it are below that of `CRIER_PUBLIC_URL`."""
    text = (folder() / "index.html").read_text(encoding="utf-8")
    return text.replace('="/', f'="{below}/')
