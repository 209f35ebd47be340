"""What an admin decides for the whole platform."""

from pydantic import Field

from crier.api.schemas.base import Answer, Body, Id


class PlatformBot(Answer):
    """The bot that writes to people about their accounts."""

    id: int
    bot_name: str
    username: str | None


class WorkspaceAnswer(Answer):
    """What an admin has decided for the whole platform."""

    platform_bot: PlatformBot | None = Field(
        description="Null: none is chosen, or its owner is no active admin any more."
    )
    linked_chats: int = Field(description="Accounts with a linked chat.")
    separate_launcher: bool = Field(
        description="An ad is launched by another person than the one who approved it."
    )


class WorkspacePatch(Body):
    """What to decide anew; what is left out stays."""

    platform_bot_id: Id | None = Field(
        default=None,
        description="An admin's own bot; null: none. Another one ends all links of chats.",
    )
    separate_launcher: bool = False
