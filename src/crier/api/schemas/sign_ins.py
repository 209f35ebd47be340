"""Proofs of who somebody is, beyond a first password."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Text, Time
from crier.api.schemas.people import AnyPassword


class Proof(Body):
    """What somebody who is signed in proves again to be there with."""

    password: AnyPassword


class FreshAnswer(Answer):
    """How long a sign-in may do what cannot be undone."""

    authenticated_at: Time
    fresh_until: Time


class Code(Body):
    """A one-time code."""

    code: Text = Field(min_length=6, max_length=6, pattern="^[0-9]{6}$", examples=["123456"])


class SecondStep(Body):
    """The second step of a sign-in."""

    challenge: Text = Field(max_length=1000, description="What the first step gave.")
    code: Text = Field(
        min_length=6,
        max_length=40,
        description="Of the app, or a recovery code.",
        examples=["123456"],
    )


class ChallengeAnswer(Answer):
    """The password is right; a second factor is to follow."""

    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset({"challenge"})

    model_config = ConfigDict(title="Challenge")

    challenge: str = Field(description="For `POST /api/auth/login/code`.")
    expires_in: int = Field(description="Seconds until it is void.")


class FactorsAnswer(Answer):
    """The second factors of an account."""

    model_config = ConfigDict(title="Factors")

    required: bool = Field(description="Whether the role must have one.")
    app_added_at: Time | None = Field(description="Null: no app makes codes for this account.")
    recovery_codes_left: int


class NewAppAnswer(Answer):
    """A secret for an app that makes one-time codes: the only time it is shown."""

    model_config = ConfigDict(title="NewApp")

    secret: str
    uri: str = Field(description="What a QR code tells an app.")
    qr: list[str] = Field(description="That QR code: rows of 1 (dark) and 0.")


class RecoveryCodesAnswer(Answer):
    """Recovery codes, each good once: the only time they are shown."""

    model_config = ConfigDict(title="RecoveryCodes")

    recovery_codes: list[str]
