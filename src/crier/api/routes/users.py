"""Accounts, as an admin sees them."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.people import (
    KeyPage,
    MadeUserAnswer,
    NewPasswordAnswer,
    NewUser,
    UserAnswer,
    UserChange,
    UserKeyPath,
    UserPage,
    UserPath,
    UserQuery,
)
from crier.services.people import accounts, administration, api_keys, passwords
from crier.storage.models.people import ApiKey, User

blueprint = APIBlueprint("users", __name__, abp_tags=[Tag(name="Users")])


@blueprint.get("/api/users", responses={200: UserPage})
@allow("accounts.read")
def list_users(query: UserQuery) -> Reply:
    """List all accounts, newest first."""
    is_active = None if query.status is None else query.status == "active"
    found = accounts.search(q=query.q, role=query.role, is_active=is_active)
    rows, cursor = paging.page(found, query, User.id)
    return UserPage(items=rows, next_cursor=cursor)


@blueprint.post("/api/users", responses={201: MadeUserAnswer})
@allow("accounts.edit", fresh=True)
@idempotent
def create_user(body: NewUser) -> Reply:
    """Make an account for somebody. A password that is made up is shown once."""
    password = body.password or passwords.make_up()
    admin = body.role == "admin"
    accounts.check_new(db.session(), body.username, password, admin=admin)
    with db.released():
        password_hash = passwords.hash_password(password)
    user = administration.create(
        db.session(),
        caller(),
        username=body.username,
        password_hash=password_hash,
        role=body.role,
        may_review=body.may_review,
    )
    made = UserAnswer.model_validate(user).model_dump()
    return MadeUserAnswer(**made, password=None if body.password else password), 201


@blueprint.patch("/api/users/<int:user_id>", responses={200: UserAnswer})
@allow("accounts.edit", fresh=True)
def change_user(path: UserPath, body: UserChange) -> Reply:
    """Change a name or role, or switch an account off or on. Another role, and being switched off,
    void its access tokens at once.

    An account that is switched off has its bots and their forwarding stopped, its schedules
    cancelled, its broadcasts paused and its API keys revoked; so has one whose new role runs no
    bots. Switching it on again starts nothing.
    """
    user = administration.update(db.session(), caller(), path.user_id, **dict(body))
    return UserAnswer.model_validate(user)


@blueprint.delete("/api/users/<int:user_id>", responses={204: None})
@allow("accounts.edit", fresh=True)
def delete_user(path: UserPath) -> Reply:
    """Delete an account: what it runs stops as when it is switched off, its name is free again.

    Its bots are deleted with what they keep of their chats, and its ads that were never launched
    (`GET /api/users/{user_id}/deletion` says how much). Launched ads and all figures stay, for
    admins and viewers.
    """
    administration.delete(db.session(), caller(), path.user_id)
    return "", 204


@blueprint.post("/api/users/<int:user_id>/reset-password", responses={200: NewPasswordAnswer})
@allow("accounts.edit", fresh=True)
@idempotent
def reset_user_password(path: UserPath) -> Reply:
    """Give somebody a password that is made up, shown once; their sign-ins and API keys end."""
    accounts.get(db.session(), path.user_id)
    password = passwords.make_up()
    with db.released():
        password_hash = passwords.hash_password(password)
    administration.reset_password(db.session(), caller(), path.user_id, password_hash)
    return NewPasswordAnswer(password=password)


@blueprint.get("/api/users/<int:user_id>/keys", responses={200: KeyPage})
@allow("accounts.edit")
def list_user_keys(path: UserPath, query: PageQuery) -> Reply:
    """List the API keys of an account, the revoked ones too."""
    rows, cursor = paging.page(api_keys.of(db.session(), path.user_id), query, ApiKey.id)
    return KeyPage(items=rows, next_cursor=cursor)


@blueprint.delete("/api/users/<int:user_id>/keys/<int:key_id>", responses={204: None})
@allow("accounts.edit")
def revoke_user_key(path: UserKeyPath) -> Reply:
    """Revoke an API key of an account; it is void at once."""
    api_keys.revoke(db.session(), caller(), path.user_id, path.key_id)
    return "", 204
