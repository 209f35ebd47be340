"""The audit log, to read."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import paging
from crier.api.http.access import allow
from crier.api.http.web import Reply
from crier.api.schemas.people import AuditPage, AuditQuery
from crier.services import audit
from crier.storage.models.people import AuditEntry

blueprint = APIBlueprint("audit", __name__, abp_tags=[Tag(name="System")])


@blueprint.get("/api/audit", responses={200: AuditPage})
@allow("audit.read")
def list_audit(query: AuditQuery) -> Reply:
    """List changes and their actors, newest first."""
    found = audit.find(
        actor=query.actor, action=query.action, object_name=query.object, since=query.since
    )
    rows, cursor = paging.page(found, query, AuditEntry.id)
    return AuditPage(items=rows, next_cursor=cursor)
