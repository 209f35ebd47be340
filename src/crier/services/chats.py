"""Audiences that come from another tool.

One transaction: either all ids of a file are taken over, or none. They go through `COPY` into a
temporary table, so that this process holds a buffer of the file at most, whatever its length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from psycopg import Connection
from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.caller import Caller
from crier.services.chat_lists import chat_id_of
from crier.storage import queries
from crier.storage.models.bots import Bot

SQL: Final = queries.load("chats")
MAX_REJECTED_LISTED: Final = 1000
_TIMEOUT: Final = "SET LOCAL statement_timeout = '300s'"


@dataclass
class Import:
    """What became of a file's lines; of the rejected ones the first thousand are listed."""

    accepted: int = 0
    duplicates: int = 0
    rejected_total: int = 0
    rejected: list[dict[str, int | str]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Count a line that is not taken over."""
        self.rejected_total += 1
        if len(self.rejected) < MAX_REJECTED_LISTED:
            self.rejected.append({"line": line, "reason": reason})

    def refuse(self, refused: Sequence[Any]) -> int:
        """Add the rows of `refused`, by line; how many lines there are of them."""
        total: int = refused[0][2] if refused else 0
        self.rejected_total += total
        self.rejected += [{"line": line, "reason": reason} for line, reason, _ in refused]
        self.rejected.sort(key=itemgetter("line"))
        del self.rejected[MAX_REJECTED_LISTED:]
        return total


def import_chats(
    session: Session, caller: Caller, bot: Bot, items: Iterable[tuple[int, str]]
) -> Import:
    """Make the chats of a list active subscribers of `bot`; active ones are duplicates.

    Who said /stop to the bot, or has blocked it, is rejected and stays as they are.

    Raises:
        ServiceError: the list cannot be read; nothing is taken over.
    """
    found, valid = Import(), 0
    connection = session.connection()
    connection.exec_driver_sql(_TIMEOUT)
    connection.exec_driver_sql(SQL["stage"])
    driver = connection.connection.driver_connection
    assert isinstance(driver, Connection)
    with driver.cursor() as cursor, cursor.copy(SQL["copy"]) as copy:
        for line, text in items:
            try:
                chat_id = chat_id_of(text)
            except ValueError as error:
                found.reject(line, str(error))
            else:
                copy.write(b"%d\t%d\n" % (line, chat_id))
                valid += 1
    taken = connection.exec_driver_sql(SQL["take_over"], {"bot_id": bot.id})
    found.accepted = taken.scalar_one()
    limit = {"bot_id": bot.id, "limit": MAX_REJECTED_LISTED}
    refused = found.refuse(connection.exec_driver_sql(SQL["refused"], limit).all())
    found.duplicates = valid - found.accepted - refused
    details = {"accepted": found.accepted, "rejected": found.rejected_total}
    audit.record(session, caller, "bot.import_chats", "bot", bot.id, details)
    return found
