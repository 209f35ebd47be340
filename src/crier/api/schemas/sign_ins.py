"""Proofs of who somebody is, beyond a first password."""

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Text, Time
from crier.api.schemas.identities import IssuerAnswer
from crier.api.schemas.passkeys import PasskeyAnswer, PasskeyProof
from crier.api.schemas.people import AnyPassword


class Proof(Body):
    """What somebody who is signed in proves again to be there with: a password, or a passkey."""

    password: AnyPassword | None = None
    passkey: PasskeyProof | None = None


class FreshAnswer(Answer):
    """How long a sign-in may do what cannot be undone."""

    authenticated_at: Time
    fresh_until: Time


class MethodsAnswer(Answer):
    """By what people sign in."""

    model_config = ConfigDict(title="SignInMethods")

    password: bool = Field(
        description="False: passwords sign in only admins that nothing else signs in."
    )
    passkeys_at: str | None = Field(
        description="The origin whose pages can use passkeys; null: none can."
    )
    openid: str | None = Field(
        description="The name of the issuer of OpenID Connect that is set; null: there is none."
    )
    issuers: list[IssuerAnswer] = Field(
        description="It, and Telegram where that is set up: what `login/openid/begin` takes."
    )
    mail: bool = Field(description="Whether mail is set up here.")
    reset: bool = Field(
        description="Whether a forgotten password is helped, by mail or by a linked chat."
    )


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

    challenge: str = Field(
        description="For `POST /api/auth/login/code`, or as `first_step` of a passkey."
    )
    factors: list[Literal["app", "passkey"]] = Field(
        description="What the account has; a recovery code does for either."
    )
    expires_in: int = Field(description="Seconds until it is void.")


class FactorsAnswer(Answer):
    """The second factors of an account."""

    model_config = ConfigDict(title="Factors")

    required: bool = Field(description="Whether the role must have one.")
    app_added_at: Time | None = Field(description="Null: no app makes codes for this account.")
    passkeys: list[PasskeyAnswer] = Field(description="The oldest first.")
    passkeys_at: str | None = Field(description="The origin whose pages can use passkeys.")
    passkeys_fault: str | None = Field(
        description="Why no browser can use one here, and what the operator has to set."
    )
    recovery_codes_left: int


class NewAppAnswer(Answer):
    """A secret for an app that makes one-time codes: the only time it is shown."""

    model_config = ConfigDict(title="NewApp")

    secret: str
    uri: str = Field(description="What a QR code tells an app.")
    qr: list[str] = Field(description="That QR code: rows of 1 (dark) and 0.")


class RecoveryCodesAnswer(Answer):
    """Recovery codes, each good once: the only time they are shown. Empty where there are some."""

    model_config = ConfigDict(title="RecoveryCodes")

    recovery_codes: list[str]
