"""What a bot answers by itself: replies, commands, welcome. Limits are Telegram's own."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_serializer, model_validator

from crier.api.schemas.base import Body, Text
from crier.domain import replies, urls

TEXT_MAX_BYTES = 32_768
TEXT_MAX_CHARS = 4096
CAPTION_MAX_CHARS = 1024
BUTTONS_MAX = 100
COMMANDS_MAX = 500


def _link(url: str) -> str:
    if not url.startswith("tg://"):
        urls.check_web(url)
    return url


class ReplyButtonBody(Body):
    """A button under a reply: a link, or text that it sends back to the bot."""

    model_config = ConfigDict(title="ReplyButton")

    text: Text = Field(min_length=1, max_length=64, examples=["Open the shop"])
    url: Annotated[Text, Field(max_length=urls.MAX_CHARS), AfterValidator(_link)] | None = Field(
        default=None, examples=["https://shop.example"]
    )
    callback_data: Text | None = Field(
        default=None, min_length=1, description="At most 64 bytes of UTF-8."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.url is None) == (self.callback_data is None):
            raise ValueError("needs either url or callback_data")
        if self.callback_data is not None and len(self.callback_data.encode()) > 64:
            raise ValueError("callback_data is longer than 64 bytes")
        return self

    @model_serializer
    def _kind_only(self) -> dict[str, Any]:
        given = {"text": self.text, "url": self.url, "callback_data": self.callback_data}
        return {name: value for name, value in given.items() if value is not None}


class ReplyBody(Body):
    """A message that the bot sends back: a text, or a medium with the text as its caption."""

    model_config = ConfigDict(title="Reply")

    text: Text = Field(
        default="",
        description="`{first_name}` and `{username}` are filled in, escaped for the markup.",
        examples=["Hello {first_name}!"],
    )
    parse_mode: Literal["HTML", "MarkdownV2"] | None = None
    media_url: Annotated[Text, Field(max_length=urls.MAX_CHARS)] | None = Field(
        default=None, description="A public http(s) URL."
    )
    buttons: list[Annotated[list[ReplyButtonBody], Field(min_length=1, max_length=8)]] = Field(
        default=[], max_length=BUTTONS_MAX, description="Rows of buttons."
    )

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        if not self.text.strip() and self.media_url is None:
            raise ValueError("needs a text or a media_url")
        if len(self.text.encode(errors="replace")) > TEXT_MAX_BYTES:
            raise ValueError(f"text is longer than {TEXT_MAX_BYTES} bytes")
        limit = TEXT_MAX_CHARS if self.media_url is None else CAPTION_MAX_CHARS
        if self.parse_mode is None and len(self.text.strip()) > limit:
            raise ValueError(f"text is longer than {limit} characters")
        if sum(len(row) for row in self.buttons) > BUTTONS_MAX:
            raise ValueError(f"has more than {BUTTONS_MAX} buttons")
        return self


class CommandBody(Body):
    """Something that people write, and what the bot answers."""

    model_config = ConfigDict(title="Command")

    trigger: Text = Field(min_length=1, max_length=256, examples=["/help"])
    match: Literal["command", "exact", "contains"] = "command"
    reply: ReplyBody
    description: Text | None = Field(
        default=None,
        min_length=1,
        max_length=replies.DESCRIPTION_MAX_CHARS,
        description="For Telegram's command menu; the reply's first line where it is left out.",
    )

    @model_validator(mode="after")
    def _as_telegram_has_it(self) -> Self:
        if self.match == "command" and not replies.COMMAND.fullmatch(self.trigger):
            raise ValueError("a command's trigger is 1 to 32 of a-z, 0-9 and _")
        if not self.trigger.strip():
            raise ValueError("the trigger is empty")
        return self

    @model_serializer
    def _without_unset(self) -> dict[str, Any]:
        given = {"trigger": self.trigger, "match": self.match, "reply": self.reply.model_dump()}
        return given if self.description is None else given | {"description": self.description}


class CommandList(Body):
    """A bot's commands, in the order in which they are tried; used in and out."""

    items: list[CommandBody] = Field(max_length=COMMANDS_MAX)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen = set()
        for index, item in enumerate(self.items):
            trigger = item.trigger.removeprefix("/") if item.match == "command" else item.trigger
            key = (item.match, trigger.casefold())
            if key in seen:
                raise ValueError(f"item {index} repeats a trigger")
            seen.add(key)
        if sum(item.match == "command" for item in self.items) > replies.MENU_MAX_COMMANDS:
            raise ValueError(f"more than {replies.MENU_MAX_COMMANDS} commands")
        return self
