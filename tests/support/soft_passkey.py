"""A passkey in memory, as an authenticator keeps one: makes itself known, and signs challenges.

By https://www.w3.org/TR/webauthn-3/: authenticator data (6.1), attestation object (6.5.4) and the
signature over authenticator data and the hash of the client data (6.3.3).
"""

import base64
import hashlib
import json
import secrets
import struct
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

Json = dict[str, Any]
_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_NEW: Final = 0x40


class SoftPasskey:
    """One credential with its counter; tests change what an honest device never would."""

    def __init__(self, origin: str = "http://localhost:8080", host: str = "localhost") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.origin, self.host = origin, host
        self.count, self.verified, self.counts = 0, True, True
        self.handle = ""

    def make(self, options: Json) -> Json:
        """Answer `navigator.credentials.create()`, without attestation."""
        self.handle = options["user"]["id"]
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        own = bytes(16) + struct.pack(">H", len(self.id)) + self.id
        own += cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        told = {"fmt": "none", "attStmt": {}, "authData": self._data(_NEW) + own}
        response = {
            "clientDataJSON": self._client("webauthn.create", options),
            "attestationObject": _text(cbor2.dumps(told)),
        }
        return self._credential(response)

    def sign(self, options: Json) -> Json:
        """Answer `navigator.credentials.get()`."""
        self.count += self.counts
        data, client = self._data(0), self._client("webauthn.get", options)
        signed = data + hashlib.sha256(_bytes(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": _text(data),
            "signature": _text(self._key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": self.handle,
        }
        return self._credential(response)

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, options: Json) -> str:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return _text(json.dumps(told).encode())

    def _credential(self, response: Json) -> Json:
        named = _text(self.id)
        return {"id": named, "rawId": named, "type": "public-key", "response": response}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
