"""Passkeys, and what browsers and Crier tell each other about them."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Path, Text, Time

Name = Annotated[Text, Field(min_length=1, max_length=50, examples=["Laptop"])]


class PasskeyProof(Body):
    """What a browser has answered, with the challenge that it was asked by."""

    challenge: Text = Field(max_length=1000, description="What the options came with; good once.")
    credential: dict[str, Any] = Field(
        description="What the browser answered: `PublicKeyCredential.toJSON()`."
    )


class NewPasskey(PasskeyProof):
    """A passkey that the browser has made."""

    name: Name


class PasskeyPath(Path):
    """A passkey's id."""

    passkey_id: Id


class PasskeyChange(Body):
    """Another name."""

    name: Name


class PasskeyQuestion(Body):
    """For which sign-in a passkey is asked."""

    first_step: Text | None = Field(
        default=None,
        max_length=1000,
        description="The challenge of the password's step, where the passkey is the second one.",
    )


class PasskeySignIn(PasskeyProof, PasskeyQuestion):
    """A sign-in by a passkey."""


class PasskeyAnswer(Answer):
    """A passkey."""

    model_config = ConfigDict(title="Passkey")

    id: int
    name: str
    host: str = Field(description="The name that it works at.")
    created_at: Time
    last_used_at: Time | None


class AddedPasskeyAnswer(Answer):
    """A passkey that was added."""

    model_config = ConfigDict(title="AddedPasskey")

    passkey: PasskeyAnswer
    recovery_codes: list[str] = Field(
        description="With a first second factor, shown this once; else empty."
    )


class AskedAnswer(Answer):
    """What the browser is asked."""

    model_config = ConfigDict(title="AskedPasskey")

    options: dict[str, Any] = Field(
        description="For `PublicKeyCredential.parseCreationOptionsFromJSON`, or `…Request…`."
    )
    challenge: str = Field(description="To be given back with the answer, within 5 minutes.")
