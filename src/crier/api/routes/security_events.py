"""Security events, to look at."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import paging
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.security_events import SecurityEventAnswer, SecurityEvents, SecurityQuery
from crier.services.people import security_events
from crier.storage.models.people import AuditEntry

blueprint = APIBlueprint("security_events", __name__, abp_tags=[Tag(name="Users")])


@blueprint.get("/api/security/events", responses={200: SecurityEvents})
@allow("account")
def list_security_events(query: SecurityQuery) -> Reply:
    """List what may tell that an account is in other hands, newest first.

    Failed sign-ins, sign-ins from new devices, API keys used from new networks, changes of roles,
    passwords and keys, and exports: of one's own account, of all accounts for admins and viewers.
    """
    found = security_events.find(
        caller(),
        kind=query.kind,
        person=query.person,
        since=query.since,
        until=query.until,
        mine=query.mine,
    )
    rows, cursor = paging.page(found, query, AuditEntry.id)
    return SecurityEvents(items=[SecurityEventAnswer.of(row) for row in rows], next_cursor=cursor)
