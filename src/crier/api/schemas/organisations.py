"""Organisations and their members."""

from typing import Annotated

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Page, Path, Text, Time
from crier.domain.permissions import MEMBER_SCOPES, MemberRole, MemberScope

_NAME = Field(min_length=1, max_length=100, examples=["Example Ads"])


class OrganisationChoice(Body):
    """In which organisation this sign-in acts from now on."""

    organisation_id: Id = Field(description="One of yours; your own id for your own.")


class NewOrganisation(Body):
    """A team to make."""

    name: Text = _NAME
    owner_id: Id | None = Field(
        default=None, description="The account that is its first owner: yours if left out."
    )


class OrganisationName(Body):
    """Another name."""

    name: Text = _NAME


class OrganisationPath(Path):
    """An organisation's id."""

    organisation_id: Id


class OrganisationAnswer(Answer):
    """An organisation."""

    model_config = ConfigDict(title="Organisation")

    id: int
    name: str | None = Field(description="Null where it is of one account, which has its id.")
    created_at: Time


class OrganisationPage(Page[OrganisationAnswer]):
    """Organisations, newest first."""

    model_config = ConfigDict(title="OrganisationList")


class MemberPath(OrganisationPath):
    """A member of an organisation."""

    user_id: Id


class NewMember(Body):
    """An account that becomes a member."""

    user_id: Id
    role: MemberRole


class MemberChange(Body):
    """What a member is from now on; what is left out stays."""

    role: MemberRole | None = None
    withheld: list[MemberScope] | None = Field(
        default=None,
        max_length=len(MEMBER_SCOPES),
        description="What the team withholds of the role, by the scopes of API keys; nothing of an "
        "owner's.",
    )


class MemberAnswer(Answer):
    """A member of an organisation."""

    model_config = ConfigDict(title="Member")

    user_id: int
    username: str
    role: MemberRole
    withheld: list[MemberScope] = Field(description="What the team withholds of the role.")
    is_active: bool = Field(description="Whether the account is.")
    created_at: Time = Field(description="When it became a member.")


class MemberPage(Page[MemberAnswer]):
    """Members, newest accounts first."""

    model_config = ConfigDict(title="MemberList")


class MemberInvitation(Body):
    """An invitation into a team."""

    role: MemberRole
    expires_at: Time | None = Field(
        default=None, description="In 7 days where it is left out; in 90 at most."
    )


class MemberInvitationPath(OrganisationPath):
    """An invitation into a team."""

    invitation_id: Id


class Acceptance(Body):
    """An invitation that you accept."""

    invitation: Text = Field(max_length=200, description="The token of the invitation.")


class QuotaAnswer(Answer):
    """How much of a kind an organisation may have, and has."""

    model_config = ConfigDict(title="Quota")

    limit: int | None = Field(description="Null: as much as it likes.")
    used: int = Field(description="May be above a limit that came later.")


class QuotasAnswer(Answer):
    """How much an organisation may have of each kind, and has."""

    model_config = ConfigDict(title="Quotas")

    bots: QuotaAnswer
    subscribers: QuotaAnswer = Field(description="Active ones of all bots; only imports end here.")
    upload_bytes: QuotaAnswer = Field(description="Of files for ads.")
    ads_per_day: QuotaAnswer = Field(description="Written in the last 24 hours.")
    schedules: QuotaAnswer = Field(description="Broadcasts that wait for their time.")


_Limit = Annotated[int, Field(ge=0, le=2**53)]


class QuotasPatch(Body):
    """Limits to set; null: none. What is left out stays."""

    bots: _Limit | None = None
    subscribers: _Limit | None = None
    upload_bytes: _Limit | None = None
    ads_per_day: _Limit | None = None
    schedules: _Limit | None = None
