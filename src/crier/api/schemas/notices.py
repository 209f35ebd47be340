"""Linked chats, and by which way people are told of what."""

from pydantic import Field

from crier.api.schemas.base import Answer, Body, Time
from crier.services.people.notices import Kind, Way


class LinkedChatAnswer(Answer):
    """The chat that is linked to an account."""

    bot: str | None = Field(
        description="The username of the platform's bot; null: an admin has chosen none."
    )
    name: str | None = Field(description="What the person calls themselves; null: no chat.")
    linked_at: Time | None
    is_blocked: bool = Field(description="The person has blocked the bot: nothing arrives.")


class ChatLinkAnswer(Answer):
    """A deep link that links one chat, once."""

    url: str
    expires_at: Time


class NoticeAnswer(Answer):
    """By which way somebody is told of a kind of thing."""

    kind: Kind
    channel: Way = Field(description="By which way, chosen or by default.")
    chosen: bool


class NoticesAnswer(Answer):
    """By which way somebody is told of what."""

    items: list[NoticeAnswer]


class NoticesPatch(Body):
    """By which way you want to be told; null: as it is by default; what is left out stays."""

    account: Way | None = Field(
        default=None, description="A new device, a changed password, a linked chat."
    )
    broadcast_ended: Way | None = None
    broadcast_stopped: Way | None = Field(
        default=None, description="A broadcast has failed, or has paused itself."
    )
    bot_error: Way | None = None
    report: Way | None = Field(default=None, description="Reports that come by themselves.")
