"""Access and refresh tokens: made and read by flask-jwt-extended, signed with a ring of keys.

The newest key signs and its id stands in the header (`kid`); older keys of the ring still verify,
so that a rotation signs nobody out. Tokens are good only together with their row in
`auth_sessions`, which is what makes a revocation work at once.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import flask
import jwt
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended import set_access_cookies as _set_access
from flask_jwt_extended import set_refresh_cookies as _set_refresh

from crier import setting_values
from crier.api.http.deps import deps
from crier.domain.clocks import CLOCK_SKEW_S
from crier.secrets.keyring import Key
from crier.services.people.sessions import SignedIn
from crier.settings import Settings

ACCESS_S = 900
_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Pair:
    """What a sign-in or a refresh gives."""

    access_token: str
    refresh_token: str


def configure(app: flask.Flask, settings: Settings) -> None:
    """Set flask-jwt-extended up: where tokens travel, how long they last, which keys sign."""
    secure = (settings.public_url or "").startswith("https://")
    below = setting_values.below(settings.public_url)
    # Browsers take a cookie of this name from this very host by https only, so that no other host
    # of the domain can plant one; it has to be for every path. Below a path, the programs beside
    # Crier on its host are to get none of them.
    prefix = ("__Secure-" if below else "__Host-") if secure else ""
    app.config.update(
        JWT_ALGORITHM=_ALGORITHM,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(seconds=ACCESS_S),
        JWT_REFRESH_TOKEN_EXPIRES=False,  # its row in auth_sessions says how long
        JWT_ACCESS_COOKIE_NAME=f"{prefix}crier_access",
        JWT_REFRESH_COOKIE_NAME=f"{prefix}crier_refresh",
        JWT_ACCESS_CSRF_COOKIE_NAME=f"{prefix}crier_csrf",
        JWT_REFRESH_CSRF_COOKIE_NAME=f"{prefix}crier_refresh_csrf",
        JWT_ACCESS_CSRF_HEADER_NAME="X-CSRF-TOKEN",
        JWT_REFRESH_CSRF_HEADER_NAME="X-CSRF-TOKEN",
        JWT_ACCESS_COOKIE_PATH=f"{below}/",
        JWT_REFRESH_COOKIE_PATH="/" if prefix == "__Host-" else f"{below}/api/auth",
        JWT_ACCESS_CSRF_COOKIE_PATH=f"{below}/",
        JWT_REFRESH_CSRF_COOKIE_PATH=f"{below}/",
        JWT_COOKIE_SAMESITE="Strict",
        JWT_COOKIE_SECURE=secure,
        JWT_SESSION_COOKIE=False,
        JWT_ENCODE_ISSUER="crier",
        JWT_DECODE_ISSUER="crier",
        JWT_DECODE_LEEWAY=CLOCK_SKEW_S,
    )
    manager = JWTManager(app)
    manager.encode_key_loader(lambda _: _secret(deps().signing.newest))
    manager.decode_key_loader(_decode_key)


def make(signed_in: SignedIn) -> Pair:
    """Return the tokens of a sign-in."""
    user, headers = str(signed_in.user.id), {"kid": deps().signing.newest.id}
    session_id = str(signed_in.session_id)
    access = {"sid": session_id, "gen": signed_in.generation}
    refresh = {"sid": session_id, "rid": str(signed_in.refresh_id)}
    return Pair(
        create_access_token(user, additional_claims=access, additional_headers=headers),
        create_refresh_token(user, additional_claims=refresh, additional_headers=headers),
    )


def set_cookies(response: flask.Response, pair: Pair) -> None:
    """Give the dashboard the same tokens in cookies, readable CSRF values beside them."""
    _set_access(response, pair.access_token)
    _set_refresh(response, pair.refresh_token)


def read(credential: str | None, *, refresh: bool) -> dict[str, Any]:
    """Return the claims of a token: of `credential`, or where that is None of the cookie.

    Raises:
        JWTExtendedException, PyJWTError: there is none, or it is not good.
    """
    if credential is None:
        verify_jwt_in_request(refresh=refresh, locations=["cookies"])
        return dict(get_jwt())
    claims: dict[str, Any] = decode_token(credential)
    if claims["type"] != ("refresh" if refresh else "access"):
        raise jwt.InvalidTokenError("a token of the other kind")
    return claims


def _decode_key(header: dict[str, Any], _: dict[str, Any]) -> bytes:
    key = deps().signing.find(str(header.get("kid", "")))
    if key is None:
        raise jwt.InvalidKeyError("signed with a key that is not in the ring")
    return _secret(key)


def _secret(key: Key) -> bytes:
    return key.derive("sign tokens")


def uuid_claim(claims: dict[str, Any], name: str) -> UUID:
    """Return a claim that is a UUID; ValueError where it is none."""
    return UUID(str(claims[name]))
