"""Views of the console's lists that belong to one's account."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.saved_views import SavedViewAnswer, SavedViewBody, SavedViewsAnswer
from crier.services.people import saved_views

blueprint = APIBlueprint("saved_views", __name__, abp_tags=[Tag(name="Saved views")])


@blueprint.get("/api/auth/views", responses={200: SavedViewsAnswer})
@allow("account")
def list_views() -> Reply:
    """List the views of lists that you have saved."""
    return _answer()


@blueprint.put("/api/auth/views", responses={200: SavedViewsAnswer, 409: None})
@allow("account")
def save_view(body: SavedViewBody) -> Reply:
    """Save a view of a list under a name, or forget it."""
    if body.search is None:
        saved_views.forget(db.session(), caller(), body.page, body.name)
    else:
        saved_views.save(db.session(), caller(), body.page, body.name, body.search)
    return _answer()


def _answer() -> SavedViewsAnswer:
    found = saved_views.of(db.session(), caller().user_id)
    return SavedViewsAnswer(items=[SavedViewAnswer.model_validate(view) for view in found])
