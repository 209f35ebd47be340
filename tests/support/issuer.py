"""A real issuer of OpenID Connect on Authlib's server side: discovery, PKCE, signed ID tokens.

It asks whoever comes for a name, and believes it. Tests may make it misbehave: `twist` changes the
claims of its tokens, `bodies` what a path answers.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.models import ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from joserfc.jwk import KeySet, RSAKey
from pyreqwest.client import SyncClientBuilder
from werkzeug.serving import make_server

from tests.support.ports import free_port

CLIENT_ID: Final = "crier"
CLIENT_SECRET: Final = "a secret + of: the/issuer's"
FORM: Final = """<!doctype html><title>Issuer</title><form method="post">
<label>Name <input name="sub"></label><button>Continue</button></form>"""
Claims = dict[str, Any]


class _Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, back: str) -> None:
        self.back = back

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib has no types
    sub: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


@dataclass
class RealIssuer:
    """What it knows, and how it misbehaves."""

    url: str
    back: str
    """The one address that it sends people back to."""
    people: dict[str, Claims] = field(default_factory=dict)
    """What the profile says, by subject."""
    twist: Callable[[Claims], None] = lambda claims: None
    bodies: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Paths."""
    shown: RSAKey = field(default_factory=_new_key)
    """The key that everybody may know; tokens are signed by `signing`, where that is set."""
    signing: RSAKey | None = None
    signed_in_for_s: int = 0
    """For how long people have been signed in here."""
    scopes_asked: set[str] = field(default_factory=set)
    codes: dict[str, _Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        """What Crier has to know."""
        return {
            "CRIER_OPENID_ISSUER": self.url,
            "CRIER_OPENID_CLIENT_ID": CLIENT_ID,
            "CRIER_OPENID_CLIENT_SECRET": CLIENT_SECRET,
            "CRIER_OPENID_NAME": "Works",
        }

    @property
    def telegram_settings(self) -> dict[str, str]:
        """What Crier has to know where this is Telegram."""
        return {
            "CRIER_TELEGRAM_LOGIN_URL": self.url,
            "CRIER_TELEGRAM_LOGIN_CLIENT_ID": CLIENT_ID,
            "CRIER_TELEGRAM_LOGIN_CLIENT_SECRET": CLIENT_SECRET,
        }

    def come(self, url: str, sub: str) -> dict[str, str]:
        """Sign in as `sub` where Crier sends a browser; what the issuer sends it back with."""
        self.scopes_asked |= set(parse_qs(urlsplit(url).query)["scope"][0].split())
        client = SyncClientBuilder().follow_redirects(False).build()
        answer = client.post(url).form({"sub": sub}).build().send()
        assert answer.status == 302, answer.text()
        parts = urlsplit(str(answer.headers["location"]))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == self.back
        return {name: values[0] for name, values in parse_qs(parts.query).items()}

    def rotate(self, *, shown: bool = True) -> None:
        """Sign with another key from now on, which is shown or not."""
        self.signing = _new_key()
        if shown:
            self.shown = self.signing


def _grants(issuer: RealIssuer) -> tuple[type[Any], Any]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            told = request.payload.data
            issuer.codes[code] = _Code(
                request.user,
                request.payload.redirect_uri,
                request.payload.scope,
                told.get("nonce"),
                told.get("code_challenge"),
                told.get("code_challenge_method"),
                int(time.time()) - issuer.signed_in_for_s,
            )

        def query_authorization_code(self, code: str, client: Any) -> _Code | None:
            return issuer.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            issuer.codes = {k: v for k, v in issuer.codes.items() if v is not authorization_code}

        def authenticate_user(self, authorization_code: _Code) -> str:
            return authorization_code.sub

    class Tokens(OpenIDCode):  # type: ignore[misc]  # Authlib has no types
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in issuer.codes.values())

        def resolve_client_private_key(self, client: Any) -> Claims:
            key = issuer.signing or issuer.shown
            return dict(key.as_dict(private=True))

        def get_client_claims(self, client: Any) -> Claims:
            return {"iss": issuer.url}

        def generate_user_info(self, user: str, scope: str) -> Claims:
            claims: Claims = {"sub": user}
            issuer.twist(claims)
            return claims

    return Grant, Tokens(require_nonce=True)


def make_app(issuer: RealIssuer) -> flask.Flask:
    """Return the issuer's web pages."""
    app = flask.Flask("issuer")
    client = _Client(issuer.back)

    def save_token(token: Claims, request: Any) -> None:
        issuer.tokens[token["access_token"]] = request.user

    server = AuthorizationServer(app, lambda _: client, save_token)
    grant, tokens = _grants(issuer)
    server.register_grant(grant, [CodeChallenge(required=True), tokens])

    @app.before_request
    def misbehave() -> Any:
        issuer.asked.append(flask.request.path)
        return issuer.bodies.get(flask.request.path)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Claims:
        return {
            "issuer": issuer.url,
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "jwks_uri": f"{issuer.url}/keys",
            "userinfo_endpoint": f"{issuer.url}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    @app.get("/keys")
    def keys() -> Any:
        return KeySet([issuer.shown]).as_dict(private=False)

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        sub = flask.request.form.get("sub")
        found = server.get_consent_grant(end_user=sub)
        if sub is None:
            return FORM
        return server.create_authorization_response(grant=found, grant_user=sub)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/me")
    def me() -> Any:
        sub = issuer.tokens[flask.request.headers["Authorization"].removeprefix("Bearer ")]
        return {"sub": sub, **issuer.people.get(sub, {})}

    return app


@contextmanager
def running(back: str) -> Iterator[RealIssuer]:
    """An issuer that sends people back to `back`, until the block ends."""
    issuer = RealIssuer(f"http://127.0.0.1:{free_port()}", back)
    with mock.patch.dict(os.environ, {"AUTHLIB_INSECURE_TRANSPORT": "1"}):
        port = urlsplit(issuer.url).port
        assert port is not None
        server = make_server("127.0.0.1", port, make_app(issuer), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
