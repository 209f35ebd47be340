"""Bases and types that every schema stands on."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
)

from crier.api.web import MAX_ID

Item = TypeVar("Item", bound=BaseModel)


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _zulu(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character U+0000")
    return text


Time = Annotated[
    AwareDatetime,
    AfterValidator(_utc),
    PlainSerializer(
        _zulu, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    ),
]
"""A time with a zone: RFC 3339 in UTC with `Z` on the wire."""

Text = Annotated[str, AfterValidator(_storable)]
"""A text that PostgreSQL can hold; for every string of a body or a query."""

Id = Annotated[int, Field(ge=1, le=MAX_ID)]

Money = Annotated[
    Decimal,
    Field(max_digits=10, decimal_places=2, ge=0),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
]
"""A decimal string with 2 digits after the point."""


class Body(BaseModel):
    """A JSON object that comes in."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """The query string."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The same, made once: flask-openapi3 asks for it at every request, and it takes 1 ms."""
        if args or options:
            return super().model_json_schema(*args, **options)
        return _schema_of(cls)


@cache
def _schema_of(query: type[Query]) -> dict[str, Any]:
    return super(Query, query).model_json_schema()


class Path(BaseModel):
    """The ids in the path."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A JSON object that goes out; read from attributes of a model, too."""

    model_config = ConfigDict(from_attributes=True)


class PageQuery(Query):
    """Every list takes these."""

    limit: int = Field(default=50, ge=1, le=200, description="How many at most.")
    cursor: Text | None = Field(
        default=None, max_length=500, description="`next_cursor` of the page before."
    )


class Page(Answer, Generic[Item]):
    """The shape of every list; subclass it as `class Bots(Page[BotAnswer])`."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, description="Null on the last page.")


class FieldError(Answer):
    """What is wrong with one field."""

    field: str = Field(description="Dotted path from the body, such as `items.0.reply.text`.")
    message: str


class Problem(Answer):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = Field(default=None, description="There for 422.")
