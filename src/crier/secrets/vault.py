"""Secrets at rest: bot tokens and the like, encrypted with AES-256-GCM under a ring of keys.

A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`; version, key id and purpose are
authenticated with it (AAD), so that a sealed text moved to another purpose does not open.
"""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crier.errors import CrierError
from crier.secrets.keyring import Key, Keyring
from crier.settings import Settings

_VERSION = "v1"
_NONCE_BYTES = 12
BOT_TOKEN = "bot token"  # noqa: S105 (a purpose, no secret)
"""Purpose of `bots.bot_token`, and the default."""
IDEMPOTENT_ANSWER = "idempotent answer"
"""Purpose of `idempotency_keys.response`."""
WEBHOOK_SECRET = "webhook secret"  # noqa: S105 (a purpose, no secret)
"""Purpose of `bots.webhook_secret`."""
ONE_TIME_CODE = "one-time code"
"""Purpose of `one_time_codes.secret`."""
SIGN_IN = "sign-in"
"""Purpose of what somebody holds between the steps of a sign-in."""
PASSKEY = "passkey"
"""Purpose of what goes with the challenge of a passkey."""
MAIL = "mail"
"""Purpose of `outbox.sealed`, and of what links in them hold."""
OPENID = "openid"
"""Purpose of what goes with a question to an issuer of OpenID Connect."""
PERSON = "person"
"""Purpose of `privacy_requests.subject`."""


class VaultError(CrierError):
    """A sealed text does not open: its key is not in the ring, or it was changed."""


class Vault:
    """Seals and opens secrets with a ring of keys."""

    def __init__(self, keys: Keyring) -> None:
        self.keys = keys

    @classmethod
    def of(cls, settings: Settings) -> "Vault":
        """Return the vault of `CRIER_TOKEN_KEYS`, or of the ring in the data folder (made if
        missing)."""
        return cls(Keyring(settings.token_keys, settings.data_dir / "keys" / "token.keys"))

    def seal(self, secret: str, purpose: str = BOT_TOKEN) -> str:
        """`secret`, readable only through `open` with the same purpose."""
        key, nonce = self.keys.newest, os.urandom(_NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, secret.encode(), _aad(key.id, purpose))
        return f"{_VERSION}.{key.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str = BOT_TOKEN) -> str:
        """Return the secret in `sealed`.

        Raises:
            VaultError: it was sealed with a key that is not in the ring, or it was changed.
        """
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        key = self.keys.find(key_id) if version == _VERSION else None
        if key is None:
            raise VaultError(
                "a secret was sealed with a key that is not in CRIER_TOKEN_KEYS (or the data "
                "folder's keys/token.keys): put that key back"
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            nonce, ciphertext = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return _cipher(key).decrypt(nonce, ciphertext, _aad(key_id, purpose)).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise VaultError("a sealed secret has been changed and does not open") from None

    @property
    def newest_prefix(self) -> str:
        """How every text begins that is sealed with the newest key."""
        return f"{_VERSION}.{self.keys.newest.id}."

    def fingerprint(self, token: str) -> bytes:
        """Keyed HMAC of `token` under the newest key, to find it again without opening any."""
        return _fingerprint(self.keys.newest, token)

    def fingerprints(self, token: str) -> list[bytes]:
        """Return the fingerprints of `token` under every key: during a rotation rows hold
        either."""
        ring = self.keys.keys()
        return [_fingerprint(key, token) for key in ring]


def _cipher(key: Key) -> AESGCM:
    return AESGCM(key.derive("seal"))


def _aad(key_id: str, purpose: str) -> bytes:
    return f"crier {_VERSION} {key_id} {purpose}".encode()


def _fingerprint(key: Key, token: str) -> bytes:
    return hmac.digest(key.derive("fingerprint"), token.encode(), hashlib.sha256)
