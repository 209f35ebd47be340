"""What the figures of one ad, and the comparison of two, take and give."""

from pydantic import Field

from crier.api.schemas.ad_reports import ClickedSums
from crier.api.schemas.base import Amount, Answer, Id, Path, Query, Time, Zone


class AdFiguresPath(Path):
    """Names an ad."""

    ad_id: int


class AdFiguresQuery(Query):
    """A span of time in which broadcasts began; all of them where it is left out."""

    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    tz: Zone = Field(default="UTC", description="Whose hours are meant: `Europe/Berlin`, `UTC`.")


class CompareQuery(Query):
    """Two ads, and a span of time in which their broadcasts began."""

    ad_id: Id
    other_id: Id
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None


class IntervalAnswer(Answer):
    """From `low` to `high`, with 95 % confidence."""

    low: float
    high: float


class AdBotAnswer(ClickedSums):
    """What came of the ad through one bot."""

    bot_id: int
    broadcasts: int


class AdHourAnswer(Answer):
    """Sums of one hour of the week in `tz`."""

    weekday: int = Field(description="1 is Monday, 7 is Sunday.")
    hour: int
    sent: int
    failed: int = Field(description="Every outcome but sent and skipped.")
    clicks: int


class ClickedLinkAnswer(Answer):
    """How often one link of the ad was clicked."""

    url: str
    clicks: int
    machine_clicks: int


class AdLanguageAnswer(Answer):
    """What came of the ad with recipients of one language, as their chats say it."""

    name: str | None = Field(description="As Telegram's clients call it; null: not known.")
    sent: int = Field(description="For broadcasts that have ended, within a minute or so.")
    clicks: int
    unique_clicks: int
    machine_clicks: int


class AdLossesAnswer(Answer):
    """Recipients who left within 24 hours after they got the ad, once for each broadcast."""

    stopped: int = Field(description="Said /stop.")
    blocked: int = Field(description="Blocked the bot.")


class AdPriceAnswer(Answer):
    """What the broadcasts cost in one currency."""

    currency: str
    amount: Amount


class AdFiguresAnswer(Answer):
    """An ad's figures by bot, link, language and hour of the week, and what it lost."""

    ad_id: int
    tz: str
    bots: list[AdBotAnswer] = Field(description="For operators those of own bots.")
    links: list[ClickedLinkAnswer] = Field(
        description="The most clicked first; for operators through own bots."
    )
    languages: list[AdLanguageAnswer] = Field(
        description="The most sent first; for operators through own bots."
    )
    languages_pending: int = Field(
        description="What was sent and is in none of them yet: broadcasts run, or have just ended."
    )
    losses: AdLossesAnswer = Field(description="For operators of own bots.")
    prices: list[AdPriceAnswer] = Field(description="Of the broadcasts, by currency.")
    hours: list[AdHourAnswer] = Field(description="All 168 of a week, of every bot.")


class AdRateAnswer(Answer):
    """The click rate of one ad."""

    ad_id: int
    sent: int
    unique_clicks: int
    ctr: float | None
    ctr_interval: IntervalAnswer | None = Field(description="Wilson's.")


class ComparisonAnswer(Answer):
    """Two click rates side by side; `difference` is the ad's less the other's."""

    confidence: float
    ad: AdRateAnswer
    other: AdRateAnswer
    difference: float | None = Field(description="Null until both were sent to somebody.")
    difference_interval: IntervalAnswer | None = Field(description="Newcombe's.")
    differs: bool = Field(description="Whether 0 lies outside of the interval.")
