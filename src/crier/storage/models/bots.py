"""Bots, their subscribers and what they did."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from crier.storage.models.base import Base


class BotCounter(Base):
    """How many subscribers of each status a bot has; kept by triggers of `subscribers`."""

    __tablename__ = "bot_counters"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    subscribers: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    unsubscribed: Mapped[int] = mapped_column(default=0)


class Bot(Base):
    """A bot that somebody added. Its life is `domain/bot_state.py`; `instance_id` is the fence."""

    __tablename__ = "bots"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    bot_token: Mapped[str]
    token_fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    token_hint: Mapped[str]
    telegram_id: Mapped[int]
    username: Mapped[str | None]
    bot_name: Mapped[str]
    public_key: Mapped[str]
    webhook_secret: Mapped[str | None]
    receive_mode: Mapped[str] = mapped_column(default="polling")
    status: Mapped[str] = mapped_column(default="stopped")
    desired_status: Mapped[str] = mapped_column(default="stopped")
    generation: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_active: Mapped[datetime | None]
    instance_id: Mapped[uuid.UUID | None]
    worker: Mapped[str | None]
    started_at: Mapped[datetime | None]
    restarts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None]
    error_at: Mapped[datetime | None]
    flood_until: Mapped[datetime | None]
    update_offset: Mapped[int] = mapped_column(default=0)
    pending_updates: Mapped[int] = mapped_column(Integer, default=0)
    welcome: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    commands: Mapped[list[Any]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    menu: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    # Every bot that is read brings how many active chats it has.
    subscribers: Mapped[int] = column_property(
        func.coalesce(
            select(BotCounter.subscribers)
            .where(BotCounter.bot_id == id)
            .correlate_except(BotCounter)
            .scalar_subquery(),
            0,
        )
    )


class Subscriber(Base):
    """A chat that a bot knows; only `active` ones are an audience."""

    __tablename__ = "subscribers"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(default="private")
    status: Mapped[str]
    title: Mapped[str | None]
    username: Mapped[str | None]
    first_name: Mapped[str | None]
    language_code: Mapped[str | None]
    source: Mapped[str | None]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    status_at: Mapped[datetime] = mapped_column(server_default=func.now())
    migrated_to: Mapped[int | None]
    opted_out: Mapped[bool | None] = mapped_column(default=False)
