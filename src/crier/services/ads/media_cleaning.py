"""Removes uploads that no ad names: never used, or their ad was deleted.

Each step survives a crash before the next one: a row loses `stored` first (its own transaction),
then the bytes go, then the row. Whatever was begun is taken up again by the next run.

No race with an ad that is just being written: naming an upload locks its row `FOR KEY SHARE` until
the ad is committed (`ad_content`). `_condemn` locks rows `FOR UPDATE`, skipping those that are
locked, and looks for ads only in its next statement, with a newer snapshot. So it finds either the
lock or the ad; and whoever comes later waits, and finds no `stored` row. A launch names nothing
new: it sends what its ad names, and an ad that was launched can be neither changed nor deleted.
"""

import logging
import uuid
from typing import Any, Final

from sqlalchemy.orm import Session, sessionmaker

from crier.storage import queries
from crier.storage.uploads import Uploads, UploadsError

SQL: Final = queries.load("media")
BATCH: Final = 500
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
                _run(session, "forget", id=media_id, media=f"media:{media_id}")
            removed += 1
    if removed:
        log.info("uploads_removed", extra={"count": removed})
    return removed


def _condemn(sessions: sessionmaker[Session]) -> list[tuple[uuid.UUID, str]]:
    """Files that nobody can name any more, with their names."""
    with sessions.begin() as session:
        unused = [row[0] for row in _run(session, "unused", limit=BATCH)]
        locked = [row[0] for row in _run(session, "lock", ids=unused)]
        return [(row[0], row[1]) for row in _run(session, "condemn", ids=locked)]


def _run(session: Session, name: str, **parameters: object) -> list[Any]:
    result = session.connection().exec_driver_sql(SQL[name], parameters)
    return list(result.all()) if result.returns_rows else []
