"""What was asked to be erased."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Identity, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crier.storage.models.base import Base


class PrivacyRequest(Base):
    """The erasure of a person or of a deleted bot, done or not; `subject` is a sealed chat id."""

    __tablename__ = "privacy_requests"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    kind: Mapped[str]
    user_id: Mapped[int | None]
    bot_id: Mapped[int | None]
    bot_key: Mapped[str | None]
    subject: Mapped[str | None]
    salt: Mapped[uuid.UUID | None] = mapped_column(server_default=text("gen_random_uuid()"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    requested_by: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    step: Mapped[str | None]
    rows: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """`waiting`, `running` or `done`."""
        return "done" if self.done_at else "running" if self.step else "waiting"
