"""The declarative base, and the column types that several models use.

The migrations' SQL makes the schema; tests/migration holds the models to it. Only the tables that
the API reads or writes by their rows have models; of the others the SQL of the hot paths is all.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[int, mapped_column(sa.BigInteger, primary_key=True)]
Time = Annotated[datetime, mapped_column(sa.DateTime(timezone=True))]
Created = Annotated[
    datetime, mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
]
Json = Annotated[dict[str, Any], mapped_column(JSONB, server_default="{}")]


class Base(DeclarativeBase):
    """Root of the models; after a flush a row has its server's defaults."""

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 (SQLAlchemy reads it so)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: sa.BigInteger,
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        Decimal: sa.Numeric(10, 2),
        uuid.UUID: sa.Uuid,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[int]: sa.ARRAY(sa.BigInteger),
        list[str]: sa.ARRAY(sa.Text),
    }
