"""Errors of all programs by kind."""

import logging
from typing import Final

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.error_groups import (
    RECENT_HOURS,
    DashboardError,
    ErrorChange,
    ErrorGroupAnswer,
    ErrorGroupPage,
    ErrorPath,
    ErrorQuery,
    ErrorTotals,
)
from crier.services.system import error_groups
from crier.services.system.error_groups import ErrorFilter
from crier.storage.models.error_groups import ErrorGroup

WEEK_HOURS: Final = 168
log = logging.getLogger(__name__)
blueprint = APIBlueprint("error_groups", __name__, abp_tags=[Tag(name="System")])


@blueprint.get("/api/system/errors", responses={200: ErrorGroupPage})
@allow("platform.read")
def list_errors(query: ErrorQuery) -> Reply:
    """List what fails, by kind, the last seen first: of the API, the workers and the dashboard."""
    wanted = ErrorFilter(
        program=query.program,
        state=query.state,
        q=query.q,
        since=query.since,
        until=query.until,
    )
    found = error_groups.find(wanted)
    rows, cursor = paging.page(found, query, ErrorGroup.last_seen, ErrorGroup.id)
    told = error_groups.beside(db.session(), rows, RECENT_HOURS)
    return ErrorGroupPage(
        items=[ErrorGroupAnswer.of(row, told) for row in rows],
        next_cursor=cursor,
        totals=ErrorTotals(**error_groups.totals(db.session())),
    )


@blueprint.post("/api/system/errors", responses={204: None})
@allow("account", limit="20 per minute", max_body=32 * 1024, unsettled=True)
def report_error(body: DashboardError) -> Reply:
    """Count an error that the dashboard had in this person's browser."""
    error_groups.count_of_dashboard(deps().errors, **body.model_dump())
    fields = {"path": body.path, "error": f"{body.name}: {body.message}"}
    log.warning(error_groups.DASHBOARD_EVENT, extra=fields)
    return "", 204


@blueprint.get("/api/system/errors/<int:error_id>", responses={200: ErrorGroupAnswer})
@allow("platform.read")
def get_error(path: ErrorPath) -> Reply:
    """Show one kind of error."""
    return _told(error_groups.get(db.session(), path.error_id))


@blueprint.patch("/api/system/errors/<int:error_id>", responses={200: ErrorGroupAnswer})
@allow("platform.run")
def change_error(path: ErrorPath, body: ErrorChange) -> Reply:
    """Mark a kind of error as known or resolved, or open it again."""
    return _told(error_groups.change(db.session(), caller(), path.error_id, body.state))


def _told(group: ErrorGroup) -> ErrorGroupAnswer:
    return ErrorGroupAnswer.of(group, error_groups.beside(db.session(), [group], WEEK_HOURS))
