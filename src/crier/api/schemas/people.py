"""Accounts, sign-ins, API keys and the audit log."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator

from crier.api.schemas.base import Answer, Body, Id, Page, PageQuery, Path, Text, Time
from crier.domain.permissions import SCOPES, MemberRole, Permission, Role, Scope
from crier.services.people.api_keys import LONGEST_OVERLAP_HOURS, OVERLAP_HOURS
from crier.services.people.passwords import MAX_CHARS, MIN_CHARS

Username = Annotated[Text, Field(pattern=r"^[A-Za-z0-9_.-]{3,50}$")]
NewPassword = Annotated[Text, Field(min_length=MIN_CHARS, max_length=MAX_CHARS)]
AnyPassword = Annotated[Text, Field(max_length=1000)]


class Registration(Body):
    """A new account."""

    username: Username = Field(description="Unique without regard to case.", examples=["alice"])
    password: NewPassword = Field(description="Not one of the common ones.")


class Credentials(Body):
    """A sign-in."""

    username: Text = Field(max_length=200, examples=["alice"])
    password: AnyPassword


class PasswordChange(Body):
    """The old password and the new."""

    current_password: AnyPassword
    new_password: NewPassword


class UserAnswer(Answer):
    """An account."""

    model_config = ConfigDict(title="User")

    id: int
    public_id: str
    username: str
    role: Role
    is_active: bool
    may_review: bool = Field(
        description="Of an operator: sees and decides on advertisers' ads that are pending."
    )
    created_at: Time
    last_login_at: Time | None


class OwnOrganisationAnswer(Answer):
    """An organisation of the account that is signed in."""

    model_config = ConfigDict(title="OwnOrganisation")

    id: int
    name: str = Field(description="That of the account where it is of one.")
    is_team: bool
    role: Role | MemberRole = Field(description="In a team that of the membership.")


class MeAnswer(UserAnswer):
    """The account that is signed in, and where it acts."""

    model_config = ConfigDict(title="Me")

    organisation: OwnOrganisationAnswer = Field(
        description="Whose bots and ads are seen and made: `PUT /api/auth/organisation` switches."
    )
    organisations: list[OwnOrganisationAnswer] = Field(description="The account's own first.")
    permissions: list[Permission] = Field(description="What may be done there.")

    must_add_factor: bool = Field(
        description="Whether the role must have a second factor, and there is none: until then all "
        "else is 403."
    )


class TokenPair(Answer):
    """What a sign-in or a refresh gives; the same tokens are set as cookies."""

    access_token: str
    refresh_token: str = Field(description="Good once: a refresh gives the next.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds until the access token ends.")
    user: MeAnswer
    public_url: str | None = Field(
        description="`CRIER_PUBLIC_URL`. Where it is https, a browser keeps the cookies only of a "
        "page that was opened by https."
    )


class UserPath(Path):
    """A user's id."""

    user_id: Id


class UserChange(Body):
    """What an admin changes; what is left out stays."""

    username: Username | None = None
    role: Role | None = None
    is_active: bool | None = None
    may_review: bool | None = Field(
        default=None, description="Of an operator. A new one may, unless this says otherwise."
    )


class UserQuery(PageQuery):
    """Filters of the list of accounts."""

    q: Text | None = Field(default=None, max_length=50, description="A part of the name.")
    role: Role | None = None
    status: Literal["active", "inactive"] | None = None


class NewUser(Body):
    """An account that an admin makes."""

    username: Username
    password: NewPassword | None = Field(
        default=None, description="One is made up, and shown once, where it is left out."
    )
    role: Role = "advertiser"
    may_review: bool | None = Field(
        default=None, description="Of an operator: true where it is left out."
    )


class MadeUserAnswer(UserAnswer):
    """An account that an admin has made."""

    model_config = ConfigDict(title="MadeUser")
    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset({"password"})

    password: str | None = Field(description="Where it was made up: the only time it is shown.")


class NewPasswordAnswer(Answer):
    """A password that was made up for somebody, to be handed to them."""

    model_config = ConfigDict(title="NewPassword")
    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset({"password"})

    password: str | None = Field(description="Null where this answer is given again.")


class InvitationRequest(Body):
    """An invitation to make one account."""

    role: Role = "advertiser"
    may_review: bool | None = Field(
        default=None, description="Of an operator: true where it is left out."
    )
    expires_at: Time | None = Field(
        default=None, description="In 7 days where it is left out; in 90 at most."
    )
    organisation_id: Id | None = Field(
        default=None, description="A team that the account becomes a member of."
    )
    member_role: MemberRole | None = Field(default=None, description="What it is in the team.")


class InvitationPath(Path):
    """An invitation's id."""

    invitation_id: Id


class InvitationAnswer(Answer):
    """An invitation, without its link."""

    model_config = ConfigDict(title="Invitation")

    id: int
    role: Role
    may_review: bool
    created_by: int | None = Field(
        description="The id of the admin or of a team's owner; null for the command line."
    )
    created_at: Time
    expires_at: Time
    used_at: Time | None
    used_by: int | None = Field(description="The id of the account that it made, or that joined.")
    revoked_at: Time | None
    organisation_id: int | None = Field(description="The team that it is for.")
    member_role: MemberRole | None


