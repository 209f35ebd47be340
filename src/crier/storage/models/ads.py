"""Ads, their broadcasts and what came of them."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Identity, Integer, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class Advertisement(Base):
    """An ad as its owner wrote it, the organisation `user_id`. `operator_id` is the organisation
    that keeps an advertiser's ad once it is approved.

    `approved_by` is None in ads that processes of the release before approve: then it is the
    keeper.
    """

    __tablename__ = "advertisements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    operator_id: Mapped[int | None]
    approved_by: Mapped[int | None]
    title: Mapped[str | None]
    content: Mapped[str] = mapped_column(default="")
    parse_mode: Mapped[str | None]
    media_urls: Mapped[list[Any]] = mapped_column(JSON, default=list)
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    track_clicks: Mapped[bool] = mapped_column(default=True)
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(default="USD")
    status: Mapped[str] = mapped_column(default="draft")
    targeting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    scheduled_for: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    review_note: Mapped[str | None]


class Broadcast(Base):
    """One sending of an ad. `message` is a `domain.message.AdMessage` as it was at launch.

    `user_id` is the organisation that sends, `launched_by` the account that launched; None in those
    of processes of the release before, where both are one.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    ad_id: Mapped[int]
    user_id: Mapped[int]
    status: Mapped[str]
    policy: Mapped[str] = mapped_column(default="at_most_once")
    message: Mapped[dict[str, Any]]
    targeting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bot_ids: Mapped[list[int]] = mapped_column(default=list)
    audience: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(Integer, default=1)
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(default="USD")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    scheduled_for: Mapped[datetime | None]
    late_after_s: Mapped[int | None] = mapped_column(Integer)
    started_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    resumed_done: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    guarded: Mapped[bool] = mapped_column(default=True)
    launched_by: Mapped[int | None]


class Delivery(Base):
    """One bot's part of one broadcast, with its cursors and its counted outcomes."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    broadcast_id: Mapped[int]
    bot_id: Mapped[int]
    status: Mapped[str] = mapped_column(default="pending")
    runner: Mapped[uuid.UUID | None]
    batch: Mapped[int] = mapped_column(default=0)
    length: Mapped[int]
    claimed: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    audience: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    paid_budget: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime | None]
    wait_reason: Mapped[str | None]


class MediaFile(Base):
    """A file that somebody uploaded; `stored` once its bytes lie where uploads are kept."""

    __tablename__ = "media_files"

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    user_id: Mapped[int]
    name: Mapped[str]
    content_type: Mapped[str]
    kind: Mapped[str]
    """How Telegram takes it, one of `domain.media_kinds.KINDS`."""
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    stored: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
