"""Signing up and out; passwords, sign-ins and API keys. `sign_in.py` signs in."""

import flask
from flask_jwt_extended import unset_jwt_cookies
from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import authentication, db, paging
from crier.api.http.access import allow, caller, must_add_factor
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.routes import sign_in
from crier.api.schemas.base import PageQuery
from crier.api.schemas.people import (
    Joining,
    KeyAnswer,
    KeyPage,
    KeyPath,
    KeyRequest,
    KeyRotation,
    MeAnswer,
    NewKeyAnswer,
    PasswordChange,
    Registration,
    SessionAnswer,
    SessionPage,
    SessionPath,
    UserAnswer,
)
from crier.services.people import (
    accounts,
    api_keys,
    invitations,
    passwords,
    sessions,
)
from crier.storage.models.people import ApiKey, AuthSession

blueprint = APIBlueprint("auth", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post("/api/auth/register", responses={201: UserAnswer, 403: None})
@allow(limit="20 per hour")
@idempotent
def register(body: Registration) -> Reply:
    """Make an account. The first one of an empty database becomes admin."""
    sign_in.require_passwords()
    is_open = deps().settings.registration_open
    accounts.check_registration(
        db.session(), username=body.username, password=body.password, registration_open=is_open
    )
    with db.released():
        password_hash = passwords.hash_password(body.password)
    user = accounts.register(
        db.session(),
        username=body.username,
        password_hash=password_hash,
        registration_open=is_open,
        role=deps().settings.registration_role,
        ip=authentication.address(),
    )
    return UserAnswer.model_validate(user), 201


@blueprint.post("/api/auth/join", responses={201: UserAnswer, 403: None})
@allow(limit="20 per hour")
@idempotent
def join(body: Joining) -> Reply:
    """Make the account that an invitation is for; it is good once."""
    sign_in.require_passwords()
    token, username = body.invitation, body.username
    invitations.check(db.session(), token, username=username, password=body.password)
    with db.released():
        password_hash = passwords.hash_password(body.password)
    address = authentication.address()
    user = invitations.use(
        db.session(), token, username=username, password_hash=password_hash, ip=address
    )
    return UserAnswer.model_validate(user), 201


@blueprint.post("/api/auth/logout", responses={204: None})
@allow("account", unsettled=True)
def logout() -> Reply:
    """End this sign-in; its tokens are void at once."""
    sessions.sign_out(db.session(), caller())
    response = flask.Response(status=204)
    unset_jwt_cookies(response)
    return response


@blueprint.post("/api/auth/change-password", responses={204: None})
@allow("account", limit="10 per minute")
def change_password(body: PasswordChange) -> Reply:
    """Set a new password; every other sign-in of yours ends, and your API keys are revoked."""
    accounts.change_password(
        db.session(), caller(), current=body.current_password, new=body.new_password
    )
    return "", 204


@blueprint.get("/api/auth/me", responses={200: MeAnswer})
@allow("me", unsettled=True)
def me() -> Reply:
    """Show the account that is signed in, and in which organisation it acts."""
    user = accounts.get(db.session(), caller().user_id)
    return sign_in.me_of(user, caller(), must_add_factor=must_add_factor(caller()))


@blueprint.get("/api/auth/sessions", responses={200: SessionPage})
@allow("account")
def list_sessions(query: PageQuery) -> Reply:
    """List your sign-ins that are not over: device, address, last use."""
    found = sessions.of(caller().user_id)
    rows, cursor = paging.page(found, query, AuthSession.created_at, AuthSession.id)
    items = [SessionAnswer.model_validate(row) for row in rows]
    for item in items:
        item.current = item.id == caller().session_id
    return SessionPage(items=items, next_cursor=cursor)


@blueprint.delete("/api/auth/sessions", responses={204: None})
@allow("account")
def revoke_other_sessions() -> Reply:
    """End all your sign-ins but this one; their tokens are void at once."""
    sessions.revoke_others(db.session(), caller())
    return "", 204


@blueprint.delete("/api/auth/sessions/<uuid:session_id>", responses={204: None})
@allow("account")
def revoke_session(path: SessionPath) -> Reply:
    """End one of your sign-ins; its tokens are void at once."""
    sessions.revoke(db.session(), caller(), path.session_id)
    return "", 204


@blueprint.post("/api/auth/keys", responses={201: NewKeyAnswer})
@allow("account", fresh=True)
@idempotent
def create_key(body: KeyRequest) -> Reply:
    """Make an API key for a program. The answer is the only place that ever shows it."""
    row, text = api_keys.create(db.session(), caller(), **body.given())
    answer = KeyAnswer.model_validate(row).model_dump()
    return NewKeyAnswer(**answer, key=text), 201


@blueprint.get("/api/auth/keys", responses={200: KeyPage})
@allow("account")
def list_keys(query: PageQuery) -> Reply:
    """List your API keys, the revoked ones too."""
    rows, cursor = paging.page(api_keys.of(db.session(), caller().user_id), query, ApiKey.id)
    return KeyPage(items=rows, next_cursor=cursor)


@blueprint.post("/api/auth/keys/<int:key_id>/rotate", responses={201: NewKeyAnswer})
@allow("account", fresh=True)
@idempotent
def rotate_key(path: KeyPath, body: KeyRotation) -> Reply:
    """Make a key that replaces another: same name, role and scopes.

    The old one goes on for `overlap_hours`, so that programs can be moved to the new one, and then
    ends by itself. The answer is the only place that ever shows the new one.
    """
    row, text = api_keys.rotate(db.session(), caller(), path.key_id, **body.given())
    answer = KeyAnswer.model_validate(row).model_dump()
    return NewKeyAnswer(**answer, key=text), 201


@blueprint.delete("/api/auth/keys/<int:key_id>", responses={204: None})
@allow("account")
def revoke_key(path: KeyPath) -> Reply:
    """Revoke an API key; it is void at once."""
    api_keys.revoke(db.session(), caller(), caller().user_id, path.key_id)
    return "", 204