class NewInvitationAnswer(InvitationAnswer):
    """A new invitation, with its link: the only time it is shown."""

    model_config = ConfigDict(title="NewInvitation")
    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset({"url", "token"})

    url: str | None = Field(description="Opens the dashboard's page that makes the account.")
    token: str | None = Field(description="What the link carries; for `POST /api/auth/join`.")


class InvitationPage(Page[InvitationAnswer]):
    """Invitations, newest first."""

    model_config = ConfigDict(title="InvitationList")


class Joining(Registration):
    """A new account by an invitation."""

    invitation: Text = Field(max_length=200, description="The token of the invitation.")


class UserPage(Page[UserAnswer]):
    """Accounts, newest first."""

    model_config = ConfigDict(title="UserList")


class SessionPath(Path):
    """A sign-in's id."""

    session_id: UUID


class SessionAnswer(Answer):
    """One sign-in, on one device."""

    model_config = ConfigDict(title="Session")

    id: UUID
    created_at: Time
    last_used_at: Time = Field(description="When it was last renewed; that is each 15 minutes.")
    authenticated_at: Time = Field(
        description="When its person has last proven to be there: at the sign-in, or again later."
    )
    expires_at: Time
    ip: str | None = Field(description="Where it was last renewed from.")
    user_agent: str | None = Field(description="What the browser or program calls itself.")
    current: bool = Field(default=False, description="Whether it is the one that asks.")

    @field_validator("ip", mode="before")
    @classmethod
    def _address_as_text(cls, value: object) -> str | None:
        return None if value is None else str(value)


class SessionPage(Page[SessionAnswer]):
    """Sign-ins that are not over, newest first."""

    model_config = ConfigDict(title="SessionList")


class KeyPath(Path):
    """An API key's id."""

    key_id: Id


class UserKeyPath(Path):
    """The ids of a user and of one of the user's API keys."""

    user_id: Id
    key_id: Id


class KeyRequest(Body):
    """A new API key."""

    name: Text = Field(min_length=1, max_length=100, examples=["nightly export"])
    role: Role | None = Field(default=None, description="Your own (the default) or a lesser one.")
    scopes: list[Scope] | None = Field(
        default=None,
        min_length=1,
        max_length=len(SCOPES),
        description="What it may do of what its role may; everything where it is left out. `read`: "
        "see bots, ads, figures and the platform; `ads`: write ads; `launch`: review and broadcast "
        "them; `bots`: add and run bots; `people`: see, import and erase people; `money`: see "
        "prices and earnings.",
    )
    expires_at: Time | None = Field(
        default=None, description="A year from now where it is left out; null for never."
    )

    def given(self) -> dict[str, Any]:
        """What the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class KeyRotation(Body):
    """How long the old key goes on beside the new one, and when the new one ends."""

    overlap_hours: int = Field(
        default=OVERLAP_HOURS, ge=0, le=LONGEST_OVERLAP_HOURS, description="0 ends it at once."
    )
    expires_at: Time | None = Field(
        default=None, description="A year from now where it is left out; null for never."
    )

    def given(self) -> dict[str, Any]:
        """Return what the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class KeyAnswer(Answer):
    """An API key, without its secret."""

    model_config = ConfigDict(title="ApiKey")

    id: int
    name: str
    prefix: str = Field(description="How the key begins, after `crier_`.")
    role: Role
    organisation_id: int | None = Field(
        description="The team that it is for; null for the account's own organisation."
    )
    scopes: list[Scope] = Field(description="What it may do of what its role may.")
    created_at: Time
    last_used_at: Time | None
    last_used_ip: str | None = Field(description="Where it was last used from.")
    expires_at: Time | None = Field(description="Null for a key that does not expire.")
    replaced_by: int | None = Field(description="The id of the key that replaces it, once rotated.")
    revoked_at: Time | None

    @field_validator("last_used_ip", mode="before")
    @classmethod
    def _address_as_text(cls, value: object) -> str | None:
        return None if value is None else str(value)


class NewKeyAnswer(KeyAnswer):
    """A new API key, with its secret: the only time it is shown."""

    model_config = ConfigDict(title="NewApiKey")
    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset({"key"})

    key: str | None = Field(description="Null where this answer is given again: it was shown.")


class KeyPage(Page[KeyAnswer]):
    """API keys of one account, newest first."""

    model_config = ConfigDict(title="ApiKeyList")


class AuditQuery(PageQuery):
    """Filters of the audit log."""

    actor: Text | None = Field(default=None, max_length=120, description="A username.")
    action: Text | None = Field(
        default=None, max_length=60, description="`bot.start`, or `bot` for all of its kind."
    )
    object: Text | None = Field(default=None, max_length=130, description="`bot` or `bot:7`.")
    since: Time | None = None


class AuditAnswer(Answer):
    """One line of the audit log."""

    model_config = ConfigDict(title="AuditEntry")

    id: int
    at: Time
    actor_id: int | None = Field(description="Null for the platform itself, and for nobody known.")
    actor: str
    ip: str | None
    action: str
    object_type: str
    object_id: str | None
    details: dict[str, Any]
    organisation_id: int | None = Field(
        description="The team in which it was done; null for the actor's own organisation."
    )

    @field_validator("ip", mode="before")
    @classmethod
    def _address_as_text(cls, value: object) -> str | None:
        return None if value is None else str(value)


class AuditPage(Page[AuditAnswer]):
    """The audit log, newest first."""

    model_config = ConfigDict(title="AuditEntryList")
