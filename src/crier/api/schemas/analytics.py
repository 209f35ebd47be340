"""What the analytics endpoints take and give."""

from datetime import date
from typing import Literal

from pydantic import Field

from crier.analytics.datasets import Dataset
from crier.analytics.formats import Format
from crier.analytics.people import Grain
from crier.api.schemas.ad_figures import IntervalAnswer
from crier.api.schemas.ad_reports import ClickedSums, OutcomeSums
from crier.api.schemas.base import (
    COMPARE,
    Amount,
    Answer,
    Compare,
    Counted,
    Id,
    Moment,
    Page,
    PageQuery,
    Path,
    Query,
    Time,
    Zone,
)
from crier.api.schemas.bots import Status
from crier.domain.ad_state import AdStatus
from crier.domain.span import Bucket


class AnalyticsQuery(Query):
    """A span of time, the last 30 days where it is left out, and how finely it is cut."""

    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    bucket: Bucket | None = Field(
        default=None, description="Chosen by the length of the span where it is left out."
    )
    tz: Zone = Field(default="UTC", description="Whose days are meant: `Europe/Berlin`, `UTC`.")
    compare: Compare | None = Field(default=None, description=COMPARE)


class AnalyticsBotPath(Path):
    """Names a bot."""

    bot_id: int


class CurrencyAmount(Answer):
    """Money of one currency."""

    currency: str
    amount: Amount


class DashboardTotals(Answer):
    """Bots, subscribers and ads as they are now; the rest are sums over the span."""

    bots: int
    bots_running: int
    subscribers: int
    active_users: int = Field(
        description="Of the subscribers: seen since the day (UTC) on which the span begins."
    )
    messages_in: int
    messages_out: int
    ads: int
    ads_broadcasting: int
    sent: int
    clicks: int
    ctr: float | None
    revenue: Amount = Field(description="In `currency`: the one that most came in.")
    currency: str
    revenues: list[CurrencyAmount]


class ActivityPoint(Answer):
    """What happened in one bucket of time."""

    at: Moment
    messages_in: int
    messages_out: int
    new_subscribers: int
    lost_subscribers: int
    clicks: int
    errors: int


class PeriodSums(Answer):
    """What bots did in a period."""

    counted: Counted
    messages_in: int
    messages_out: int
    new_subscribers: int
    lost_subscribers: int
    clicks: int
    errors: int
    throttled: int
    sent: int
    ctr: float | None


class OwnerPeriod(PeriodSums):
    """The same, and what ads earned."""

    revenues: list[CurrencyAmount]


class TopBot(Answer):
    """One of the busiest bots."""

    id: int
    bot_name: str
    username: str | None
    status: Status
    subscribers: int
    messages_in: int
    messages_out: int
    new_subscribers: int
    lost_subscribers: int
    clicks: int


class TopAd(Answer):
    """One of the ads that were clicked most."""

    id: int
    title: str | None
    status: AdStatus
    sent: int
    clicks: int
    unique_clicks: int
    ctr: float | None


class DashboardAnswer(Answer):
    """Everything at a glance."""

    totals: DashboardTotals
    counted: Counted
    series: list[ActivityPoint]
    top_bots: list[TopBot]
    top_ads: list[TopAd]
    previous: OwnerPeriod | None = None


class PeopleCounts(Answer):
    """A bot's chats by status, as they are now."""

    subscribers: int
    blocked: int
    gone: int
    unsubscribed: int


class GrowthPoint(Answer):
    """Subscribers at the end of a bucket of time, and what changed in it."""

    at: Moment
    subscribers: int
    new_subscribers: int
    lost_subscribers: int


class CohortAnswer(Answer):
    """People that joined in one week, and how many of them were still seen n weeks later."""

    week: date = Field(description="Its Monday.")
    joined: int
    active: list[int] = Field(description="Seen in the n-th week after, or later still.")
    remaining: int = Field(description="Subscribed now.")


class WeekHour(Answer):
    """Sums of one hour of the week, UTC."""

    weekday: int = Field(description="1 is Monday, 7 is Sunday.")
    hour: int
    messages_in: int
    messages_out: int
    clicks: int


