"""Asking a person again before what cannot be undone."""

from datetime import datetime, timedelta

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.sign_ins import FreshAnswer, Proof
from crier.services.errors import InvalidError, UnauthenticatedError
from crier.services.people import accounts, sessions, sign_ins

blueprint = APIBlueprint("reauthentication", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post("/api/auth/reauthenticate", responses={200: FreshAnswer})
@allow("account", limit="10 per minute", unsettled=True)
def reauthenticate(body: Proof) -> Reply:
    """Prove again to be there; this sign-in may then do what cannot be undone for a while."""
    who = caller()
    try:
        with deps().logins.attempt(who.username, who.ip):
            if accounts.check_password(db.session(), who.username, body.password) is None:
                db.finish(commit=False)
                with db.apart() as session:
                    sign_ins.failed(session, who.username, who.ip)
                raise UnauthenticatedError("wrong password")
    except UnauthenticatedError:  # 401 would say that the session is over
        raise InvalidError(password="is wrong") from None  # noqa: S106
    return _answer(sessions.reauthenticated(db.session(), who))


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
