"""One's own identities at the issuer of OpenID Connect, and taking them away from somebody."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes import openid_sign_in
from crier.api.schemas.identities import (
    AskedIssuerAnswer,
    IdentitiesAnswer,
    IdentityAnswer,
    IdentityPath,
    IssuerAnswer,
    IssuerChoice,
    IssuerReply,
)
from crier.api.schemas.people import UserPath
from crier.services.errors import InvalidError, UnauthenticatedError
from crier.services.people import identities

blueprint = APIBlueprint("identities", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.get("/api/auth/identities", responses={200: IdentitiesAnswer})
@allow("account", unsettled=True)
def list_identities() -> Reply:
    """List who signs in as you by an issuer of OpenID Connect."""
    rows = identities.of(db.session(), caller().user_id)
    items = [IdentityAnswer.model_validate(row) for row in rows]
    issuers = [IssuerAnswer.model_validate(one) for one in deps().settings.issuers]
    own = next((one.name for one in issuers if one.id == "openid"), None)
    return IdentitiesAnswer(items=items, issuer=own, issuers=issuers)


@blueprint.post(
    "/api/auth/identities/begin", responses={200: AskedIssuerAnswer, 409: None, 502: None}
)
@allow("account", limit="30 per minute", fresh=True)
def begin_identity(body: IssuerChoice) -> Reply:
    """Begin to link an identity: sign in at the issuer as the one that is to be linked."""
    return openid_sign_in.ask(body.issuer, "link", caller().user_id)


@blueprint.post("/api/auth/identities", responses={201: IdentityAnswer, 409: None, 502: None})
@allow("account", limit="10 per minute", fresh=True)
def link_identity(body: IssuerReply) -> Reply:
    """Link the identity that the issuer has sent back; it signs in as you from now on."""
    try:
        _, vouched = openid_sign_in.redeem("link", caller().user_id, body)
    except UnauthenticatedError as error:  # 401 would say that the session is over
        raise InvalidError(code=str(error)) from None
    row = identities.link(db.session(), caller(), vouched)
    return IdentityAnswer.model_validate(row), 201


@blueprint.delete("/api/auth/identities/<int:identity_id>", responses={204: None, 409: None})
@allow("account", fresh=True)
def unlink_identity(path: IdentityPath) -> Reply:
    """Unlink one of your identities; 409 where nothing else would sign you in."""
    works = deps().settings.password_sign_in
    identities.unlink(db.session(), caller(), path.identity_id, by_password=works)
    return "", 204


@blueprint.delete("/api/users/<int:user_id>/identities", responses={204: None})
@allow("accounts.edit", fresh=True)
def unlink_identities(path: UserPath) -> Reply:
    """Unlink all identities of somebody, whoever holds them; their sign-ins end."""
    identities.unlink_all(db.session(), caller(), path.user_id)
    return "", 204
