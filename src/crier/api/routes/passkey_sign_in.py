"""Signing in by a passkey, alone or as the second step; `check` is for whoever asks for one."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import authentication, db
from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes import sign_in
from crier.api.schemas.passkeys import AskedAnswer, PasskeyProof, PasskeyQuestion, PasskeySignIn
from crier.api.schemas.people import TokenPair
from crier.services.errors import UnauthenticatedError
from crier.services.people import challenges, passkeys, sign_ins
from crier.services.people.passkey_checks import Checker, Purpose, RefusedPasskeyError
from crier.storage.models.people import User

blueprint = APIBlueprint("passkey_sign_in", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post(
    "/api/auth/login/passkey/options", responses={200: AskedAnswer, 401: None, 409: None}
)
@allow(limit="30 per minute")
def ask_passkey(body: PasskeyQuestion) -> Reply:
    """Ask for a passkey: of anybody, or as the second step of a sign-in that gave a challenge."""
    purpose, user_id = _step(body.first_step)
    options, asked = checker().ask(db.session(), purpose, user_id)
    return AskedAnswer(options=options, challenge=asked)


@blueprint.post("/api/auth/login/passkey", responses={200: TokenPair, 401: None, 409: None})
@allow(limit="10 per minute")
def login_passkey(body: PasskeySignIn) -> Reply:
    """Sign in by a passkey, without a name and a password, or as the second step after them."""
    return sign_in.open_for(check(*_step(body.first_step), body), "passkey")


def checker() -> Checker:
    """Return what asks for passkeys and checks them.

    Raises:
        ConflictError: browsers use no passkeys on this platform.
    """
    return Checker(passkeys.site_of(deps().settings), deps().vault)


def check(purpose: Purpose, user_id: int | None, proof: PasskeyProof) -> User:
    """Return the account whose passkey has answered; count and tell of one that is refused.

    Raises:
        RefusedPasskeyError, InvalidError: as `Checker.check`.
    """
    session = db.session()
    challenge, answer = proof.challenge, proof.credential
    try:
        return checker().check(session, purpose, user_id, asked=challenge, answer=answer)
    except RefusedPasskeyError as refused:
        user, copied = refused.user, refused.copied
        address = authentication.address()
        with db.apart() as apart:
            sign_ins.passkey_failed(apart, user, copied=copied, ip=address)
        raise


def _step(first_step: str | None) -> tuple[Purpose, int | None]:
    if first_step is None:
        return "sign in", None
    user = challenges.find(db.session(), deps().vault, first_step)
    if user is None:
        raise UnauthenticatedError("this sign-in took too long: begin anew")
    return "second step", user.id
