"""The event stream; the bridge and the feed keep it open (docs/decisions/0049-events.md)."""

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.events import STREAM, EventsQuery
from crier.api.server.bridge import LIVE
from crier.services.system import changes
from crier.storage import engine

blueprint = APIBlueprint("events", __name__, abp_tags=[Tag(name="Events")])


@blueprint.get("/api/events", responses={200: STREAM})
@allow("me", limit="120 per minute")
def follow_changes(query: EventsQuery) -> Reply:
    """Hear what has changed of what one sees, as Server-Sent Events.

    An event names topics with ids; what they are now is asked for as always. Ten streams at a time
    for each account, else 429.
    """
    response = flask.Response(iter(()), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    if flask.request.method != "HEAD":
        good = engine.first(db.session(), changes.credentials([caller()]))
        after = flask.request.headers.get("Last-Event-ID") or query.after
        listener = deps().feed.listen(caller(), good.text if good else "", after)
        response.call_on_close(listener.close)
        flask.request.environ[LIVE] = listener
    return response
