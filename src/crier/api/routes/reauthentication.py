"""Asking a person again before what cannot be undone."""

from datetime import datetime, timedelta

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes import passkey_sign_in
from crier.api.schemas.passkeys import AskedAnswer, PasskeyProof
from crier.api.schemas.sign_ins import FreshAnswer, Proof
from crier.services.errors import InvalidError, UnauthenticatedError
from crier.services.people import accounts, sessions, sign_ins

blueprint = APIBlueprint("reauthentication", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post("/api/auth/reauthenticate", responses={200: FreshAnswer})
@allow("account", limit="10 per minute", unsettled=True)
def reauthenticate(body: Proof) -> Reply:
    """Prove again to be there, by your password or a passkey; this sign-in may then do what cannot
    be undone for a while."""
    if body.passkey is not None:
        _check_passkey(body.passkey)
    elif body.password is not None:
        _check_password(body.password)
    else:
        raise InvalidError(password="is missing, and so is a passkey")  # noqa: S106
    return _answer(sessions.reauthenticated(db.session(), caller()))


@blueprint.post("/api/auth/reauthenticate/passkey", responses={200: AskedAnswer, 409: None})
@allow("account", limit="30 per minute", unsettled=True)
def ask_again() -> Reply:
    """Ask for one of your passkeys in the place of the password."""
    options, asked = passkey_sign_in.checker().ask(db.session(), "prove", caller().user_id)
    return AskedAnswer(options=options, challenge=asked)


@blueprint.get("/api/auth/fresh", responses={200: FreshAnswer})
@allow("account", fresh=True, unsettled=True)
def fresh() -> Reply:
    """Say until when this sign-in may do what cannot be undone; 403 where it may not."""
    authenticated_at = caller().authenticated_at
    assert authenticated_at is not None  # without a key, and fresh
    return _answer(authenticated_at)


def _answer(authenticated_at: datetime) -> FreshAnswer:
    window = timedelta(minutes=deps().settings.session_fresh_minutes)
    return FreshAnswer(authenticated_at=authenticated_at, fresh_until=authenticated_at + window)


def _check_passkey(proof: PasskeyProof) -> None:
    try:
        passkey_sign_in.check("prove", caller().user_id, proof)
    except UnauthenticatedError:  # 401 would say that the session is over
        raise InvalidError(passkey="is not good") from None


def _check_password(password: str) -> None:
    who = caller()
    try:
        with deps().logins.attempt(who.username, who.ip):
            if accounts.check_password(db.session(), who.username, password) is None:
                db.finish(commit=False)
                with db.apart() as session:
                    sign_ins.failed(session, who.username, who.ip)
                raise UnauthenticatedError("wrong password")
    except UnauthenticatedError:  # 401 would say that the session is over
        raise InvalidError(password="is wrong") from None  # noqa: S106
