"""What a bot answers by itself: replies, commands, welcome. Limits are Telegram's own."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from crier.api.schemas.base import Body, Text
from crier.domain import links, replies, urls

BUTTONS_MAX = 100
COMMANDS_MAX = 500


def _link(url: str) -> str:
    links.host_of(url)
    return url


def _unset(value: object) -> bool:
    return value is None


class ReplyButtonBody(Body):
    """A button under a reply: a link, or text that it sends back to the bot."""

    model_config = ConfigDict(title="ReplyButton")

    text: Text = Field(min_length=1, max_length=64, examples=["Open the shop"])
    url: Annotated[Text, Field(max_length=urls.MAX_CHARS), AfterValidator(_link)] | None = Field(
        default=None, exclude_if=_unset, examples=["https://shop.example"]
    )
    callback_data: Text | None = Field(
        default=None,
        min_length=1,
        exclude_if=_unset,
        description="At most 64 bytes of UTF-8; comes back to the bot as if it had been written.",
    )

    @field_validator("callback_data")
    @classmethod
    def _short(cls, data: str | None) -> str | None:
        if data is not None and len(data.encode(errors="replace")) > 64:
            raise ValueError("is longer than 64 bytes")
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.url is None) == (self.callback_data is None):
            raise ValueError("needs either url or callback_data")
        return self


class ReplyBody(Body):
    """A message that the bot sends back: a text, or a medium with the text as its caption."""

    model_config = ConfigDict(title="Reply")

    parse_mode: Literal["HTML", "MarkdownV2"] | None = None
    media_url: Annotated[Text, Field(max_length=urls.MAX_CHARS)] | None = Field(
        default=None, description="A public http(s) URL."
    )
    text: Text = Field(  # after the medium that it may be missing for
        default="",
        validate_default=True,
        max_length=32_768,
        description="`{first_name}` and `{username}` are filled in, escaped for the markup.",
        examples=["Hello {first_name}!"],
    )
    buttons: list[Annotated[list[ReplyButtonBody], Field(min_length=1, max_length=8)]] = Field(
        default=[], max_length=BUTTONS_MAX, description="Rows of buttons."
    )

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str, info: ValidationInfo) -> str:
        if not text.strip() and info.data.get("media_url") is None:
            raise ValueError("must not be empty where there is no media_url")
        return text

    @field_validator("buttons")
    @classmethod
    def _few(cls, rows: list[list[ReplyButtonBody]]) -> list[list[ReplyButtonBody]]:
        if sum(len(row) for row in rows) > BUTTONS_MAX:
            raise ValueError(f"are more than {BUTTONS_MAX}")
        return rows


class CommandBody(Body):
    """Something that people write, and what the bot answers."""

    model_config = ConfigDict(title="Command")

    match: Literal["command", "exact", "contains"] = Field(
        default="command", description="`/trigger`, the whole text, or a part of it in any case."
    )
    trigger: Text = Field(min_length=1, max_length=256, pattern=r"\S", examples=["/help"])
    reply: ReplyBody
    description: Text | None = Field(
        default=None,
        min_length=1,
        max_length=replies.DESCRIPTION_MAX_CHARS,
        exclude_if=_unset,
        description="For Telegram's command menu; the reply's first line where it is left out.",
    )

    @field_validator("trigger")
    @classmethod
    def _as_telegram_has_it(cls, trigger: str, info: ValidationInfo) -> str:
        if info.data.get("match") == "command" and not replies.COMMAND.fullmatch(trigger):
            raise ValueError("of a command must be 1 to 32 of a-z, 0-9 and _")
        return trigger


class CommandList(Body):
    """A bot's commands, in the order in which they are tried; used in and out."""

    items: list[CommandBody] = Field(max_length=COMMANDS_MAX)
