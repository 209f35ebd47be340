"""Invitations, as an admin makes them."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.people import (
    InvitationAnswer,
    InvitationPage,
    InvitationPath,
    InvitationRequest,
    NewInvitationAnswer,
)
from crier.services.people import invitations
from crier.storage.models.people import Invitation

blueprint = APIBlueprint("invitations", __name__, abp_tags=[Tag(name="Users")])


@blueprint.post("/api/users/invitations", responses={201: NewInvitationAnswer})
@allow("accounts.edit", fresh=True)
@idempotent
def create_invitation(body: InvitationRequest) -> Reply:
    """Invite somebody by a link that makes one account. It is shown once."""
    row, token = invitations.create(db.session(), caller(), **dict(body))
    answer = InvitationAnswer.model_validate(row).model_dump()
    return NewInvitationAnswer(**answer, url=deps().settings.link("join", token), token=token), 201


@blueprint.get("/api/users/invitations", responses={200: InvitationPage})
@allow("accounts.edit")
def list_invitations(query: PageQuery) -> Reply:
    """List invitations, also those that were used, revoked or have expired."""
    rows, cursor = paging.page(invitations.everything(), query, Invitation.id)
    return InvitationPage(items=rows, next_cursor=cursor)


@blueprint.delete("/api/users/invitations/<int:invitation_id>", responses={204: None})
@allow("accounts.edit")
def revoke_invitation(path: InvitationPath) -> Reply:
    """Let an invitation make no account any more."""
    invitations.revoke(db.session(), caller(), path.invitation_id)
    return "", 204
