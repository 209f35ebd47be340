"""What the advertisement endpoints take and give."""

from functools import lru_cache
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from crier.api.schemas.base import (
    Amount,
    Answer,
    Body,
    Id,
    Money,
    Page,
    PageQuery,
    Path,
    Query,
    Text,
    Time,
)
from crier.domain import link_checks
from crier.domain.ad_state import AdStatus
from crier.domain.currencies import CURRENCIES
from crier.domain.ratios import ctr
from crier.storage.models.ads import Advertisement

ParseMode = Literal["HTML", "MarkdownV2"]
AdSort = Literal["newest", "last_broadcast", "sent", "clicks", "ctr"]
BroadcastStatus = Literal["scheduled", "broadcasting", "paused", "completed", "cancelled", "failed"]


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is no currency code of ISO 4217, such as USD")
    return code


def _language(code: str) -> str:
    return code.lower()


Currency = Annotated[str, AfterValidator(_currency), Field(examples=["USD"])]
Language = Annotated[
    Text, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), AfterValidator(_language)
]


class AdPath(Path):
    """Names an ad."""

    ad_id: int


class ButtonBody(Body):
    """A link button."""

    text: Text = Field(min_length=1, max_length=256, examples=["Open the shop"])
    url: Text = Field(examples=["https://shop.example/sale"])


class TargetingBody(Body):
    """The people that an ad is for; conditions that are left out hold for everybody."""

    bot_ids: list[Id] | None = Field(default=None, max_length=10_000)
    languages: list[Language] | None = Field(default=None, max_length=200, examples=[["en"]])
    active_within_days: int | None = Field(default=None, ge=1, le=36_500)
    joined_before: Time | None = None
    joined_after: Time | None = None
    dedupe_across_bots: bool | None = Field(
        default=None, description="One person gets the ad once, through the bot used last."
    )
    sample_percent: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)

    def given(self) -> dict[str, Any]:
        """Return what was set, as `domain.targeting` reads it."""
        return self.model_dump(mode="python", exclude_none=True)


class _Content(Body):
    """What both creating and changing may set."""

    title: Text | None = Field(default=None, max_length=200)
    parse_mode: ParseMode | None = None
    media_urls: list[Text] = Field(
        default_factory=list,
        max_length=10,
        description="Public URLs, or `media:<uuid>` of uploads; several are an album.",
    )
    buttons: list[list[ButtonBody]] = Field(default_factory=list, max_length=100)
    price: Money | None = None
    currency: Currency = "USD"
    scheduled_for: Time | None = None
    targeting: TargetingBody = Field(default_factory=TargetingBody)
    track_clicks: bool = True
    disable_notification: bool = False
    protect_content: bool = False
    disable_link_preview: bool = False
    allow_paid_broadcast: bool = Field(
        default=False, description="Send above the free rate, which Telegram bills in Stars."
    )
    paid_budget: int = Field(
        default=0,
        ge=0,
        le=10**9,
        description="Messages of a broadcast, over all its bots, that may be paid for.",
    )
    priority: int = Field(default=1, ge=1, le=10)
    late_minutes: int | None = Field(
        default=None,
        ge=0,
        le=525_600,
        description="A schedule missed by more is skipped; null: sent however late.",
    )

    def given(self) -> dict[str, Any]:
        """Return the fields that the request named, plain."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if "buttons" in fields:
            fields["buttons"] = [[button.model_dump() for button in row] for row in self.buttons]
        if "targeting" in fields:
            fields["targeting"] = self.targeting.given()
        return fields


class CreateAd(_Content):
    """A new ad; a draft until it is submitted or broadcast."""

    content: Text = Field(
        max_length=40_000,
        description="The text or, with media, the caption. `{first_name}` and `{username}` are "
        "replaced for each recipient.",
        examples=["<b>Sale</b> until Friday, {first_name}!"],
    )


class PatchAd(_Content):
    """Changes of an ad; what is left out stays."""

    content: Text = Field(default="", max_length=40_000)


class ButtonAnswer(Answer):
    """A link button."""

    text: str
    url: str


class TargetingAnswer(TypedDict, total=False):
    """The conditions that are set."""

    bot_ids: list[int]
    languages: list[str]
    active_within_days: int
    joined_before: Time
    joined_after: Time
    dedupe_across_bots: bool
    sample_percent: float


class AdLinkAnswer(Answer):
    """Where a link of the text or a button leads."""

    text: str = Field(description="What people see: words, or a button's text.")
    url: str
    host: str | None = Field(
        description="As it is looked up, in ASCII; null for a link that stays in Telegram."
    )
    host_unicode: str | None = Field(description="How people write the host, where that differs.")
    warning: str | None = Field(description="What may deceive people about it.")


class AdAnswer(Answer):
    """An ad. Its status is that of its latest broadcast, once there is one."""

    id: int
    user_id: int
    operator_id: int | None = Field(description="Who keeps it: its approver, then its launcher.")
    title: str | None
    content: str
    parse_mode: ParseMode | None
    media_urls: list[str]
    buttons: list[list[ButtonAnswer]]
    price: Amount
    currency: str
    status: AdStatus
    targeting: TargetingAnswer
    created_at: Time
    scheduled_for: Time | None
    completed_at: Time | None
    review_note: str | None
    track_clicks: bool
    disable_notification: bool
    protect_content: bool
    disable_link_preview: bool
    allow_paid_broadcast: bool
    paid_budget: int
    priority: int
    late_minutes: int | None
    links: list[AdLinkAnswer] = Field(description="Where the links of text and buttons lead.")

    @classmethod
    def of(cls, ad: Advertisement, **more: Any) -> Self:
        """Return the answer for a row, whose `options` hold what is not the default."""
        columns = {column: getattr(ad, column) for column in ad.__mapper__.column_attrs.keys()}  # noqa: SIM118
        links = _links(ad.content, ad.parse_mode, msgspec.json.encode(ad.buttons))
        return cls.model_validate({**_DEFAULTS, **ad.options, **columns, "links": links, **more})


@lru_cache(maxsize=256)
def _links(content: str, parse_mode: str | None, buttons: bytes) -> list[AdLinkAnswer]:
    """Long texts take milliseconds to parse, and pages that show them ask every few seconds."""
    found = link_checks.links_of(content, parse_mode, msgspec.json.decode(buttons))
    return [AdLinkAnswer.model_validate(link) for link in found]


_DEFAULTS: dict[str, Any] = {
    "disable_notification": False,
    "protect_content": False,
    "disable_link_preview": False,
    "allow_paid_broadcast": False,
    "paid_budget": 0,
    "priority": 1,
    "late_minutes": None,
}


class AdsQuery(PageQuery):
    """Filters of the list of ads."""

    status: AdStatus | None = None
    q: Text | None = Field(default=None, max_length=200, description="Words of title or content.")
    sort: AdSort = Field(
        default="newest", description="All but `newest` go by the latest broadcast, the most first."
    )


class LastBroadcast(Answer):
    """The latest broadcast of an ad and what came of it until now, over all bots."""

    broadcast_id: int
    status: BroadcastStatus
    created_at: Time = Field(description="When it was launched or scheduled.")
    audience: int
    sent: int
    unique_clicks: int
    ctr: float | None = Field(description="Share of those sent to who clicked, 0 to 1.")


class AdLine(AdAnswer):
    """An ad in a list."""

    last_broadcast: LastBroadcast | None

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Return the answer for a row of `services.ads.lists`."""
        last = None
        if row.broadcast_id is not None:
            last = LastBroadcast(
                broadcast_id=row.broadcast_id,
                status=row.broadcast_status,
                created_at=row.broadcast_at,
                audience=row.audience,
                sent=row.sent,
                unique_clicks=row.unique_clicks,
                ctr=ctr(row.unique_clicks, row.sent),
            )
        return cls.of(row.Advertisement, last_broadcast=last)


