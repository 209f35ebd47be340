"""Accounts, as an admin sees them."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.people import (
    KeyPage,
    UserAnswer,
    UserChange,
    UserKeyPath,
    UserPage,
    UserPath,
)
from crier.services.people import accounts, api_keys
from crier.storage.models.people import ApiKey, User

blueprint = APIBlueprint("users", __name__, abp_tags=[Tag(name="Users")])


@blueprint.get("/api/users", responses={200: UserPage})
@allow("A")
def list_users(query: PageQuery) -> Reply:
    """List all accounts, newest first."""
    rows, cursor = paging.page(accounts.everybody(), query, User.id)
    return UserPage(items=rows, next_cursor=cursor)


@blueprint.patch("/api/users/<int:user_id>", responses={200: UserAnswer})
@allow("A", keys=False)
def change_user(path: UserPath, body: UserChange) -> Reply:
    """Change a role, or switch an account off or on. Its access tokens are void at once.

    An account that is switched off has its bots and their forwarding stopped, its schedules
    cancelled, its broadcasts paused and its API keys revoked; so has one whose new role runs no
    bots. Switching it on again starts nothing.
    """
    user = accounts.update(
        db.session(), caller(), path.user_id, role=body.role, is_active=body.is_active
    )
    return UserAnswer.model_validate(user)


@blueprint.get("/api/users/<int:user_id>/keys", responses={200: KeyPage})
@allow("A", keys=False)
def list_user_keys(path: UserPath, query: PageQuery) -> Reply:
    """List the API keys of an account, the revoked ones too."""
    rows, cursor = paging.page(api_keys.of(db.session(), path.user_id), query, ApiKey.id)
    return KeyPage(items=rows, next_cursor=cursor)


@blueprint.delete("/api/users/<int:user_id>/keys/<int:key_id>", responses={204: None})
@allow("A", keys=False)
def revoke_user_key(path: UserKeyPath) -> Reply:
    """Revoke an API key of an account; it is void at once."""
    api_keys.revoke(db.session(), caller(), path.user_id, path.key_id)
    return "", 204
