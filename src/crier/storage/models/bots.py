"""Bots, their subscribers and what they did."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Identity, Integer, LargeBinary, func, select
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


class WebhookUpdate(Base):
    """An update that Telegram's webhook call brought; without its body once it is handled."""

    __tablename__ = "webhook_updates"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    owes: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


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


class BotMinute(Base):
    """What a bot did in one minute. `latency` counts updates by log2 bucket of milliseconds."""

    __tablename__ = "bot_minutes"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    messages_in: Mapped[int] = mapped_column(Integer, default=0)
    messages_out: Mapped[int] = mapped_column(Integer, default=0)
    new_subscribers: Mapped[int] = mapped_column(Integer, default=0)
    lost_subscribers: Mapped[int] = mapped_column(Integer, default=0)
    errors: Mapped[int] = mapped_column(Integer, default=0)
    throttled: Mapped[int] = mapped_column(Integer, default=0)
    clicks: Mapped[int] = mapped_column(Integer, default=0)
    latency: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)


class _Activity:
    """What was done in an hour, a day or a month."""

    at: Mapped[datetime] = mapped_column(primary_key=True)
    messages_in: Mapped[int] = mapped_column(default=0)
    messages_out: Mapped[int] = mapped_column(default=0)
    new_subscribers: Mapped[int] = mapped_column(default=0)
    lost_subscribers: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    throttled: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)


class BotHour(_Activity, Base):
    """What a bot did in one hour: a rollup of its minutes."""

    __tablename__ = "bot_hours"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    latency: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)


class BotDay(_Activity, Base):
    """What a bot did in one day (UTC): a rollup of its hours."""

    __tablename__ = "bot_days"

    bot_id: Mapped[int] = mapped_column(primary_key=True)


class BotMonth(_Activity, Base):
    """What a bot did in one month (UTC): a rollup of its days."""

    __tablename__ = "bot_months"

    bot_id: Mapped[int] = mapped_column(primary_key=True)


class OwnerHour(_Activity, Base):
    """What all bots of an owner did in one hour; the owner 0 is everybody."""

    __tablename__ = "owner_hours"

    user_id: Mapped[int] = mapped_column(primary_key=True)


class RollupState(Base):
    """The one row that says what is rolled up."""

    __tablename__ = "rollup_state"

    single: Mapped[bool] = mapped_column(primary_key=True, default=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    pruned: Mapped[datetime]


class LateHour(Base):
    """An hour that got a minute after it was rolled up."""

    __tablename__ = "late_hours"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)


class BotDaySeen(Base):
    """How many chats of a bot were seen last on a day (UTC); kept by triggers of `subscribers`."""

    __tablename__ = "bot_days_seen"

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    chats: Mapped[int] = mapped_column(default=0)