class Ads(Page[AdLine]):
    """A page of ads."""


class RejectBody(Body):
    """Why an ad is refused."""

    note: Text = Field(min_length=1, max_length=2000)


class PreviewBody(Body):
    """Another targeting or other bots to try; those of a launch where they are left out."""

    targeting: TargetingBody | None = None
    bot_ids: list[Id] | None = Field(
        default=None, max_length=10_000, description="As for the launch."
    )


class BotAudience(Answer):
    """How many one bot reaches."""

    bot_id: int
    audience: int


class ExcludedBot(Answer):
    """A bot that a launch would not use, and why."""

    bot_id: int
    reason: str


class PreviewAnswer(Answer):
    """What a launch at this moment would reach, through which bots."""

    audience: int
    per_bot: list[BotAudience]
    excluded: list[ExcludedBot] = Field(
        description="Of the bots that were named, else of all own ones. A launch that names one "
        "that does not run is refused."
    )
    estimated_seconds: int
    refused: str | None = Field(description="Why you may not launch it; null: you may.")


class TestBody(Body):
    """Where to send one message to try the ad out."""

    bot_id: Id
    chat_id: int | None = Field(
        default=None, ge=-(2**63), le=2**63 - 1, description="Left out with `my_chat`."
    )
    my_chat: bool = Field(default=False, description="To the chat linked to your account.")


class TestAnswer(Answer):
    """The message that Telegram accepted."""

    message_id: int


class BroadcastBody(Body):
    """How to launch."""

    bot_ids: list[Id] | None = Field(
        default=None, max_length=10_000, description="All your running bots where left out."
    )
    scheduled_for: Time | None = Field(
        default=None,
        description="The ad's own time where left out, if that lies ahead; null: at once.",
    )
    delivery: Literal["at_most_once", "at_least_once"] = Field(
        default="at_most_once",
        description="What happens to recipients of whom a crash left it unclear whether they got "
        "the message: they are named `unknown`, or are sent to again.",
    )


class BroadcastAnswer(Answer):
    """A launched or scheduled broadcast."""

    broadcast_id: int
    ad_id: int
    status: BroadcastStatus
    audience: int
    estimated_seconds: int


class BroadcastQuery(Query):
    """Which broadcast of the ad."""

    broadcast_id: Id | None = Field(default=None, description="The latest where left out.")


class RetryBody(Body):
    """Which recipients to send to again."""

    states: list[str] = Field(examples=[["failed", "unknown"]], max_length=10)
    broadcast_id: Id | None = None
    dry_run: bool = Field(default=False, description="Only tell how many it would be.")


class RetryPlanAnswer(Answer):
    """What a retry at this moment would do."""

    broadcast_id: int
    retryable: int
    unreachable: int = Field(
        description="Of those with the outcomes, who cannot be reached any more: they blocked the "
        "bot or left, are gone, or their bot does not run. They keep outcome and reason."
    )


class RetryAnswer(AdAnswer):
    """The ad, the broadcast that goes on, and for how many."""

    broadcast_id: int
    retryable: int
    unreachable: int