class ChangesAnswer(Answer):
    """How many joined a bot, and how many left it and why; recorded since version 0019 of the
    schema."""

    joined: int = Field(description="New subscribers that had not been there before.")
    returned: int = Field(description="Subscribed again.")
    stopped: int = Field(description="Said /stop.")
    blocked: int = Field(description="Blocked the bot, or removed it from the chat.")
    gone: int = Field(description="The chat or account is no more.")
    moved: int = Field(description="A group that goes on as a supergroup, which is new.")
    unsubscribed: int = Field(description="Can be reached again, but never said /start.")
    unrecorded: int = Field(description="Lost before reasons were recorded.")


class OriginsQuery(Query):
    """A span of time in which chats joined, the last 30 days where it is left out."""

    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None


class OriginAnswer(Answer):
    """What became of the chats of one deep link, or of one language."""

    name: str | None = Field(description="Null: of none.")
    joined: int
    active: int
    unsubscribed: int
    blocked: int
    gone: int
    clicked: int = Field(description="How many of them have clicked on an ad, ever.")


class OriginsAnswer(Answer):
    """The chats that joined in the span, as they are now; 200 names of each kind at most."""

    sources: list[OriginAnswer] = Field(description="By payload of the first /start.")
    languages: list[OriginAnswer]


class PeopleQuery(Query):
    """A span of time, the last 30 days where it is left out, and the periods it is cut into."""

    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    bucket: Grain = "day"
    bot_id: Id | None = Field(default=None, description="One bot; else all that one may see.")


class ActivePeopleAnswer(Answer):
    """Different people who wrote in a period."""

    start: date = Field(description="Its first day in UTC; a week's Monday.")
    people: int


class SubscribedPeopleAnswer(Answer):
    """Different people who were subscribed at a moment."""

    people: int
    at: Time = Field(description="When they were counted: once an hour.")


class PeopleAnswer(Answer):
    """People in private chats, each counted once over all bots; exact up to the moments named.

    A person who was erased counts once for each bot from then on.
    """

    bucket: Grain
    tz: Literal["UTC"] = Field(default="UTC", description="Whose days, weeks and months they are.")
    counted_until: Time | None = Field(description="Null before the first hour was counted.")
    subscribed: SubscribedPeopleAnswer | None = Field(
        description="Null for one bot, and before the first hour was counted."
    )
    series: list[ActivePeopleAnswer] = Field(
        description="All periods that the span touches, whole ones; the current one so far."
    )


class DeliveryHealth(OutcomeSums):
    """How the bot's parts of broadcasts ended."""

    broadcasts: int
    success_rate: float | None = Field(description="Sent, of all that were tried.")
    ctr: float | None
    errors: int
    throttled: int = Field(description="Telegram's answers 429.")


class BotAnalyticsAnswer(Answer):
    """Growth, retention, activity and delivery health of one bot."""

    id: int
    people: PeopleCounts
    growth: list[GrowthPoint]
    changes: ChangesAnswer
    retention: list[CohortAnswer] = Field(description="By week of joining; renewed every hour.")
    activity: list[WeekHour]
    delivery: DeliveryHealth
    counted: Counted
    series: list[ActivityPoint]
    previous: PeriodSums | None = None


class AdAnalyticsQuery(PageQuery):
    """A span of time in which broadcasts began; all of them where it is left out."""

    ad_id: Id | None = Field(default=None, description="The row of this ad alone.")
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    tz: Zone = Field(default="UTC", description="Whose days and months `compare` means.")
    compare: Compare | None = Field(default=None, description=COMPARE)


class AdAnalyticsAnswer(ClickedSums):
    """What came of an ad's broadcasts."""

    id: int
    ad_id: int = Field(description="The same, as statistics call it.")
    title: str | None
    status: AdStatus
    created_at: Time
    broadcasts: int
    broadcast_id: int | None = Field(description="The latest of them.")
    ctr_interval: IntervalAnswer | None = Field(description="Wilson's, of 95 % confidence.")
    price: Amount = Field(description="Of all of them.")
    currency: str
    cpm: Amount
    cost_per_click: Amount
    previous: ClickedSums | None = None


class AdAnalytics(Page[AdAnalyticsAnswer]):
    """A page of ads."""


class ExportQuery(Query):
    """What to export, and how."""

    dataset: Dataset
    format: Format = "csv"
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    bot_id: Id | None = None
    ad_id: Id | None = None
    broadcast_id: Id | None = Field(
        default=None, description="For recipients the ad's latest where it is left out."
    )
