"""Identities of an issuer of OpenID Connect, and what it and Crier are told of a sign-in there."""

from typing import Literal

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Path, Text, Time

IssuerId = Literal["openid", "telegram"]


class IssuerChoice(Body):
    """At which issuer."""

    issuer: IssuerId = Field(default="openid", description="One that the sign-in methods name.")


class IssuerQuestion(IssuerChoice):
    """A sign-in that begins at an issuer."""

    again: bool = Field(
        default=False,
        description="Whether the person has to prove anew to be there, signed in there or not.",
    )


class AskedIssuerAnswer(Answer):
    """Where the browser goes now."""

    model_config = ConfigDict(title="AskedIssuer")

    url: str = Field(description="Of the issuer, which sends the browser to `/sign-in/callback`.")
    challenge: str = Field(
        description="To be kept by the browser that began, and given back within 10 minutes."
    )


class IssuerReply(Body):
    """What the issuer has sent the browser back with."""

    challenge: Text = Field(max_length=2000, description="What the address came with; good once.")
    code: Text = Field(min_length=1, max_length=4000)
    state: Text = Field(min_length=1, max_length=200)


class IssuerSignIn(IssuerReply):
    """A sign-in by what the issuer has said."""

    invitation: Text | None = Field(
        default=None,
        max_length=100,
        description="The token of one: an identity that no account is linked to gets one by it.",
    )


class IssuerAnswer(Answer):
    """An issuer of OpenID Connect that signs people in here."""

    model_config = ConfigDict(title="Issuer")

    id: IssuerId
    name: str


class IdentityPath(Path):
    """An identity's id."""

    identity_id: Id


class IdentityAnswer(Answer):
    """Somebody that an issuer knows, who signs in as the account."""

    model_config = ConfigDict(title="Identity")

    id: int
    issuer: str
    name: str = Field(description="The mail address there, or what else it calls the person.")
    created_at: Time
    last_used_at: Time | None


class IdentitiesAnswer(Answer):
    """The identities of an account."""

    model_config = ConfigDict(title="Identities")

    items: list[IdentityAnswer] = Field(description="The oldest first.")
    issuer: str | None = Field(description="The name of `openid`; null: it is not set.")
    issuers: list[IssuerAnswer] = Field(description="Where identities can be linked.")
