"""Erasures, what a deletion takes with it, and what is kept of a person."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Page, Path, Time

ChatId = Annotated[int, Field(ge=-(2**63), le=2**63 - 1, examples=[123456789])]


class PersonBody(Body):
    """A person: a Telegram user id, which is also the id of the private chat; or another chat."""

    chat_id: ChatId


class ErasurePath(Path):
    """An erasure's id."""

    erasure_id: Id


class ErasureAnswer(Answer):
    """What was asked to be erased, and how far that is. It never says who."""

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


class PersonAnswer(Answer):
    """Everything that bots keep of a person, by table (docs/privacy.md)."""

    model_config = ConfigDict(title="Person")

    chat_id: int
    exported_at: Time
    data: dict[str, list[dict[str, Any]]]
