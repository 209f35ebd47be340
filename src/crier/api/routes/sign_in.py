"""Signing in, by one step or two, and going on."""

from datetime import datetime
from typing import Any

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import authentication, db, tokens, web
from crier.api.http.access import allow
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.identities import IssuerAnswer
from crier.api.schemas.people import (
    Credentials,
    MeAnswer,
    OwnOrganisationAnswer,
    TokenPair,
    UserAnswer,
)
from crier.api.schemas.sign_ins import ChallengeAnswer, MethodsAnswer, SecondStep
from crier.services import organisations, workspace
from crier.services.caller import Caller
from crier.services.errors import ForbiddenError, UnauthenticatedError
from crier.services.organisations import Belonging
from crier.services.people import (
    accounts,
    challenges,
    identities,
    notices,
    passkeys,
    second_factors,
    sessions,
    sign_ins,
)
from crier.services.people.sessions import Lifetimes, SignedIn
from crier.storage.models.people import User

blueprint = APIBlueprint("sign_in", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.get("/api/auth/methods", responses={200: MethodsAnswer})
@allow()
def methods() -> Reply:
    """Say by what people sign in here."""
    settings = deps().settings
    works = passkeys.fault_of(settings) is None
    return MethodsAnswer(
        password=settings.password_sign_in,
        passkeys_at=passkeys.site_of(settings).origin if works else None,
        openid=next((one.name for one in settings.issuers if one.id == "openid"), None),
        issuers=[IssuerAnswer.model_validate(one) for one in settings.issuers],
        mail=settings.mail is not None,
        reset=settings.mail is not None or workspace.platform_bot(db.session()) is not None,
    )


@blueprint.post(
    "/api/auth/login", responses={200: TokenPair, 202: ChallengeAnswer, 401: None, 403: None}
)
@allow(limit="10 per minute")
def login(body: Credentials) -> Reply:
    """Sign in with a name and a password. A wrong name and a wrong password look the same.

    Where sign-in by password is switched off, 403, but for an admin that nothing else signs in.

    An account with a second factor gets 202 and a challenge, for `POST /api/auth/login/code` or
    `POST /api/auth/login/passkey`.
    """
    address = authentication.address()
    with deps().logins.attempt(body.username, address):
        user = accounts.check_password(db.session(), body.username, body.password)
        if user is None:
            db.finish(commit=False)  # nobody holds two connections: all of them could wait for ever
            with db.apart() as session:
                sign_ins.failed(session, body.username, address)
            raise UnauthenticatedError("wrong username or password")
    require_passwords(user)
    return first_step(user, "password")


@blueprint.post("/api/auth/login/code", responses={200: TokenPair, 401: None})
@allow(limit="10 per minute")
def login_code(body: SecondStep) -> Reply:
    """Take the second step of a sign-in: a code of the app, or a recovery code, each good once."""
    address, session = authentication.address(), db.session()
    user = challenges.find(session, deps().vault, body.challenge)
    if user is None:
        raise UnauthenticatedError("this sign-in took too long: begin anew")
    with deps().logins.code_attempt(user.id, address):
        factor = second_factors.spend(session, deps().vault, user, body.code)
        if factor is None:
            with db.apart() as apart:
                sign_ins.second_step_failed(apart, user, ip=address)
            raise UnauthenticatedError("this code is wrong, or has been used")
    return open_for(user, factor)


@blueprint.post("/api/auth/refresh", responses={200: TokenPair, 401: None})
@allow(limit="60 per minute")
def refresh() -> Reply:
    """Spend a refresh token for a new pair; one that was spent before ends its whole family."""
    claims = authentication.refresh_claims()
    signed_in = sessions.rotate(
        db.session(), **claims, ip=authentication.address(), lifetimes=_lifetimes()
    )
    if signed_in is None:
        db.session().commit()
        raise UnauthenticatedError("this refresh token is no longer good: sign in again")
    return _answer(signed_in)


def require_passwords(user: User | None = None) -> None:
    """Refuse what is about passwords where they do not sign in (`user`, who has given the right
    one).

    Raises:
        ForbiddenError: `CRIER_PASSWORD_SIGN_IN` is off.
    """
    if deps().settings.password_sign_in:
        return
    if user is None or not identities.may_use_password(db.session(), user):
        raise ForbiddenError("sign-in by password is switched off here: take another way")


def first_step(user: User, factor: str, at: datetime | None = None) -> Reply:
    """Open a session for somebody who has proven by `factor` to be `user`; ask for a second factor
    first, where the account has one.

    Args:
        at: when the proof was given; None is now.
    """
    if not second_factors.has(db.session(), user.id):
        return open_for(user, factor, at)
    response = web.answer(
        ChallengeAnswer(
            challenge=challenges.make(deps().vault, user),
            factors=second_factors.kinds(db.session(), user.id),
            expires_in=round(challenges.LIFETIME.total_seconds()),
        )
    )
    response.status_code = 202
    response.headers["Cache-Control"] = "no-store"
    return response


def open_for(user: User, factor: str, at: datetime | None = None) -> Reply:
    """Open a session for somebody who has proven to be `user`, in the end by `factor`."""
    address, agent = authentication.address(), flask.request.user_agent.string
    signed_in = sessions.open_session(
        db.session(), user, ip=address, user_agent=agent, lifetimes=_lifetimes(), proven_at=at
    )
    is_new = sign_ins.succeeded(
        db.session(), signed_in, ip=address, user_agent=agent, factor=factor
    )
    if is_new:
        notices.tell_of_device(db.session(), deps().vault, user, address, agent)
    return _answer(signed_in)


def _lifetimes() -> Lifetimes:
    return Lifetimes.of(deps().settings)


def me_of(user: User, who: Caller, *, must_add_factor: bool) -> MeAnswer:
    """Return what is told of an account that is signed in; a program hears of the organisation
    alone that its key is for."""
    found = organisations.of_account(db.session(), user.id)
    mine = [_organisation(user, one) for one in found]
    (acting,) = [one for one in mine if one.id == who.organisation_id]
    return MeAnswer(
        **UserAnswer.model_validate(user).model_dump(),
        organisation=acting,
        organisations=mine if who.api_key_id is None else [acting],
        permissions=sorted(one for one in who.held if who.may(one)),
        must_add_factor=must_add_factor,
    )


def _organisation(user: User, one: Belonging) -> OwnOrganisationAnswer:
    role: Any = one.team.role if one.team else user.role
    return OwnOrganisationAnswer(id=one.id, name=one.name, is_team=bool(one.team), role=role)


def _me(signed_in: SignedIn) -> MeAnswer:
    user = signed_in.user
    who = sessions.caller_of(db.session(), signed_in)
    required = who.role in deps().settings.second_factor_roles
    must = required and not second_factors.has(db.session(), user.id)
    return me_of(user, who, must_add_factor=must)


def _answer(signed_in: SignedIn) -> Reply:
    pair = tokens.make(signed_in)
    answer = TokenPair(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=tokens.ACCESS_S,
        user=_me(signed_in),
        public_url=deps().settings.public_url,
    )
    response = web.answer(answer)
    response.headers["Cache-Control"] = "no-store"
    tokens.set_cookies(response, pair)
    return response
