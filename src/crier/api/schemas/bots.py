"""Bots: what is sent to add or change them, and what they and their reports look like."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from crier.api.schemas.base import (
    COMPARE,
    Answer,
    Body,
    Compare,
    Counted,
    Id,
    Moment,
    Page,
    PageQuery,
    Path,
    Query,
    Text,
    Time,
    Zone,
)
from crier.api.schemas.replies import ReplyBody
from crier.domain import urls
from crier.services.bots import bots
from crier.services.bots.bots import NAME_MAX_CHARS
from crier.services.caller import Caller
from crier.services.system.logs import Level
from crier.storage.models.bots import Bot

Status = Literal["stopped", "starting", "running", "stopping", "error"]
Desired = Literal["running", "stopped"]
Sort = Literal["newest", "subscribers", "name"]
ReceiveMode = Literal["polling", "webhook"]
Bucket = Literal["minute", "hour", "day"]
BotName = Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS, pattern=r"\S")]
# Shape and length are checked where the token is used, so that a wrong one is named as such.
Token = Annotated[Text, Field(max_length=200, examples=["123456789:AAF…"])]


def _text_as_reply(given: object) -> object:
    return {"text": given} if isinstance(given, str) else given


def _or_text(schema: dict[str, Any]) -> None:
    schema["anyOf"].insert(0, {"type": "string"})


class BotPath(Path):
    """A bot's id."""

    bot_id: Id


class BotAdding(Body):
    """A new bot."""

    bot_token: Token
    bot_name: BotName | None = Field(
        default=None, description="How it is called here; Telegram's name where it is left out."
    )
    receive_mode: ReceiveMode = "polling"


class BotSettings(Body):
    """Settings of one bot; only what is named changes, null takes it back to the default."""

    send_rate: float | None = Field(
        default=None,
        ge=0,
        le=100_000,
        strict=False,
        allow_inf_nan=False,
        description="Messages a second, instead of CRIER_SEND_RATE; 0 for no ceiling.",
    )
    forward_url: Annotated[Text, Field(max_length=urls.MAX_CHARS)] | None = Field(
        default=None,
        description="Updates are posted there too, signed with HMAC-SHA256 under `forward_key`.",
    )
    privacy_commands: bool | None = Field(
        default=None,
        description="Whether people may ask for their data with /privacy, /mydata and /forget.",
    )


class BotChange(Body):
    """What is to change; what is left out stays."""

    bot_name: BotName | None = None
    bot_token: Token | None = None
    receive_mode: ReceiveMode | None = None
    welcome: Annotated[ReplyBody | None, BeforeValidator(_text_as_reply)] = Field(
        default=None,
        description="The answer to /start: a text or a reply; null for none.",
        json_schema_extra=_or_text,
    )
    settings: BotSettings | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields to change, as the service takes them; a token is none of them."""
        new = self.model_dump(exclude={"bot_token"}, exclude_unset=True)
        if self.welcome is not None and not (
            self.welcome.parse_mode or self.welcome.media_url or self.welcome.buttons
        ):
            new["welcome"] = self.welcome.text
        return {k: v for k, v in new.items() if v is not None or k == "welcome"}


class BotAnswer(Answer):
    """A bot. No answer ever holds its token."""

    model_config = ConfigDict(title="Bot")

    id: int
    user_id: int
    bot_name: str
    username: str | None
    telegram_id: int
    token_hint: str = Field(examples=["123456789…xy"])
    status: Status
    desired_status: Desired
    instance_id: UUID | None
    receive_mode: ReceiveMode
    created_at: Time
    last_active: Time | None
    last_error: str | None
    subscribers: int = Field(description="Active chats of all kinds.")
    welcome: str | dict[str, Any] | None
    settings: dict[str, Any] = Field(
        description="Of `forward_url` a viewer sees the host only: the rest may hold a secret."
    )

    @classmethod
    def of(cls, bot: Bot, caller: Caller) -> Self:
        """Return the bot as the caller may see it."""
        answer = cls.model_validate(bot)
        if caller.role == "viewer":
            answer.settings = bots.masked(bot.settings)
        return answer


class ChangedBotAnswer(BotAnswer):
    """A bot after a change, with the key of its forwarded updates."""

    model_config = ConfigDict(title="ChangedBot")

    forward_key: str | None = Field(default=None, description="Null without a forward_url.")


class BotQuery(PageQuery):
    """Filters and order of the list of bots."""

    q: Text | None = Field(
        default=None, max_length=100, description="A part of the name, or of the username."
    )
    status: Status | None = None
    sort: Sort = Field(
        default="newest",
        description="`subscribers`: the most first; `name`: in alphabetical order.",
    )


class BotPage(Page[BotAnswer]):
    """Bots, with how many there are."""

    model_config = ConfigDict(title="BotList")

    totals: dict[Status, int] = Field(
        description="How many bots there are by status, of those that `q` finds."
    )


class BotStatusAnswer(Answer):
    """How a bot is doing."""

    model_config = ConfigDict(title="BotStatus")

    id: int
    status: Status
    desired_status: Desired
    instance_id: UUID | None
    worker: str | None
    started_at: Time | None
    uptime_seconds: int
    restarts: int
    last_active: Time | None
    last_error: str | None
    pending_updates: int


class SpanQuery(Query):
    """A span of time; the last 24 hours where it is left out."""

    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None


class MetricsQuery(SpanQuery):
    """A span of time and how finely it is cut."""

    bucket: Bucket = "hour"
    tz: Zone = Field(default="UTC", description="Whose days are meant.")
    compare: Compare | None = Field(default=None, description=COMPARE)


class BotTotals(Answer):
    """Sums over the span; subscribers and blocked are as they are now."""

    messages_in: int
    messages_out: int
    subscribers: int
    active_users: int
    blocked: int
    errors: int


class BotPoint(Answer):
    """One bucket of a bot's series; latencies are null where no update was handled."""

    at: Moment
    messages_in: int
    messages_out: int
    new_subscribers: int
    lost_subscribers: int
    errors: int
    latency_p50_ms: float | None
    latency_p95_ms: float | None


class BotPeriod(Answer):
    """Sums of a period."""

    counted: Counted
    messages_in: int
    messages_out: int
    errors: int


class BotMetricsAnswer(Answer):
    """Figures of one bot."""

    model_config = ConfigDict(title="BotMetrics")

    id: int
    totals: BotTotals
    counted: Counted
    series: list[BotPoint]
    previous: BotPeriod | None = None


class LogQuery(PageQuery):
    """Filters of a log."""

    level: Level | None = None
    since: Time | None = None
    until: Time | None = None
    q: Text | None = Field(default=None, max_length=200, description="Part of the message.")


class LogAnswer(Answer):
    """A line of a log."""

    model_config = ConfigDict(title="LogEntry")

    id: int
    timestamp: Time
    log_level: Level
    message: str
    context: dict[str, Any]


class LogPage(Page[LogAnswer]):
    """A log, newest first."""

    model_config = ConfigDict(title="LogEntryList")
