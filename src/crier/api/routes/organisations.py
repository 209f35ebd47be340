"""Organisations, their members, and in which one a sign-in acts."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.organisations import (
    Acceptance,
    MemberAnswer,
    MemberChange,
    MemberInvitation,
    MemberInvitationPath,
    MemberPage,
    MemberPath,
    NewMember,
    NewOrganisation,
    OrganisationAnswer,
    OrganisationChoice,
    OrganisationName,
    OrganisationPage,
    OrganisationPath,
    QuotasAnswer,
    QuotasPatch,
)
from crier.api.schemas.people import InvitationAnswer, InvitationPage, NewInvitationAnswer
from crier.services import quotas
from crier.services.people import invitations, sessions, team_deletion, teams
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import Invitation

blueprint = APIBlueprint("organisations", __name__, abp_tags=[Tag(name="Organisations")])
ONE = "/api/organisations/<int:organisation_id>"


@blueprint.put("/api/auth/organisation", responses={204: None, 404: None})
@allow("account", unsettled=True)
def act_in(body: OrganisationChoice) -> Reply:
    """Let this sign-in act in another organisation of yours, until you choose again."""
    sessions.act_in(db.session(), caller(), body.organisation_id)
    return "", 204


@blueprint.get("/api/organisations", responses={200: OrganisationPage})
@allow("account")
def list_organisations(query: PageQuery) -> Reply:
    """List your organisations; an admin sees all teams."""
    rows, cursor = paging.page(teams.search(caller()), query, Organisation.id)
    return OrganisationPage(items=rows, next_cursor=cursor)


@blueprint.post("/api/organisations", responses={201: OrganisationAnswer})
@allow("accounts.edit", fresh=True)
@idempotent
def create_organisation(body: NewOrganisation) -> Reply:
    """Make a team, with its first owner."""
    row = teams.create(db.session(), caller(), body.name, body.owner_id)
    return OrganisationAnswer.model_validate(row), 201


@blueprint.get(ONE, responses={200: OrganisationAnswer})
@allow("account")
def get_organisation(path: OrganisationPath) -> Reply:
    """Show an organisation of yours."""
    row = teams.get(db.session(), caller(), path.organisation_id)
    return OrganisationAnswer.model_validate(row)


@blueprint.patch(ONE, responses={200: OrganisationAnswer})
@allow("members.edit", fresh=True)
def rename_organisation(path: OrganisationPath, body: OrganisationName) -> Reply:
    """Name the team that you act in.

    An admin may name any, and makes a team of what is one account's alone by naming it: its bots
    and ads stay, and its account is the first owner.
    """
    row = teams.rename(db.session(), caller(), path.organisation_id, body.name)
    return OrganisationAnswer.model_validate(row)


@blueprint.delete(ONE, responses={204: None})
@allow("members.edit", fresh=True)
def delete_organisation(path: OrganisationPath) -> Reply:
    """Delete a team: what it runs stops, its members act for themselves again, and their API keys
    for it are revoked.

    Its bots are deleted with what they keep of their chats, and its ads that were never launched
    (`GET /api/organisations/{organisation_id}/deletion` says how much). Launched ads and all
    figures stay, for admins and viewers. A team that grew out of an account is that account's alone
    again, with them.
    """
    team_deletion.delete(db.session(), caller(), path.organisation_id)
    return "", 204


@blueprint.get(f"{ONE}/members", responses={200: MemberPage})
@allow("account")
def list_members(path: OrganisationPath, query: PageQuery) -> Reply:
    """List the members of an organisation of yours."""
    found = teams.members(db.session(), caller(), path.organisation_id)
    rows, cursor = paging.page(found, query, Membership.user_id, scalars=False)
    return MemberPage(items=[MemberAnswer.model_validate(row) for row in rows], next_cursor=cursor)


@blueprint.post(f"{ONE}/members", responses={204: None})
@allow("accounts.edit", fresh=True)
def add_member(path: OrganisationPath, body: NewMember) -> Reply:
    """Make an account a member of a team; owners invite instead."""
    teams.add(db.session(), caller(), path.organisation_id, body.user_id, body.role)
    return "", 204


@blueprint.patch(f"{ONE}/members/<int:user_id>", responses={204: None})
@allow("members.edit", fresh=True)
def change_member(path: MemberPath, body: MemberChange) -> Reply:
    """Change what a member of your team is, from the next request on, and what the team withholds
    of that. API keys that are more than the role are revoked."""
    teams.change(db.session(), caller(), path.organisation_id, path.user_id, **dict(body))
    return "", 204


@blueprint.delete(f"{ONE}/members/<int:user_id>", responses={204: None})
@allow("members.edit", fresh=True)
def remove_member(path: MemberPath) -> Reply:
    """Remove a member of your team, whose API keys for it are revoked. What the member has launched
    goes on."""
    teams.remove(db.session(), caller(), path.organisation_id, path.user_id)
    return "", 204


@blueprint.delete(f"{ONE}/membership", responses={204: None})
@allow("account", fresh=True)
def leave_organisation(path: OrganisationPath) -> Reply:
    """Leave a team; its last active owner cannot."""
    teams.leave(db.session(), caller(), path.organisation_id)
    return "", 204


@blueprint.post(f"{ONE}/invitations", responses={201: NewInvitationAnswer})
@allow("members.edit", fresh=True)
@idempotent
def invite_member(path: OrganisationPath, body: MemberInvitation) -> Reply:
    """Invite somebody into your team by a link, shown once: whoever opens it makes an account, or
    joins with the one that is signed in."""
    teams.managed(db.session(), caller(), path.organisation_id)
    row, token = invitations.create(
        db.session(),
        caller(),
        expires_at=body.expires_at,
        organisation_id=path.organisation_id,
        member_role=body.role,
    )
    answer = InvitationAnswer.model_validate(row).model_dump()
    return NewInvitationAnswer(**answer, url=deps().settings.link("join", token), token=token), 201


@blueprint.get(f"{ONE}/invitations", responses={200: InvitationPage})
@allow("members.edit")
def list_member_invitations(path: OrganisationPath, query: PageQuery) -> Reply:
    """List the invitations into your team, also those that were used, revoked or have expired."""
    teams.managed(db.session(), caller(), path.organisation_id)
    found = invitations.everything(path.organisation_id)
    rows, cursor = paging.page(found, query, Invitation.id)
    return InvitationPage(items=rows, next_cursor=cursor)


@blueprint.delete(f"{ONE}/invitations/<int:invitation_id>", responses={204: None})
@allow("members.edit")
def revoke_member_invitation(path: MemberInvitationPath) -> Reply:
    """Let an invitation into your team make no member any more."""
    teams.managed(db.session(), caller(), path.organisation_id)
    invitations.revoke(db.session(), caller(), path.invitation_id, path.organisation_id)
    return "", 204


@blueprint.get(f"{ONE}/quotas", responses={200: QuotasAnswer})
@allow("account")
def show_quotas(path: OrganisationPath) -> Reply:
    """Show how much an organisation of yours may have of each kind, and has; an admin sees any."""
    return QuotasAnswer.model_validate(quotas.show(db.session(), caller(), path.organisation_id))


@blueprint.patch(f"{ONE}/quotas", responses={200: QuotasAnswer})
@allow("accounts.edit", fresh=True)
def change_quotas(path: OrganisationPath, body: QuotasPatch) -> Reply:
    """Set how much an organisation may have. What it has beyond that stays."""
    given = body.model_dump(exclude_unset=True)
    quotas.change(db.session(), caller(), path.organisation_id, given)
    return QuotasAnswer.model_validate(quotas.show(db.session(), caller(), path.organisation_id))


@blueprint.post("/api/organisations/join", responses={200: OrganisationAnswer, 403: None})
@allow("account", limit="20 per hour")
def join_organisation(body: Acceptance) -> Reply:
    """Join the team that an invitation is for, with the account that is signed in."""
    joined = invitations.accept(db.session(), caller(), body.invitation)
    return OrganisationAnswer.model_validate(teams.get(db.session(), caller(), joined))
