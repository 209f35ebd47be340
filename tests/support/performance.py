"""Helpers of the tests of performance."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now.timestamp()


def ask(session: Session, text: str, **parameters: Any) -> Any:
    return session.execute(sa.text(text), parameters)
