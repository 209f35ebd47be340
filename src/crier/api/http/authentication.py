"""The caller, by an access token (Bearer or cookie with its CSRF header), or an API key as
Bearer."""

from typing import Any

import flask
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt import ExpiredSignatureError, PyJWTError

from crier.api.http import db, tokens
from crier.services.caller import Caller
from crier.services.errors import UnauthenticatedError
from crier.services.people import api_keys, sessions


def authenticate() -> Caller:
    """Return the caller of this request.

    Raises:
        UnauthenticatedError: no credentials, or none that are good.
    """
    credential = _bearer()
    if credential is not None and credential.startswith(api_keys.PREFIX):
        found = api_keys.find_caller(db.session(), credential, ip=address())
    else:
        found = sessions.find_caller(db.session(), **_access_claims(), ip=address())
    if found is None:
        raise UnauthenticatedError("these credentials are no longer good: sign in again")
    return found


def refresh_claims() -> dict[str, Any]:
    """Return user, session and refresh id in the refresh token of this request (Bearer or
    cookie)."""
    claims = _claims(refresh=True)
    return {
        "user_id": int(claims["sub"]),
        "session_id": tokens.uuid_claim(claims, "sid"),
        "refresh_id": tokens.uuid_claim(claims, "rid"),
    }


def address() -> str | None:
    """Return the address of the caller; of what a proxy says only what the settings trust."""
    return flask.request.remote_addr


def _bearer() -> str | None:
    """Return what the header `Authorization` holds after `Bearer`, a scheme in whatever case (RFC
    9110).

    None where there is no such header, or one of another scheme, as a proxy in front may need it.
    """
    scheme, _, credential = flask.request.headers.get("Authorization", "").strip().partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def _access_claims() -> dict[str, Any]:
    claims = _claims(refresh=False)
    return {
        "user_id": int(claims["sub"]),
        "session_id": tokens.uuid_claim(claims, "sid"),
        "generation": int(claims["gen"]),
    }


def _claims(*, refresh: bool) -> dict[str, Any]:
    try:
        return tokens.read(_bearer(), refresh=refresh)
    except ExpiredSignatureError:
        raise UnauthenticatedError("the token has expired") from None
    except CSRFError:
        raise UnauthenticatedError("send the CSRF cookie's value as X-CSRF-TOKEN") from None
    except (JWTExtendedException, PyJWTError, ValueError, KeyError):
        raise UnauthenticatedError("sign in: no token, or none that is good") from None
