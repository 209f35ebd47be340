"""What counts as a second factor, as a condition in SQL."""

from typing import Any

import sqlalchemy as sa

from crier.storage.models.people import OneTimeCode, Passkey


def exists(user_id: Any) -> sa.ColumnElement[bool]:
    """Return the SQL condition that the account (a column, or its id) has a second factor."""
    app = sa.select(OneTimeCode.user_id).where(
        OneTimeCode.user_id == user_id, OneTimeCode.confirmed_at.is_not(None)
    )
    passkey = sa.select(Passkey.user_id).where(Passkey.user_id == user_id)
    return sa.or_(sa.exists(app), sa.exists(passkey))
