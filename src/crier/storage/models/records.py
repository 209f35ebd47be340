"""What is written in bulk and partitioned by month.

The primary keys of the partitioned tables hold the partition's time; rows are never updated.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Integer, func
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
