"""Errors of all programs by kind, and when they came."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class ErrorGroup(Base):
    """All errors of one kind of one program; `observability/error_groups.py` adds to it.

    `changed_by` is None where nobody changed the state, or the errors came again.
    """

    __tablename__ = "error_groups"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    program: Mapped[str]
    kind: Mapped[str]
    message: Mapped[str]
    sample: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[int | None]


class ErrorHour(Base):
    """How many errors of a group came in an hour."""

    __tablename__ = "error_hours"

    group_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
