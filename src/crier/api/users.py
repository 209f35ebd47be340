"""Accounts, as an admin sees them."""

import sqlalchemy as sa
from flask_openapi3 import APIBlueprint, Tag

from crier.api import db, paging
from crier.api.access import allow, caller
from crier.api.schemas.base import PageQuery
from crier.api.schemas.people import UserAnswer, UserChange, UserPage, UserPath
from crier.api.web import Reply
from crier.services import accounts
from crier.storage.models.people import User

blueprint = APIBlueprint("users", __name__, abp_tags=[Tag(name="Users")])


@blueprint.get("/api/users", responses={200: UserPage})
@allow("A")
def list_users(query: PageQuery) -> Reply:
    """List all accounts, newest first."""
    rows, cursor = paging.page(sa.select(User), query, User.id)
    return UserPage(items=rows, next_cursor=cursor)


@blueprint.patch("/api/users/<int:user_id>", responses={200: UserAnswer})
@allow("A")
def change_user(path: UserPath, body: UserChange) -> Reply:
    """Change a role, or switch an account off. Its access tokens are void at once."""
    user = accounts.update(
        db.session(), caller(), path.user_id, role=body.role, is_active=body.is_active
    )
    return UserAnswer.model_validate(user)
