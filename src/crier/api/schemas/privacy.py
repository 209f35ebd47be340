"""Erasures, what a deletion takes with it, and what is kept of a person."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Page, Path, Time
from crier.services.people import team_deletion
from crier.services.privacy import owners, requests

ChatId = Annotated[int, Field(ge=-(2**63), le=2**63 - 1, examples=[123456789])]


class PersonBody(Body):
    """A person: a Telegram user id, which is also the id of the private chat; or another chat."""

    chat_id: ChatId


class ErasurePath(Path):
    """An erasure's id."""

    erasure_id: Id


class ErasureAnswer(Answer):
    """What was asked to be erased, and how far that is. It never names the person."""

    model_config = ConfigDict(title="Erasure")

    id: int
    kind: Literal["bot", "person"]
    bot_id: int | None = Field(description="The deleted bot; null for a person.")
    requested_at: Time
    requested_by: str
    state: Literal["waiting", "running", "done"]
    step: str | None = Field(description="What is being erased; null when nothing is.")
    rows: int = Field(description="Rows erased so far.")
    done_at: Time | None


class ErasurePage(Page[ErasureAnswer]):
    """A page of erasures."""

    model_config = ConfigDict(title="ErasurePage")


class DeletionGoes(Answer):
    """What is erased with a bot; rows are counted up to a million of each."""

    chats: int
    messages: int
    clicks: int = Field(description="Rows of single clicks.")
    pending_recipients: int = Field(description="Of running broadcasts: they become `skipped`.")
    schedules: int = Field(description="Of this bot alone: they are cancelled.")


class DeletionStays(Answer):
    """What stays as sums."""

    broadcasts: int = Field(description="Broadcasts whose figures keep this bot's part.")
    sent: int
    clicks: int


class DeletionAnswer(Answer):
    """What deleting a bot would take with it, and what would stay."""

    model_config = ConfigDict(title="Deletion")

    goes: DeletionGoes
    stays: DeletionStays

    @classmethod
    def of(cls, found: requests.Deletion, **more: Any) -> Self:
        """Return what the service has counted; `more` are fields of a subclass."""
        goes = DeletionGoes(
            chats=found.chats,
            messages=found.messages,
            clicks=found.clicks,
            pending_recipients=found.pending_recipients,
            schedules=found.schedules,
        )
        stays = DeletionStays(
            broadcasts=found.broadcasts, sent=found.sent, clicks=found.counted_clicks
        )
        return cls(goes=goes, stays=stays, **more)


class AccountDeletionAnswer(DeletionAnswer):
    """The same of all bots of an account, and of its ads."""

    model_config = ConfigDict(title="AccountDeletion")

    bots: int = Field(description="They are deleted with all that `goes` names.")
    drafts: int = Field(description="Ads that were never launched: they are deleted.")
    ads: int = Field(description="Ads that were launched: they stay with their figures.")

    @classmethod
    def of_owner(cls, found: owners.Belongings) -> Self:
        """Return what the service has counted."""
        return cls.of(found.deletion, bots=found.bots, drafts=found.drafts, ads=found.ads)


class TeamDeletionAnswer(AccountDeletionAnswer):
    """The same of a team, and what becomes of its members."""

    model_config = ConfigDict(title="TeamDeletion")

    members: int = Field(description="They act for themselves again.")
    keys: int = Field(description="API keys for the team: they are revoked.")
    stays_with: str | None = Field(
        description="The account that the team grew out of, to which launched ads stay; null where "
        "it is none: then they stay for admins and viewers alone."
    )

    @classmethod
    def of_team(cls, found: team_deletion.TeamBelongings) -> Self:
        """Return what the service has counted."""
        has = found.belongings
        of_ads = {"bots": has.bots, "drafts": has.drafts, "ads": has.ads}
        team = {"members": found.members, "keys": found.keys, "stays_with": found.stays_with}
        return cls.of(has.deletion, **of_ads, **team)


class PersonAnswer(Answer):
    """Everything that bots keep of a person, by table (docs/privacy.md)."""

    model_config = ConfigDict(title="Person")

    chat_id: int
    exported_at: Time
    data: dict[str, list[dict[str, Any]]]
