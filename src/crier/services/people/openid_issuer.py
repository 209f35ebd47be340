"""An issuer that the settings name: what it is asked, and what it says of a person.

The authorization code flow of OpenID Connect with PKCE. Authlib writes the requests and checks the
claims of an ID token, joserfc its signature; only signatures by public keys count. What the issuer
answers is bounded (`net/bounded.py`), and every address that its discovery document names has to be
https as its own is. Document and keys are kept for `KEPT_S`; a token that names an unknown key has
them read again, once in `AGAIN_S` at most.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crier import setting_values
from crier.domain.clocks import CLOCK_SKEW_S
from crier.net import bounded
from crier.services.errors import UnauthenticatedError, UpstreamError
from crier.setting_groups import OpenId
from crier.settings import Settings

KEPT_S: Final = 3600.0
AGAIN_S: Final = 60.0
CALLBACK: Final = "/sign-in/callback"
"""The dashboard's page that an issuer sends people back to."""
_ALGORITHMS: Final = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]
_FORM: Final = "application/x-www-form-urlencoded"
_WRONG: Final = (JoseError, ValueError, KeyError, TypeError)
T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Secrets:
    """What one question to the issuer holds that nobody may guess."""

    state: str
    nonce: str
    verifier: str


class Document(msgspec.Struct):
    """What a discovery document says."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()


class Token(msgspec.Struct):
    """What a code is exchanged for."""

    id_token: str
    access_token: str


@dataclass(frozen=True)
class Vouched:
    """What the issuer says of a person."""

    issuer: str
    subject: str
    email: str | None
    """Where the issuer has verified it."""
    username: str | None
    groups: frozenset[str]
    authenticated_at: datetime
    """When it has last seen the person's proof; now, where it does not say."""

    @property
    def name(self) -> str:
        """How people know the identity."""
        return (self.email or self.username or self.subject)[:254]


