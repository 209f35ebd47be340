"""Tracked links."""

import flask
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from werkzeug.utils import redirect

from crier.api.access import allow
from crier.api.deps import deps
from crier.api.schemas.base import Path
from crier.api.web import Reply
from crier.domain.visitors import is_machine
from crier.services.clicks import Hit, Kind, Links, Recorder
from crier.services.errors import NotFoundError

blueprint = APIBlueprint("clicks", __name__, abp_tags=[Tag(name="Advertisements")])
_EXTENSION = "crier.clicks"


class SlugPath(Path):
    """Names delivery, recipient and link, and is signed."""

    slug: str = Field(description="From a message that Crier sent.")


@blueprint.get("/r/<slug>", responses={302: None})
@allow(counted=False)
def follow_link(path: SlugPath) -> Reply:
    """Go where the ad's link leads. People's clicks are counted, machines' are kept apart."""
    links, recorder = _parts()
    found = links.resolve(path.slug)
    if found is None:
        raise NotFoundError("no such link")
    click, url = found
    request = flask.request
    agent = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose") or request.headers.get("Purpose", "")
    kind: Kind = "machine" if is_machine(request.method, agent, purpose) else "person"
    recorder.record(Hit(click, kind, agent))
    response = flask.make_response(redirect(url, 302))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _parts() -> tuple[Links, Recorder]:
    """This process's cache and recorder, made with its first click."""
    extensions = flask.current_app.extensions
    if _EXTENSION not in extensions:
        parts = (Links(deps().engine, deps().vault.keys), Recorder(deps().engine))
        extensions.setdefault(_EXTENSION, parts)
    found: tuple[Links, Recorder] = extensions[_EXTENSION]
    return found
