"""Errors by kind."""

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Answer, Body, Id, Page, PageQuery, Path, Text, Time
from crier.services.system.error_groups import Beside, State
from crier.storage.models.error_groups import ErrorGroup

RECENT_HOURS: Final = 24
_IDS: Final = ("job_id", "bot_id", "ad_id", "broadcast_id", "export_id", "user_id")
_TEXTS: Final = ("request_id", "trace_id")


class ErrorPath(Path):
    """Names a kind of error."""

    error_id: Id


class ErrorQuery(PageQuery):
    """Filters of the kinds of errors."""

    program: Text | None = Field(
        default=None, max_length=40, description="`api`, `worker`, `backup` or `dashboard`."
    )
    state: State | None = None
    since: Time | None = Field(default=None, description="Seen since then.")
    until: Time | None = Field(default=None, description="Seen before.")
    q: Text | None = Field(
        default=None, max_length=200, description="Part of the kind or the message."
    )


class ErrorChange(Body):
    """What is to be thought of a kind of error."""

    state: State = Field(
        description="`resolved` opens again with its next error; `known` stays so."
    )


class DashboardError(Body):
    """An error that the dashboard had in a browser."""

    name: Text = Field(max_length=100, examples=["TypeError"])
    message: Text = Field(max_length=2000)
    stack: Text | None = Field(default=None, max_length=8000)
    path: Text = Field(max_length=300, description="The page's, without what follows `?`.")


class ErrorSample(Answer):
    """One of the last errors of a kind, without secrets."""

    at: Time
    event: str = Field(description="What was logged.")
    request_id: str | None
    trace_id: str | None
    job_id: int | None
    bot_id: int | None
    ad_id: int | None
    broadcast_id: int | None
    export_id: int | None
    user_id: int | None
    trace: str = Field(description="Where in the program; empty where it is not known.")
    context: dict[str, Any] = Field(description="All else that its log line carries.")

    @classmethod
    def of(cls, sample: dict[str, Any], ads: dict[int, int]) -> "ErrorSample":
        """Return the sample of a group; an id that is none stays in `context`."""
        rest = dict(sample["fields"])
        ids = {name: _taken(rest, name, int) for name in _IDS}
        ids["ad_id"] = ids["ad_id"] or ads.get(ids["broadcast_id"])
        texts = {name: _taken(rest, name, str) for name in _TEXTS}
        at = datetime.fromtimestamp(sample["at"], UTC)
        told = {"at": at, "event": sample["event"], "trace": sample["trace"]}
        return cls.model_validate({**told, **ids, **texts, "context": rest})


class ErrorGroupAnswer(Answer):
    """All errors of one kind of one program."""

    model_config = ConfigDict(title="ErrorGroup")

    id: int
    program: str
    kind: str = Field(description="The error's class and where it came up, or the event.")
    message: str = Field(description="What a late one said.")
    state: State
    count: int
    first_seen: Time
    last_seen: Time
    changed_at: Time | None = Field(description="When it got its state; null: it began so.")
    changed_by: str | None = Field(description="Null: nobody did, or it came again.")
    came_again: bool = Field(description="It is open because it came after it was resolved.")
    hours: list[int] = Field(
        description="How many came in each of the last hours, oldest first: 24 in a list, else 168."
    )
    sample: ErrorSample

    @classmethod
    def of(cls, group: ErrorGroup, told: Beside) -> "ErrorGroupAnswer":
        """Return a group with what is told beside it."""
        same = ("id", "program", "kind", "message", "state", "count")
        times = ("first_seen", "last_seen", "changed_at")
        by = group.changed_by
        return cls.model_validate(
            {
                **{name: getattr(group, name) for name in (*same, *times)},
                "changed_by": None if by is None else told.names.get(by),
                "came_again": group.state == "open" and group.changed_at is not None and not by,
                "hours": told.hours[group.id],
                "sample": ErrorSample.of(group.sample, told.ads),
            }
        )


class ErrorTotals(Answer):
    """How many kinds there are of each state."""

    open: int
    known: int
    resolved: int


class ErrorGroupPage(Page[ErrorGroupAnswer]):
    """Kinds of errors, the last seen first."""

    model_config = ConfigDict(title="ErrorGroupList")

    totals: ErrorTotals


def _taken(fields: dict[str, Any], name: str, kind: type) -> Any:
    return fields.pop(name) if type(fields.get(name)) is kind else None
