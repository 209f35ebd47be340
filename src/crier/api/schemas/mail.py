"""Mail addresses, and links that were sent there."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from crier import setting_values
from crier.api.schemas.base import Answer, Body, Text, Time
from crier.api.schemas.people import NewPassword

Token = Annotated[Text, Field(max_length=2000, description="What the link has behind its `#`.")]


def _address(text: str) -> str:
    try:
        return setting_values.mail_address(text)
    except ValueError:
        raise ValueError("is no mail address") from None


class NewMailAddress(Body):
    """Where somebody wants to get mail."""

    address: Annotated[Text, AfterValidator(_address), Field(max_length=254)]


class MailAnswer(Answer):
    """Where an account gets mail."""

    model_config = ConfigDict(title="MailAddress")

    works: bool = Field(description="Whether mail is set up here.")
    address: str | None
    verified_at: Time | None = Field(description="Null: the link that was sent is not opened yet.")


class MailToken(Body):
    """A link that confirms an address."""

    token: Token


class Forgotten(Body):
    """Who has forgotten the password."""

    username: Text = Field(max_length=50)


class NewPasswordByLink(Body):
    """A new password by a link."""

    token: Token
    password: NewPassword
