"""Views of the console's lists that somebody has saved: what stands after the "?" of an address."""

from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.services.caller import Caller
from crier.services.errors import ConflictError
from crier.storage.models.people import SavedView

Listing = Literal["bots", "ads", "broadcasts", "logs"]
MOST: Final = 50
"""Views of a page that are kept; requests at the same time may go beyond it by as many."""


def of(session: Session, user_id: int) -> list[SavedView]:
    """Return what somebody has saved, by page and name."""
    mine = sa.select(SavedView).where(SavedView.user_id == user_id)
    return list(session.scalars(mine.order_by(SavedView.page, SavedView.name)))


def save(session: Session, caller: Caller, page: Listing, name: str, search: str) -> None:
    """Save a view; one of that name is replaced.

    Raises:
        ConflictError: too many of that page are saved.
    """
    there = {view.name for view in of(session, caller.user_id) if view.page == page}
    if name not in there and len(there) >= MOST:
        raise ConflictError(f"{MOST} views of a page are saved at the most: forget one first")
    put = insert(SavedView).values(user_id=caller.user_id, page=page, name=name, search=search)
    new = {"search": search, "saved_at": sa.func.now()}
    keys = ["user_id", "page", "name"]
    session.execute(put.on_conflict_do_update(index_elements=keys, set_=new))


def forget(session: Session, caller: Caller, page: Listing, name: str) -> None:
    """Forget a view, if it is there."""
    mine = (SavedView.user_id == caller.user_id, SavedView.page == page, SavedView.name == name)
    session.execute(sa.delete(SavedView).where(*mine))