class Issuer:
    """Asks the issuer."""

    def __init__(self, settings: Settings, openid: OpenId) -> None:
        self.rules = openid
        self._back = f"{settings.public_url or settings.http_url}{CALLBACK}"
        self._lock = threading.Lock()
        self._known: tuple[float, Document, KeySet] | None = None

    def url(self, secrets: Secrets, *, again: bool) -> str:
        """Return where a person's browser goes to sign in at the issuer.

        Args:
            again: whether the person has to prove anew to be there.

        Raises:
            UpstreamError: the issuer gives no answer that is good.
        """
        document, _ = self._read()
        url: str = prepare_grant_uri(
            document.authorization_endpoint,
            self.rules.client_id,
            "code",
            redirect_uri=self._back,
            scope=" ".join(self.rules.scopes),
            state=secrets.state,
            nonce=secrets.nonce,
            code_challenge=create_s256_code_challenge(secrets.verifier),
            code_challenge_method="S256",
            prompt="login" if again else None,
            max_age="0" if again else None,
        )
        return url

    def redeem(self, code: str, secrets: Secrets) -> Vouched:
        """Return what the issuer says of the person that it sent back with `code`.

        Raises:
            UnauthenticatedError: the code is not good, or the token is not for this question.
            UpstreamError: the issuer gives no answer that is good.
        """
        document, keys = self._read()
        token = self._exchange(document, code, secrets)
        try:
            claims = self._verified(document, keys, token, secrets)
        except _WRONG as error:
            log.warning("id_token_refused", extra={"error": type(error).__name__})
            raise UnauthenticatedError(f"what {self.rules.name} said is not good here") from None
        return self._vouched(document, {**self._profile(document, token, claims["sub"]), **claims})

    def _exchange(self, document: Document, code: str, secrets: Secrets) -> Token:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self._back,
            code=code,
            code_verifier=secrets.verifier,
        )
        method = "none"
        if self.rules.client_secret is not None:
            by_post = "client_secret_post" in document.token_endpoint_auth_methods_supported
            method = "client_secret_post" if by_post else "client_secret_basic"
        auth = ClientAuth(self.rules.client_id, self.rules.client_secret, method)
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        url, headers, body = auth.prepare("POST", document.token_endpoint, headers, body)
        status, answer = self._ask("POST", url, headers, body)
        if status == 400 and b'"invalid_grant"' in answer:
            raise UnauthenticatedError("this sign-in took too long, or was used: begin anew")
        if status != 200:
            raise UpstreamError(
                f"{self.rules.name} refuses Crier ({status}): compare the client id, the "
                f"secret and the address {self._back} with what is registered there"
            )
        return self._decoded(answer, Token)

    def _verified(
        self, document: Document, keys: KeySet, token: Token, secrets: Secrets
    ) -> dict[str, Any]:
        """Return the claims of an ID token that is for us and for this question."""
        try:
            found = jwt.decode(token.id_token, keys, algorithms=_ALGORITHMS)
        except _WRONG:  # the issuer may have another key since
            document, keys = self._read(younger_s=AGAIN_S)
            found = jwt.decode(token.id_token, keys, algorithms=_ALGORITHMS)
        checked = CodeIDToken(
            found.claims,
            found.header,
            {
                "iss": {"essential": True, "value": document.issuer},
                "aud": {"essential": True, "value": self.rules.client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": secrets.nonce,
                "client_id": self.rules.client_id,
                "access_token": token.access_token,
            },
        )
        checked.validate(leeway=CLOCK_SKEW_S)
        if not isinstance(checked["sub"], str) or not 1 <= len(checked["sub"]) <= 255:
            raise ValueError("a subject of a wrong kind")
        return dict(checked)

    def _profile(self, document: Document, token: Token, subject: str) -> dict[str, Any]:
        """Return what the issuer tells beside the ID token; it has to be of the same person."""
        if document.userinfo_endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {token.access_token}", "Accept": "application/json"}
        status, answer = self._ask("GET", document.userinfo_endpoint, headers)
        if status != 200:
            raise UpstreamError(f"{self.rules.name} does not tell of the person ({status})")
        told = self._decoded(answer, dict[str, Any])
        if told.get("sub") != subject:
            raise UnauthenticatedError(f"what {self.rules.name} said is not good here")
        return told

    def _vouched(self, document: Document, claims: dict[str, Any]) -> Vouched:
        now, at = datetime.now(UTC), claims.get("auth_time")
        email, verified = claims.get("email"), claims.get("email_verified")
        groups = _groups(claims, self.rules.groups_claim)
        return Vouched(
            issuer=document.issuer,
            subject=claims["sub"],
            email=str(email)[:254] if email and verified in (True, "true") else None,
            username=str(claims.get("preferred_username") or "") or None,
            groups=frozenset(group for group in groups if isinstance(group, str)),
            authenticated_at=min(now, _time(at)) if isinstance(at, int) else now,
        )

    def _read(self, younger_s: float = KEPT_S) -> tuple[Document, KeySet]:
        """Return the discovery document and the keys, read anew where they are older."""
        with self._lock:
            now = time.monotonic()
            if self._known is None or now - self._known[0] > younger_s:
                document = self._discovered()
                self._known = now, document, self._keys(document)
            return self._known[1:]

    def _discovered(self) -> Document:
        issuer = self.rules.issuer
        document = self._fetched(f"{issuer}/.well-known/openid-configuration", Document)
        if document.issuer.rstrip("/") != issuer:
            raise UpstreamError(f"{issuer} says that it is {document.issuer}: name that one")
        for url in (document.authorization_endpoint, document.token_endpoint, document.jwks_uri):
            self._check(url)
        self._check(document.userinfo_endpoint or issuer)
        return document

    def _keys(self, document: Document) -> KeySet:
        try:
            keys: Any = self._fetched(document.jwks_uri, dict[str, Any])
            return KeySet.import_key_set(keys)
        except _WRONG:
            raise UpstreamError(f"{self.rules.name} shows keys that cannot be read") from None

    def _check(self, url: str) -> None:
        try:
            setting_values.issuer(url.partition("?")[0])
        except ValueError as error:
            raise UpstreamError(f"{self.rules.name} names an address that {error}") from None

    def _fetched(self, url: str, kind: type[T]) -> T:
        status, answer = self._ask("GET", url, {"Accept": "application/json"})
        if status != 200:
            raise UpstreamError(
                f"{self.rules.name} answers {status}: is {self.rules.issuer} right?"
            )
        return self._decoded(answer, kind)

    def _decoded(self, answer: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.MsgspecError:
            raise UpstreamError(f"{self.rules.name} answers what cannot be read") from None

    def _ask(
        self, method: str, url: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, bytes]:
        try:
            return bounded.ask(method, url, headers, body)
        except bounded.NoAnswerError as error:
            log.warning("issuer_not_asked", extra={"error": str(error)})
            raise UpstreamError(f"{self.rules.name} {error}: try again later") from None


def _groups(claims: dict[str, Any], claim: str) -> list[Any]:
    """Return the groups in a claim; `realm_access.roles` is one within another."""
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
