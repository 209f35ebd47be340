"""What is written in bulk and partitioned by month, and the files that are made of it.

The primary keys of the partitioned tables hold the partition's time; rows are never updated.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class Message(Base):
    """A message that came in or went out. `content` is None for an ad: its broadcast has it."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    message_type: Mapped[str] = mapped_column(default="text")
    content: Mapped[str | None]
    sent_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    status: Mapped[str]
    direction: Mapped[str]
    message_id: Mapped[int | None]
    delivery_id: Mapped[int | None]
    position: Mapped[int | None]
    error_code: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None]


class Click(Base):
    """One click on a tracked link, by a person or a machine."""

    __tablename__ = "clicks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    delivery_id: Mapped[int]
    chat_id: Mapped[int]
    link: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    user_agent: Mapped[str | None]


class LogRow(Base):
    """A line of the platform's or a bot's log."""

    __tablename__ = "logs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bot_id: Mapped[int | None]
    log_level: Mapped[str]
    message: Mapped[str]
    timestamp: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    source: Mapped[str] = mapped_column(default="crier")
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Export(Base):
    """An export that is written as a file; `file_id` is of its last attempt, the one that counts.

    The span is the one that was asked for, and the ids what it is limited to. It is an account's,
    of what the organisation has in which it was asked for; None is the account's own.
    """

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    role: Mapped[str]
    dataset: Mapped[str]
    format: Mapped[str]
    span_start: Mapped[datetime | None]
    span_end: Mapped[datetime | None]
    bot_id: Mapped[int | None]
    ad_id: Mapped[int | None]
    broadcast_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    rows_written: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    file_id: Mapped[uuid.UUID | None]
    file_name: Mapped[str | None]
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    organisation_id: Mapped[int | None]
