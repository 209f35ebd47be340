"""Signing in by the issuer of OpenID Connect; `ask` and `redeem` are for linking, too."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import authentication, db
from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes import sign_in
from crier.api.schemas.identities import (
    AskedIssuerAnswer,
    IssuerId,
    IssuerQuestion,
    IssuerReply,
    IssuerSignIn,
)
from crier.api.schemas.people import TokenPair
from crier.api.schemas.sign_ins import ChallengeAnswer
from crier.services.errors import ConflictError, ForbiddenError, UnauthenticatedError
from crier.services.people import identities, openid_questions, sign_ins
from crier.services.people.identities import Registering
from crier.services.people.openid_issuer import Issuer, Vouched
from crier.services.people.openid_questions import Purpose

_NOT_SET = {
    "openid": "no issuer of OpenID Connect is set: CRIER_OPENID_ISSUER",
    "telegram": "signing in by Telegram is not set up: CRIER_TELEGRAM_LOGIN_CLIENT_ID",
}
blueprint = APIBlueprint("openid_sign_in", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post(
    "/api/auth/login/openid/begin", responses={200: AskedIssuerAnswer, 409: None, 502: None}
)
@allow(limit="30 per minute")
def begin_openid(body: IssuerQuestion) -> Reply:
    """Begin a sign-in at the issuer of OpenID Connect."""
    return ask(body.issuer, "sign in", None, again=body.again)


@blueprint.post(
    "/api/auth/login/openid",
    responses={200: TokenPair, 202: ChallengeAnswer, 401: None, 403: None, 409: None, 502: None},
)
@allow(limit="10 per minute")
def login_openid(body: IssuerSignIn) -> Reply:
    """Sign in by what the issuer says, or get an account by an invitation. An account with a second
    factor gets 202, as after a password."""
    settings, address = deps().settings, authentication.address()
    try:
        asker, vouched = redeem("sign in", None, body)
        new = Registering(asker.rules, settings.registration_role, address, body.invitation)
        user = identities.sign_in(db.session(), vouched, new)
    except (UnauthenticatedError, ForbiddenError):
        with db.apart() as session:
            sign_ins.failed(session, "", address)
        raise
    return sign_in.first_step(user, "openid", vouched.authenticated_at)


def issuer(name: str) -> Issuer:
    """Return what asks an issuer.

    Raises:
        ConflictError: it is not set.
    """
    found = deps().issuers.get(name)
    if found is None:
        raise ConflictError(_NOT_SET[name])
    return found


def ask(name: IssuerId, purpose: Purpose, user_id: int | None, *, again: bool = False) -> Reply:
    """Answer where the browser goes to prove who sits before it."""
    asker = issuer(name)
    secrets, challenge = openid_questions.make(deps().vault, name, purpose, user_id)
    with db.released():
        url = asker.url(secrets, again=again)
    return AskedIssuerAnswer(url=url, challenge=challenge)


def redeem(purpose: Purpose, user_id: int | None, reply: IssuerReply) -> tuple[Issuer, Vouched]:
    """Return who was asked, and what it says of the person that it has sent back; good once.

    Raises:
        InvalidError, UnauthenticatedError, UpstreamError: as `openid_questions.read`, `spend` and
            `Issuer.redeem`.
    """
    asked = openid_questions.read(deps().vault, reply.challenge, reply.state, purpose, user_id)
    asker = issuer(asked.issuer)
    with db.released():
        vouched = asker.redeem(reply.code, asked.secrets)
    openid_questions.spend(db.session(), asked)
    return asker, vouched
