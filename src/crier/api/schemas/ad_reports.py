"""What the reports on a broadcast give: its statistics and its recipients."""

from typing import Literal

from pydantic import Field

from crier.api.schemas.ads import BroadcastQuery
from crier.api.schemas.base import (
    Amount,
    Answer,
    Body,
    Id,
    Moment,
    Page,
    PageQuery,
    Query,
    Text,
    Time,
    Zone,
)
from crier.domain.ad_state import AdStatus
from crier.domain.report_times import Every
from crier.services.people.notices import Way

RecipientStatus = Literal["pending", "sent", "blocked", "failed", "unknown", "skipped"]
"""Money that was worked out: of any size, as a decimal string."""


class OutcomeSums(Answer):
    """What came of sending to an audience."""

    audience: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int
    clicks: int
    unique_clicks: int


class ClickedSums(OutcomeSums):
    """The same, with crawlers told apart."""

    machine_clicks: int = Field(description="By crawlers and link previews; not in `clicks`.")
    ctr: float | None


class DeliveryAnswer(OutcomeSums):
    """One bot's part."""

    bot_id: int
    pending: int


class DeliveryErrorAnswer(Answer):
    """What Telegram said, how often, and what Crier made of it."""

    code: int
    description: str
    count: int
    action: str


class TimelineAnswer(Answer):
    """What happened in one minute (one hour, for a broadcast that lasts for days)."""

    at: Moment
    sent: int
    failed: int
    clicks: int


class WaitingAnswer(Answer):
    """What a bot's part waits for."""

    bot_id: int
    reason: str
    until: Time | None


class AttemptAnswer(Answer):
    """The launch, or a retry. `tried` counts its recipients: the sum of its outcomes once it has
    ended. A recipient that a retry finds gone counts by the outcome kept."""

    number: int
    started_at: Time
    completed_at: Time | None
    tried: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int


class StatisticsAnswer(ClickedSums):
    """What came of a broadcast. `audience` is the sum of the six outcomes, at every instant."""

    ad_id: int
    broadcast_id: int | None
    status: AdStatus
    reason: str | None = Field(description="Why it paused, failed or was cut off.")
    pending: int
    paid: int = Field(description="Messages sent with `allow_paid_broadcast`, of the ad's budget.")
    price: Amount
    currency: str
    cpm: Amount
    rate_per_second: float
    estimated_seconds_left: int | None
    started_at: Time | None
    completed_at: Time | None
    duration_seconds: float | None = Field(
        description="What all attempts took together, without the time between them."
    )
    attempts: list[AttemptAnswer] = Field(description="The launch and each retry, in order.")
    waiting: list[WaitingAnswer]
    per_bot: list[DeliveryAnswer]
    errors: list[DeliveryErrorAnswer] = Field(description="Of all attempts: none is taken back.")
    timeline: list[TimelineAnswer]


class ReportQuery(BroadcastQuery):
    """Which broadcast the document tells of."""

    tz: Zone = Field(default="UTC", description="In which times are written: `Europe/Berlin`.")


class ShareBody(Body):
    """What a link to a report shows, and for how long."""

    broadcast_id: Id | None = Field(default=None, description="The latest where left out.")
    tz: Zone = Field(default="UTC", description="In which times are written: `Europe/Berlin`.")
    days: int = Field(default=7, ge=1, le=30, description="For which it is good.")


class ShareAnswer(Answer):
    """A link by which anybody reads a report."""

    path: str = Field(description="A path of the platform, with all that makes it good.")
    expires_at: Time


class OrderBody(Body):
    """How often you want to get a report."""

    every: Every = Field(
        description="`day` and `week` at nine, of Mondays; `end` once a broadcast of the ad has "
        "ended."
    )
    tz: Zone = Field(default="UTC", description="Whose nine o'clock, and that of times.")


class OrderAnswer(Answer):
    """How often you get a report by itself."""

    every: Every | None = Field(description="null: not by itself.")
    tz: str | None
    next_at: Time | None = Field(description="null where a broadcast's end decides.")
    channel: Way = Field(
        description="By which way it comes: the choice of the notice `report`. `none`: not at "
        "all, until there is a confirmed address or a linked chat."
    )


class SharedQuery(Query):
    """What makes a link good; both are part of `path`."""

    grant: Text = Field(min_length=1, max_length=1000)
    signature: Text = Field(min_length=43, max_length=43)


class RecipientsQuery(PageQuery):
    """Filters of the recipients."""

    status: RecipientStatus | None = None
    bot_id: Id | None = None
    broadcast_id: Id | None = Field(default=None, description="The latest where left out.")


class RecipientAnswer(Answer):
    """One recipient and what became of the message."""

    bot_id: int
    chat_id: int
    status: RecipientStatus
    sent_at: Time | None
    message_id: int | None
    error_code: int | None
    error: str | None
    clicked_at: Time | None


class Recipients(Page[RecipientAnswer]):
    """A page of recipients, by bot and in the order of sending."""
