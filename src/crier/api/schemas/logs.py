"""The platform's log."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from crier.api.schemas.base import (
    MAX_ID,
    Answer,
    Id,
    Moment,
    Page,
    Path,
    PlainDigits,
    Query,
    Text,
    Time,
)
from crier.api.schemas.bots import LogAnswer, LogQuery
from crier.services.system import logs
from crier.services.system.logs import Histogram, Level, Same
from crier.storage.models.records import LogRow


class LogFilters(Query):
    """Which lines of the platform's log."""

    level: Level | None = None
    source: Text | None = Field(default=None, max_length=40, description="Such as `worker`.")
    bot_id: Id | None = None
    broadcast_id: Id | None = None
    request_id: Text | None = Field(
        default=None, max_length=100, description="Lines of one request to the API."
    )
    since: Time | None = None
    until: Time | None = None
    q: Text | None = Field(default=None, max_length=200, description="Part of the message.")


class SystemLogQuery(LogQuery, LogFilters):
    """Filters of the platform's log."""

    after: Annotated[int, Field(ge=0, le=MAX_ID), PlainDigits] | None = Field(
        default=None, description="Lines that were written after the one of this id."
    )


class SpannedLogQuery(LogFilters):
    """The same filters; the last 24 hours where no span is given."""


class LogExportQuery(LogFilters):
    """The same filters, and how the file is written."""

    format: Literal["csv", "json"] = "csv"


class LogPath(Path):
    """Names a line of the log."""

    log_id: Id


class AroundQuery(Query):
    """Which lines around a line."""

    same: Same = Field(
        default="source", description="What they have in common with it; `all`: nothing."
    )
    lines: Annotated[int, Field(ge=1, le=200), PlainDigits] = Field(
        default=10, description="How many before it, and how many after it, at most."
    )


class SystemLogAnswer(LogAnswer):
    """A line of the platform's log."""

    model_config = ConfigDict(title="SystemLogEntry")

    source: str
    bot_id: int | None
    broadcast_id: int | None = Field(description="The broadcast that the line names.")
    ad_id: int | None = Field(description="The ad of that broadcast.")

    @classmethod
    def of(cls, row: LogRow, ads: dict[int, int]) -> Self:
        """Return the answer for a line; `ads` are by the id of their broadcast."""
        columns: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("id", "timestamp", "log_level", "message", "source", "bot_id", "context")
        }
        broadcast_id = logs.broadcast_of(row)
        ad_id = None if broadcast_id is None else ads.get(broadcast_id)
        return cls.model_validate({**columns, "broadcast_id": broadcast_id, "ad_id": ad_id})


class SystemLogPage(Page[SystemLogAnswer]):
    """The platform's log, newest first."""

    model_config = ConfigDict(title="SystemLogEntryList")


class LogBar(Answer):
    """How many lines of each level there were in a step of time."""

    at: Moment = Field(description="When the step begins.")
    debug: int
    info: int
    warning: int
    error: int
    critical: int


class LogHistogram(Answer):
    """How many lines there were over time, in steps without gaps: 120 at most."""

    start: Time = Field(serialization_alias="from")
    end: Time = Field(serialization_alias="to")
    step_seconds: int
    series: list[LogBar]

    @classmethod
    def of(cls, found: Histogram) -> Self:
        """Return the answer for what was counted."""
        series = [LogBar(at=bar.at, **bar.levels) for bar in found.bars]
        start, end = found.span.start, found.span.end
        return cls(start=start, end=end, step_seconds=found.step_seconds, series=series)


class LogGroup(Answer):
    """Lines of one level and source that say the same."""

    message: str
    log_level: Level
    source: str
    count: int
    first_seen: Time
    last_seen: Time
    last_id: int = Field(description="The last one's id.")


class LogGroups(Answer):
    """Equal messages together, the most frequent first."""

    items: list[LogGroup] = Field(description="The most frequent 100.")


class LinesAround(Answer):
    """A line with lines before and after it, the oldest first."""

    before: list[SystemLogAnswer]
    line: SystemLogAnswer
    after: list[SystemLogAnswer]
