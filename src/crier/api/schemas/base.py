"""Bases and types that every schema stands on."""

import re
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    WithJsonSchema,
)

MAX_ID: Final = 2**63 - 1
Item = TypeVar("Item", bound=BaseModel)


def _zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError("is no time zone of the IANA database, such as Europe/Berlin")
    return value


@cache
def time_zones() -> frozenset[str]:
    """Return every name that `tz` takes: those of the IANA database, which PostgreSQL knows as
    well."""
    return frozenset(zoneinfo.available_timezones() - {"localtime"})


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _zulu(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Python and pydantic read more numbers than people mean: `1_0`, `1e5`, ` 5 `, Arabic digits.
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_MONEY = r"[0-9]{1,8}(\.[0-9]{1,2})?"
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.", re.ASCII)


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("must be a whole number in plain digits")
    return value


def _money(value: Any) -> Any:
    if not isinstance(value, str | Decimal):
        raise ValueError('must be a decimal string, such as "12.50"')
    if isinstance(value, str) and not re.fullmatch(_MONEY, value):
        raise ValueError('must have 1 to 8 digits and at most 2 after a point, such as "12.50"')
    return Decimal(value)


def _dated(value: Any) -> Any:
    # A number, also in quotes, would be read as seconds or milliseconds of an epoch.
    if not isinstance(value, datetime) and not (isinstance(value, str) and _DATED.match(value)):
        raise ValueError("must be a time of RFC 3339, such as 2026-01-31T12:00:00Z")
    return value


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character U+0000")
    return text


Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
"""The name of a time zone."""
Time = Annotated[
    AwareDatetime,
    Field(strict=False),  # what a validator before it has seen is no JSON to pydantic any more
    BeforeValidator(_dated),
    AfterValidator(_utc),
    PlainSerializer(
        _zulu, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    ),
]
"""A time with a zone: RFC 3339 in UTC with `Z` on the wire."""

Moment = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time of ours, which is UTC, on its way out: the same on the wire as `Time`, without the checks
that take a third of the time of an answer with thousands of points."""

Text = Annotated[str, AfterValidator(_storable)]
"""A text that PostgreSQL can hold; for every string of a body or a query."""

PlainDigits: Final = BeforeValidator(_whole)
"""For whole numbers of a query; stands behind their limits, which the document shows only then."""

Id = Annotated[int, Field(ge=1, le=MAX_ID), PlainDigits]

Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_MONEY}$", "examples": ["12.50"]}),
]
"""A decimal string with 2 digits after the point."""

NO_MONEY: Final = {"money": False}
"""Context in which an answer is written for a caller who may not see money."""


def _amount(value: Decimal | None, info: SerializationInfo) -> str | None:
    return None if value is None or info.context == NO_MONEY else f"{value:.2f}"


Amount = Annotated[Decimal | None, PlainSerializer(_amount, return_type=str | None)]
"""Money in an answer: null where it is not known, and for callers who may not see it."""


class Body(BaseModel):
    """A JSON object that comes in."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """The query string."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """Return the same, made once: flask-openapi3 asks at every request, and it takes 1 ms."""
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
    SHOWN_ONCE: ClassVar[frozenset[str]] = frozenset()
    """Fields that are secrets: null where the answer is given again for an `Idempotency-Key`."""


class Counted(Answer):
    """The span that was really counted: whole minutes, whole hours where minutes are not kept."""

    start: Time = Field(serialization_alias="from")
    end: Time = Field(serialization_alias="to")


Compare = Literal["previous"]
"""With what figures are compared: the period directly before."""
COMPARE: Final = (
    "`previous` adds sums of the period directly before: months before months and days before days"
    " of `tz`, else the same length."
)


class PageQuery(Query):
    """Every list takes these."""

    limit: Annotated[int, Field(ge=1, le=200), PlainDigits] = Field(
        default=50, description="How many at most."
    )
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
    trace_id: str | None = Field(default=None, description="There where the request is traced.")
    errors: list[FieldError] | None = Field(default=None, description="There for 422.")
