"""Removes uploads that no ad names: never used, or their ad was deleted.

Each step survives a crash before the next one: a row loses `stored` first (its own transaction),
then the bytes go, then the row. Whatever was begun is taken up again by the next run.

No race with an ad that is just being written: naming an upload locks its row `FOR KEY SHARE` until
the ad is committed (`ad_content`). `_condemn` locks rows `FOR UPDATE`, skipping those that are
locked, and looks for ads only in its next statement, with a newer snapshot. So it finds either the
lock or the ad; and a later transaction waits, and finds no `stored` row. A launch names nothing
new: it sends what its ad names, and an ad that was launched can be neither changed nor deleted.
"""

import logging
import uuid
from typing import Final, NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from crier.storage import engine, queries
from crier.storage.uploads import Uploads, UploadsError

SQL: Final = queries.load("media")
BATCH: Final = 500


class UnusedFile(NamedTuple):
    """A file that nobody can name any more."""

    id: uuid.UUID
    name: str


def _id(value: uuid.UUID) -> uuid.UUID:
    return value


_UNUSED: Final = SQL.query("unused", _id)
_LOCK: Final = SQL.query("lock", _id)
_CONDEMN: Final = SQL.query("condemn", UnusedFile)
_FORGET: Final = SQL.query("forget")
log = logging.getLogger(__name__)


def clean(sessions: sessionmaker[Session], storage: Uploads) -> int:
    """Remove what has lain unused for a day; return how many files went.

    Where the storage does not answer, what is left waits for the next run.
    """
    removed = 0
    while files := _condemn(sessions):
        for media_id, name in files:
            try:
                storage.remove(media_id, name)
            except UploadsError as error:
                log.error("uploads_not_removed", extra={"error": str(error)})
                return removed
            with sessions.begin() as session:
                engine.run(session, _FORGET(id=media_id, media=f"media:{media_id}"))
            removed += 1
    if removed:
        log.info("uploads_removed", extra={"count": removed})
    return removed


def _condemn(sessions: sessionmaker[Session]) -> list[UnusedFile]:
    """Return files that nobody can name any more."""
    with sessions.begin() as session:
        unused = engine.rows(session, _UNUSED(limit=BATCH))
        locked = engine.rows(session, _LOCK(ids=unused))
        return engine.rows(session, _CONDEMN(ids=locked))
