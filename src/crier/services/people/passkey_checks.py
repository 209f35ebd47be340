"""What browsers are asked for a passkey, and the check of what they answer (by py_webauthn).

The browser's device signs a challenge that Crier has made up. What Crier must remember of it
(`Asked`) goes to the browser as a sealed text and comes back with the answer, so nobody who is not
signed in can fill a table. Invariants:

- A challenge is good once: an answer that is good inserts it into `spent_challenges`, whose primary
  key refuses it a second time; one that is not good changes nothing. It is good for `LIFETIME`, for
  the purpose and the account that it was made for.
- A passkey's sign count only grows, under the lock of its row. Where it does not, although the
  signature is right, two devices hold the key: that is refused, and told.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
import webauthn
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from crier.secrets.vault import PASSKEY, Vault, VaultError
from crier.services.errors import InvalidError, UnauthenticatedError
from crier.services.people import passkeys
from crier.services.people.passkeys import Credential, Site
from crier.storage.models.people import Passkey, SpentChallenge, User

LIFETIME: Final = timedelta(minutes=5)
Json = dict[str, Any]
Purpose = Literal["add", "sign in", "second step", "prove"]
# What a credential of a wrong shape makes py_webauthn raise.
_REFUSED: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


class RefusedPasskeyError(UnauthenticatedError):
    """An answer that is not good.

    Attributes:
        user: whose passkey it claims to be; None where nobody has it.
        copied: its signature is right, and its sign count has gone back.
    """

    def __init__(self, user: User | None = None, *, copied: bool = False) -> None:
        super().__init__("this passkey is not good here")
        self.user, self.copied = user, copied


class Asked(msgspec.Struct):
    """What a challenge was made for."""

    challenge: bytes
    purpose: Purpose
    user_id: int | None
    """None: whoever has the passkey says who it is."""
    until: datetime


@dataclass(frozen=True)
class Checker:
    """Asks for passkeys of a site, and checks them."""

    site: Site
    vault: Vault

    def begin(self, session: Session, user: User) -> tuple[Json, str]:
        """Return options for `navigator.credentials.create()`, and the challenge to give back.

        Raises:
            ConflictError: the account has as many as it may have.
        """
        passkeys.check_room(session, user.id)
        options = webauthn.generate_registration_options(
            rp_id=self.site.host,
            rp_name="Crier",
            user_name=user.username,
            user_id=user.public_id.encode(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=self._of(session, user.id),
        )
        asked = self._asked(options.challenge, "add", user.id)
        return json.loads(webauthn.options_to_json(options)), asked

    def made(self, session: Session, user_id: int, *, asked: str, answer: Json) -> Credential:
        """Return the passkey that the browser has made.

        Raises:
            InvalidError: the answer is not one to this challenge.
        """
        told = self._spend(session, asked, "add", user_id)
        try:
            made = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=told.challenge,
                expected_rp_id=self.site.host,
                expected_origin=self.site.origin,
                require_user_verification=True,
            )
        except _REFUSED as error:
            raise InvalidError(credential=f"does not fit: {error}") from None
        return Credential(made.credential_id, made.credential_public_key, made.sign_count)

    def ask(self, session: Session, purpose: Purpose, user_id: int | None) -> tuple[Json, str]:
        """Return options for `navigator.credentials.get()`, and the challenge to give back.

        Args:
            purpose: what for; beside a password the device need not verify its owner.
            user_id: of which account; None for any.
        """
        options = webauthn.generate_authentication_options(
            rp_id=self.site.host,
            allow_credentials=None if user_id is None else self._of(session, user_id),
            user_verification=(
                UserVerificationRequirement.PREFERRED
                if purpose == "second step"
                else UserVerificationRequirement.REQUIRED
            ),
        )
        asked = self._asked(options.challenge, purpose, user_id)
        return json.loads(webauthn.options_to_json(options)), asked

    def check(
        self, session: Session, purpose: Purpose, user_id: int | None, *, asked: str, answer: Json
    ) -> User:
        """Return the account whose passkey has answered, which counts as a use of it.

        Raises:
            InvalidError: the challenge is not good (any more), or for something else.
            RefusedPasskeyError: the passkey is unknown, another's, or its answer does not fit.
        """
        told = self._spend(session, asked, purpose, user_id)
        row = _row(session, answer)
        if row is None or (user_id is not None and row.user_id != user_id):
            raise RefusedPasskeyError
        user = session.get_one(User, row.user_id)
        if not _names(answer, user, must=user_id is None) or not user.is_active:
            raise RefusedPasskeyError(user)
        try:
            found = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=told.challenge,
                expected_rp_id=self.site.host,
                expected_origin=self.site.origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=0,  # compared below, once the signature is right
                require_user_verification=purpose != "second step",
            )
        except _REFUSED:
            raise RefusedPasskeyError(user) from None
        if found.new_sign_count <= row.sign_count and (found.new_sign_count or row.sign_count):
            raise RefusedPasskeyError(user, copied=True)
        row.sign_count, row.last_used_at = found.new_sign_count, datetime.now(UTC)
        session.flush()
        return user

    def _of(self, session: Session, user_id: int) -> list[PublicKeyCredentialDescriptor]:
        here = passkeys.of(user_id).where(Passkey.host == self.site.host)
        return [
            PublicKeyCredentialDescriptor(id=row.credential_id) for row in session.scalars(here)
        ]

    def _asked(self, challenge: bytes, purpose: Purpose, user_id: int | None) -> str:
        asked = Asked(challenge, purpose, user_id, datetime.now(UTC) + LIFETIME)
        return self.vault.seal(msgspec.json.encode(asked).decode(), PASSKEY)

    def _spend(self, session: Session, asked: str, purpose: Purpose, user_id: int | None) -> Asked:
        """Take a challenge, once."""
        try:
            told = msgspec.json.decode(self.vault.open(asked, PASSKEY), type=Asked)
        except VaultError:
            raise InvalidError(challenge="is none of ours") from None
        if (told.purpose, told.user_id) != (purpose, user_id):
            raise InvalidError(challenge="is for something else: ask for another")
        if told.until <= datetime.now(UTC):
            raise InvalidError(challenge="has expired: ask for another")
        spent = insert(SpentChallenge).values(challenge=told.challenge, until=told.until)
        once = spent.on_conflict_do_nothing().returning(SpentChallenge.until)
        if session.scalar(once) is None:
            raise InvalidError(challenge="has been used: ask for another")
        return told


def _row(session: Session, answer: Json) -> Passkey | None:
    """Return the passkey that an answer names, locked."""
    try:
        credential_id = base64url_to_bytes(str(answer.get("rawId", "")))
    except ValueError:
        return None
    found = sa.select(Passkey).filter_by(credential_id=credential_id).with_for_update()
    return session.scalar(found.execution_options(populate_existing=True))


def _names(answer: Json, user: User, *, must: bool) -> bool:
    """Return whether an answer is about this account; it must say so where nobody else does."""
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if handle is None:
        return not must
    try:
        return base64url_to_bytes(str(handle)) == user.public_id.encode()
    except ValueError:
        return False
