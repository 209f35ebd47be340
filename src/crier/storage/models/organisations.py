"""Organisations, which own bots and ads, how much they may have, and their members."""

from datetime import datetime

from sqlalchemy import BigInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class Organisation(Base):
    """An owner of bots and ads: a team where it has a name, else that of the account of its id."""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('users_id_seq')")
    )
    name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]


class Membership(Base):
    """What an account is in an organisation."""

    __tablename__ = "memberships"

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    role: Mapped[str]
    withheld: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Quotas(Base):
    """How much an organisation may have of each kind; None, or no row: as much as it likes."""

    __tablename__ = "quotas"

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    bots: Mapped[int | None]
    subscribers: Mapped[int | None]
    upload_bytes: Mapped[int | None]
    ads_per_day: Mapped[int | None]
    schedules: Mapped[int | None]
