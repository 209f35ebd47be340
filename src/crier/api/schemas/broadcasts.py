"""What the list of broadcasts takes and gives."""

from pydantic import Field

from crier.api.schemas.ad_reports import AttemptAnswer, ClickedSums
from crier.api.schemas.ads import BroadcastStatus
from crier.api.schemas.base import Amount, Id, Page, PageQuery, Path, Time


class BroadcastsQuery(PageQuery):
    """Filters of the list of broadcasts."""

    ad_id: Id | None = None
    bot_id: Id | None = Field(default=None, description="Those that this bot has a part in.")
    status: BroadcastStatus | None = None
    from_: Time | None = Field(
        default=None, alias="from", description="Launched or scheduled at this time or later."
    )
    to: Time | None = Field(default=None, description="Launched or scheduled before this time.")
    out_from: Time | None = Field(
        default=None, description="That went out, or are to go out, at this time or later."
    )
    out_to: Time | None = Field(
        default=None, description="That went out, or are to go out, before this time."
    )


class BroadcastPath(Path):
    """Names a broadcast."""

    broadcast_id: int


class BroadcastLineAnswer(ClickedSums):
    """One broadcast. `audience` is the sum of the six outcomes; sums are of every bot."""

    broadcast_id: int
    ad_id: int
    ad_title: str | None
    user_id: int = Field(description="The account that launched it.")
    status: BroadcastStatus
    reason: str | None = Field(description="Why it paused, failed or was cut off.")
    policy: str
    priority: int
    created_at: Time = Field(description="When it was launched or scheduled.")
    scheduled_for: Time | None
    started_at: Time | None
    completed_at: Time | None
    pending: int
    price: Amount
    currency: str
    cpm: Amount
    cost_per_click: Amount
    retries: int


class Broadcasts(Page[BroadcastLineAnswer]):
    """A page of broadcasts, the newest first."""


class Attempts(Page[AttemptAnswer]):
    """A page of attempts, in order."""
