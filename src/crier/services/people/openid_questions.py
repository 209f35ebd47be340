"""What Crier must remember of a question to the issuer, until the browser brings the answer.

It goes to the browser as a sealed text and comes back with the answer, as the challenge of a
passkey does, so nobody who is not signed in can fill a table. It is good for `LIFETIME`, for the
purpose and the account that it was made for, and once: an answer that is good inserts its state
into `spent_challenges`, whose primary key refuses it a second time. The browser that began keeps it
to itself, so an answer that somebody else slips it (another's code) finds none.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.secrets.vault import OPENID, Vault, VaultError
from crier.services.errors import InvalidError
from crier.services.people.openid_issuer import Secrets
from crier.storage.models.people import SpentChallenge

LIFETIME: Final = timedelta(minutes=10)
"""Long enough to sign in at the issuer, with its own second factor."""
Purpose = Literal["sign in", "link"]


class OpenQuestion(msgspec.Struct):
    """A question that is open."""

    state: str
    nonce: str
    verifier: str
    purpose: Purpose
    user_id: int | None
    until: datetime
    issuer: str = "openid"
    """The one that was asked. Questions of the release before name none."""

    @property
    def secrets(self) -> Secrets:
        """What the issuer is asked with."""
        return Secrets(self.state, self.nonce, self.verifier)


def make(vault: Vault, issuer: str, purpose: Purpose, user_id: int | None) -> tuple[Secrets, str]:
    """Return the secrets of a new question, and the sealed text of it."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    until = datetime.now(UTC) + LIFETIME
    asked = OpenQuestion(state, nonce, verifier, purpose, user_id, until, issuer)
    return asked.secrets, vault.seal(msgspec.json.encode(asked).decode(), OPENID)


def read(
    vault: Vault, text: str, state: str, purpose: Purpose, user_id: int | None
) -> OpenQuestion:
    """Return the question that an answer is to.

    Raises:
        InvalidError: it is none of ours, for something else, too old, or the answer is to another.
    """
    try:
        asked = msgspec.json.decode(vault.open(text, OPENID), type=OpenQuestion)
    except VaultError:
        raise InvalidError(challenge="is none of ours") from None
    if (asked.purpose, asked.user_id) != (purpose, user_id):
        raise InvalidError(challenge="is for something else: begin anew")
    if asked.until <= datetime.now(UTC):
        raise InvalidError(challenge="has expired: begin anew")
    if not hmac.compare_digest(asked.state.encode(), state.encode()):
        raise InvalidError(state="is of another sign-in: begin anew")
    return asked


def spend(session: Session, asked: OpenQuestion) -> None:
    """Take a question, once.

    Raises:
        InvalidError: it was answered before.
    """
    spent = insert(SpentChallenge).values(challenge=asked.state.encode(), until=asked.until)
    once = spent.on_conflict_do_nothing().returning(SpentChallenge.until)
    if session.scalar(once) is None:
        raise InvalidError(challenge="has been used: begin anew")
