"""Export and erasure of one person, and what deleting takes with it."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.bots import BotPath
from crier.api.schemas.organisations import OrganisationPath
from crier.api.schemas.people import UserPath
from crier.api.schemas.privacy import (
    AccountDeletionAnswer,
    DeletionAnswer,
    ErasureAnswer,
    ErasurePage,
    ErasurePath,
    PersonAnswer,
    PersonBody,
    TeamDeletionAnswer,
)
from crier.services.bots import bots
from crier.services.people import team_deletion
from crier.services.privacy import export, owners, requests
from crier.storage.models.privacy import PrivacyRequest

blueprint = APIBlueprint("privacy", __name__, abp_tags=[Tag(name="Privacy")])


@blueprint.get("/api/bots/<int:bot_id>/deletion", responses={200: DeletionAnswer})
@allow("bots.edit")
def preview_deletion(path: BotPath) -> Reply:
    """Show what deleting a bot would erase, and what would stay. Nothing changes."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = requests.preview_deletion(db.session(), bot.id)
    return DeletionAnswer.of(found)


@blueprint.get("/api/users/<int:user_id>/deletion", responses={200: AccountDeletionAnswer})
@allow("accounts.edit")
def preview_account_deletion(path: UserPath) -> Reply:
    """Show what deleting an account would erase, and what would stay. Nothing changes."""
    return AccountDeletionAnswer.of_owner(owners.preview_account(db.session(), path.user_id))


@blueprint.get(
    "/api/organisations/<int:organisation_id>/deletion", responses={200: TeamDeletionAnswer}
)
@allow("members.edit")
def preview_team_deletion(path: OrganisationPath) -> Reply:
    """Show what deleting a team would erase, and what would stay. Nothing changes."""
    found = team_deletion.preview(db.session(), caller(), path.organisation_id)
    return TeamDeletionAnswer.of_team(found)


@blueprint.post("/api/people/export", responses={200: PersonAnswer})
@allow("people.edit", fresh=True)
def export_person(body: PersonBody) -> Reply:
    """Show everything that your bots (an admin's: all bots) keep of one person.

    It is a POST so that the id is in no address. Where nothing is kept, all lists are empty.
    """
    return PersonAnswer.model_validate(
        export.export(db.session(), caller(), deps().vault, body.chat_id)
    )


@blueprint.post("/api/people/erase", responses={202: ErasureAnswer})
@allow("people.edit", fresh=True)
def erase_person(body: PersonBody) -> Reply:
    """Erase one person from all your bots (an admin: from all bots).

    From now on nothing is sent to them, until they /start again. Texts, ids and names are gone
    within about a minute; sums stay. Asking twice does no harm.
    """
    request = requests.erase_person(db.session(), caller(), deps().vault, body.chat_id)
    return ErasureAnswer.model_validate(request), 202


@blueprint.get("/api/erasures", responses={200: ErasurePage})
@allow("people.edit")
def list_erasures(query: PageQuery) -> Reply:
    """List erasures of people and of deleted bots, newest first."""
    rows, cursor = paging.page(requests.query(caller()), query, PrivacyRequest.id)
    return ErasurePage(items=rows, next_cursor=cursor)


@blueprint.get("/api/erasures/<int:erasure_id>", responses={200: ErasureAnswer})
@allow("people.edit")
def get_erasure(path: ErasurePath) -> Reply:
    """Show how far an erasure is."""
    return ErasureAnswer.model_validate(requests.get(db.session(), caller(), path.erasure_id))
