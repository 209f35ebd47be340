"""Linked chats, what people are told and by which way, and what waits to be sent to them."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class Workspace(Base):
    """What an admin has decided for the whole platform; one row, which is always there."""

    __tablename__ = "workspace"

    single: Mapped[bool] = mapped_column(primary_key=True, default=True)
    platform_bot_id: Mapped[int | None]
    separate_launcher: Mapped[bool] = mapped_column(default=False)


class LinkedChat(Base):
    """The private chat of an account's person with the platform's bot."""

    __tablename__ = "linked_chats"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chat_id: Mapped[int]
    name: Mapped[str]
    linked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ChatLinkCode(Base):
    """A code that links the next chat that brings it; known to the account's person alone."""

    __tablename__ = "chat_link_codes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class NoticeChoice(Base):
    """By which way somebody wants to be told of a kind of thing."""

    __tablename__ = "notice_choices"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]


class Outgoing(Base):
    """What waits to be sent: a sealed letter, for its link may sign somebody in; or a notice, of
    which a letter is made once it is due."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel: Mapped[str | None]
    user_id: Mapped[int | None]
    notice: Mapped[str | None]
    about: Mapped[int | None]
    sealed: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tries: Mapped[int] = mapped_column(Integer, default=0)


class ReportSchedule(Base):
    """That somebody gets an ad's report by themselves: each day, each week, or at each broadcast's
    end. `told` holds the figures of the last letter."""

    __tablename__ = "report_schedules"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ad_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    organisation_id: Mapped[int]
    role: Mapped[str]
    every: Mapped[str]
    tz: Mapped[str]
    due_at: Mapped[datetime | None]
    broadcast_id: Mapped[int | None]
    told: Mapped[str | None]
