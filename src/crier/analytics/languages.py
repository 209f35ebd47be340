"""What was sent for broadcasts, by the languages of those who got it.

The trigger that sums up an ended broadcast leaves a row of `languages_due`. `run` takes one away,
and counts the messages anew, in one transaction: to be killed, or to count twice, changes
nothing, and where a retry ends meanwhile its row waits for this transaction and is there again.
A chat's language is what it says when it is counted. Messages and chats of an erased person have
the same number in a bot, so they are still found together. Clicks are added where they are
counted (storage/sql/clicks.sql), in the same order of rows.
"""

from typing import Final

from sqlalchemy.orm import Session

from crier.storage import engine, queries

SQL: Final = queries.load("rollup")
_DUE: Final = SQL.query("languages_due", int)
_COUNT: Final = SQL.query("languages")
_PATIENCE: Final = SQL.query("patience")


def run(session: Session) -> bool:
    """Count one ended broadcast; return whether there was one. The caller commits."""
    broadcast_id = engine.first(session, _DUE())
    if broadcast_id is None:
        return False
    engine.run(session, _PATIENCE(), _COUNT(broadcast_id=broadcast_id))
    return True
