"""What the routes of exports that are written as files take and give."""

from typing import Annotated, Literal

from pydantic import Field

from crier.analytics.datasets import Dataset
from crier.analytics.formats import Format
from crier.api.schemas.base import Answer, Body, Id, Page, Path, PlainDigits, Query, Text, Time

ExportStatus = Literal["waiting", "running", "finished", "failed"]


class ExportBody(Body):
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


class ExportPath(Path):
    """Names an export."""

    export_id: int


class ExportFileQuery(Query):
    """What makes a link good; both are part of `download_url`."""

    until: Annotated[int, Field(ge=0, le=2**53), PlainDigits]
    signature: Text = Field(min_length=43, max_length=43)


class ExportAnswer(Answer):
    """An export that is written as a file."""

    id: int
    dataset: Dataset
    format: Format
    span_start: Time | None = Field(serialization_alias="from")
    span_end: Time | None = Field(serialization_alias="to")
    bot_id: int | None
    ad_id: int | None
    broadcast_id: int | None
    status: ExportStatus
    reason: str | None = Field(description="Why it failed, or why it was begun anew.")
    rows_written: int
    rows_total: int | None = Field(description="Null where nobody knows before the end.")
    percent: float | None = Field(description="Null where the total is not known.")
    size: int = Field(description="Bytes of the finished file, else 0.")
    created_at: Time
    started_at: Time | None = Field(description="Of the latest attempt.")
    finished_at: Time | None
    expires_at: Time | None = Field(description="When it is deleted with its file.")
    download_url: str | None = Field(
        description="A path that needs no credentials, good until `download_expires_at`; each "
        "answer has a new one."
    )
    download_expires_at: Time | None


class Exports(Page[ExportAnswer]):
    """A page of exports."""
