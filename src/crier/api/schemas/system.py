"""Status, logs and performance of the platform."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Page, Path, Text, Time
from crier.api.schemas.bots import LogAnswer, LogQuery


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


class SystemLogQuery(LogQuery):
    """Filters of the platform's log."""

    source: Text | None = Field(default=None, max_length=40, description="Such as `worker`.")
    bot_id: Id | None = None


class SystemLogAnswer(LogAnswer):
    """A line of the platform's log."""

    model_config = ConfigDict(title="SystemLogEntry")

    source: str
    bot_id: int | None


class SystemLogPage(Page[SystemLogAnswer]):
    """The platform's log, newest first."""

    model_config = ConfigDict(title="SystemLogEntryList")


class PerformancePoint(Answer):
    """One bucket of time; rates are for a second, latencies of the API."""

    at: Time
    request_rate: float
    error_rate: float = Field(description="The share of requests that ended in a fault of ours.")
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    send_rate: float = Field(description="Messages that bots sent.")
    rate_429: float = Field(description="Sends that Telegram put off.")
    queue_lag_seconds: float | None = Field(description="How long the oldest due job had waited.")


class PerformanceAnswer(Answer):
    """What the platform did over time."""

    model_config = ConfigDict(title="Performance")

    bucket: Literal["minute", "hour", "day"]
    series: list[PerformancePoint]
