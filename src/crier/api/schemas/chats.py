"""Chats, messages and imported audiences of a bot."""

from typing import Annotated, Literal

from flask_openapi3 import RawModel
from pydantic import ConfigDict, Field

from crier.api.schemas.base import MAX_ID, Answer, Page, PageQuery, PlainDigits, Query, Text, Time

ChatStatus = Literal["active", "unsubscribed", "blocked", "gone"]
ChatType = Literal["private", "group", "supergroup", "channel"]
Direction = Literal["in", "out"]
MessageStatus = Literal["received", "sent", "blocked", "failed", "unknown"]


class ChatQuery(PageQuery):
    """Filters of a bot's chats."""

    status: ChatStatus | None = None
    q: Text | None = Field(
        default=None, max_length=200, description="Part of a name, or a whole chat id."
    )


class ChatAnswer(Answer):
    """A chat that a bot knows."""

    model_config = ConfigDict(title="Chat")

    chat_id: int
    type: ChatType
    title: str | None = Field(description="Of a person the first name.")
    username: str | None
    language_code: str | None
    status: ChatStatus
    joined_at: Time
    last_seen_at: Time | None


class ChatPage(Page[ChatAnswer]):
    """Chats, newest first."""

    model_config = ConfigDict(title="ChatList")


class MessageQuery(PageQuery):
    """Filters of a bot's messages."""

    chat_id: Annotated[int, Field(ge=-MAX_ID, le=MAX_ID), PlainDigits] | None = None
    direction: Direction | None = None


class MessageAnswer(Answer):
    """A message that came in or went out."""

    model_config = ConfigDict(title="Message")

    id: int
    chat_id: int
    direction: Direction
    message_type: str = Field(examples=["text"])
    content: str | None
    status: MessageStatus
    sent_at: Time
    ad_id: int | None
    error: str | None


class MessagePage(Page[MessageAnswer]):
    """Messages, newest first."""

    model_config = ConfigDict(title="MessageList")


class ImportFile(RawModel):
    """`{"chat_ids": [...]}`, or a CSV file with a column `chat_id`."""

    mimetypes = ["application/json", "text/csv"]  # noqa: RUF012 (flask-openapi3 reads it so)


class ImportQuery(Query):
    """How to read the list."""

    column: Text | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Which column of a CSV file holds the chat ids; `chat_id` where left out, or "
        "the only other one that names an id of Telegram. A file that leaves it open is 422.",
    )


class RejectedLine(Answer):
    """A line that holds no chat id, or one of somebody who does not want the bot's messages."""

    line: int
    reason: str


class ListUnderstood(Answer):
    """How a list was read; names and cells are cut to 60 characters."""

    separator: str | None = Field(description="Null for JSON.")
    columns: list[str] = Field(description="Empty without a header.")
    column: str | None = Field(description="The one that holds the chat ids.")
    first_rows: list[list[str]] = Field(description="Five at most.")


class ImportAnswer(Answer):
    """What became of an imported list."""

    model_config = ConfigDict(title="ChatImport")

    accepted: int
    duplicates: int = Field(description="Active already, or more than once in the list.")
    rejected: list[RejectedLine] = Field(description="The first thousand.")
    rejected_total: int
    understood: ListUnderstood
