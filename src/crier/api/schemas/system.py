"""Status and performance of the platform."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from crier.analytics.performance.resolutions import Resolution
from crier.api.schemas.base import (
    COMPARE,
    Answer,
    Body,
    Compare,
    Counted,
    Moment,
    Path,
    Text,
    Time,
    Zone,
)
from crier.api.schemas.bots import SpanQuery


class ComponentAnswer(Answer):
    """A part that the platform stands on."""

    model_config = ConfigDict(title="Component")

    name: str = Field(examples=["database"])
    status: Literal["up", "degraded", "down"]
    detail: str
    latency_ms: float | None


class WorkerAnswer(Answer):
    """A live worker process, on whatever machine."""

    model_config = ConfigDict(title="Worker")

    id: UUID
    host: str
    pid: int
    started_at: Time
    last_seen: Time
    bots: int
    deliveries: int
    rss_bytes: int


class QueueAnswer(Answer):
    """A queue of jobs; what is due later does not wait yet."""

    model_config = ConfigDict(title="Queue")

    name: str = Field(examples=["broadcasts"])
    waiting: int
    running: int
    failed: int
    oldest_seconds: float = Field(description="How long the oldest waits; 0 where none does.")


class ProcessAnswer(Answer):
    """A supervised process of this machine."""

    model_config = ConfigDict(title="Process")

    name: str = Field(examples=["worker-1"])
    state: str = Field(examples=["running"])
    pid: int | None
    uptime_seconds: int = Field(validation_alias="uptime_s")


class StatusAnswer(Answer):
    """How the platform is doing."""

    model_config = ConfigDict(title="SystemStatus")

    components: list[ComponentAnswer]
    workers: list[WorkerAnswer]
    queues: list[QueueAnswer]
    processes: list[ProcessAnswer] = Field(
        description="Empty where the platform does not run under `crier up`."
    )


class ProcessesAnswer(Answer):
    """Supervised processes."""

    model_config = ConfigDict(title="ProcessList")

    processes: list[ProcessAnswer]


class WorkerPath(Path):
    """Names a worker process."""

    name: Text = Field(max_length=40, description="Such as `worker-1`.")


class WorkerCount(Body):
    """How many workers are to run."""

    count: int = Field(ge=1, le=64)


_BUCKET = "Longer than asked for where that is not kept any more, or would be over 11,000 points."
_TZ = "Whose days are counted: UTC where those of another zone are not kept."


class PerformanceQuery(SpanQuery):
    """A span of time and how finely it is cut; it is widened to whole buckets."""

    bucket: Resolution | None = Field(
        default=None, description="Without it: the longer the span, the longer its buckets."
    )
    tz: Zone = Field(default="UTC", description="Whose days are meant.")


class SeriesQuery(PerformanceQuery):
    """The same, and what it is compared with."""

    compare: Compare | None = Field(
        default=None, description=f"{COMPARE} `whole` then has the same of the span itself."
    )


class PerformancePoint(Answer):
    """One bucket of time; rates are for a second.

    Percentiles are estimates from histograms: at most 42 % too high or 30 % too low.
    """

    at: Moment
    measured: bool = Field(
        description="False: no process wrote anything then, so the zeros are no measurements."
    )
    request_rate: float
    error_rate: float = Field(description="The share of requests that ended in a fault of ours.")
    latency_p50_ms: float | None = Field(description="Of the API, as the next two.")
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    send_rate: float = Field(description="Sends of bots that Telegram answered.")
    send_error_rate: float = Field(description="Tries that ended without a proper answer.")
    rate_429: float = Field(description="Answers 429 of Telegram.")
    share_429: float = Field(description="The same for each answer to a send.")
    waited_seconds: float = Field(
        description="What Telegram told bots to wait, at the moment it did; over all bots."
    )
    send_latency_p50_ms: float | None
    send_latency_p95_ms: float | None
    send_latency_p99_ms: float | None
    update_rate: float = Field(description="Updates that bots dealt with.")
    update_latency_p50_ms: float | None
    update_latency_p95_ms: float | None
    update_latency_p99_ms: float | None
    database_latency_p50_ms: float | None = Field(
        description="Of statements, and of the transactions that record a broadcast."
    )
    database_latency_p95_ms: float | None
    database_latency_p99_ms: float | None
    cache_latency_p50_ms: float | None
    cache_latency_p95_ms: float | None
    cache_latency_p99_ms: float | None
    queue_lag_seconds: float | None = Field(description="How long the oldest due job had waited.")


class PerformancePeriod(PerformancePoint):
    """A whole period; `at` is its beginning."""

    counted: Counted


class PerformanceAnswer(Answer):
    """What the platform did over time."""

    model_config = ConfigDict(title="Performance")

    bucket: Resolution = Field(description=_BUCKET)
    tz: str = Field(description=_TZ)
    counted: Counted
    series: list[PerformancePoint]
    whole: PerformancePeriod | None = None
    previous: PerformancePeriod | None = None


class BreakdownQuery(PerformanceQuery):
    """A span of time, and what it is broken down by."""

    by: Literal["route", "bot", "process"]
    name: Text | None = Field(
        default=None, max_length=300, description="Give the series of this one, instead of sums."
    )


class Measure(Answer):
    """What was counted of one thing."""

    count: int
    rate: float = Field(description="For a second.")
    errors: int
    throttled: int = Field(description="Answers 429.")
    share_429: float
    waited_seconds: float
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None


class PartMeasures(Answer):
    """What was counted of each kind; null where there was nothing."""

    api: Measure | None = Field(description="Requests.")
    sends: Measure | None
    updates: Measure | None
    database: Measure | None
    cache: Measure | None
    memory_bytes: int | None = Field(description="The most of a process.")
    cpu_share: float | None = Field(description="Of one core, while the process ran.")


class PartAnswer(PartMeasures):
    """A route, a bot or a process."""

    model_config = ConfigDict(title="PerformancePart")

    name: str = Field(description="`GET /api/bots`, a bot's id or `host/worker-1`.")


class PartPoint(PartMeasures):
    """One bucket of time."""

    at: Moment


class BreakdownAnswer(Answer):
    """What the platform did by route, bot or process."""

    model_config = ConfigDict(title="PerformanceBreakdown")

    bucket: Resolution = Field(description=_BUCKET)
    tz: str = Field(description=_TZ)
    counted: Counted
    items: list[PartAnswer] = Field(
        description="The busiest 50, of processes 200; none where a name was asked for."
    )
    series: list[PartPoint] = Field(description="Of the name that was asked for.")
    allowed_rate: float | None = Field(
        description="Messages a second that the bot that was asked for may send by its settings"
        " now; null where it has no ceiling, and for all else."
    )
