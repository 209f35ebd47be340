"""Audiences that come from another tool.

One transaction: either all ids of a file are taken over, or none. They go through `COPY` into a
temporary table, so that this process holds a buffer of the file at most, whatever its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple

import sqlalchemy as sa
from psycopg import Connection
from sqlalchemy.orm import Session

from crier.secrets.vault import PERSON, Vault
from crier.services import audit, quotas
from crier.services.bots.chat_lists import ChatList, Understood
from crier.services.caller import Caller
from crier.storage import engine, queries
from crier.storage.engine import keys_of
from crier.storage.models.bots import Bot
from crier.storage.queries import StatementTemplate

SQL: Final = queries.load("chats")
MAX_REJECTED_LISTED: Final = 1000
_PRIVACY: Final = queries.load("privacy")
_ERASED: Final = _PRIVACY.query("erased_chats", str)
_KNOWN: Final = _PRIVACY.query("known_chats", int)


class RefusedLine(NamedTuple):
    """A line that is not taken over, and how many of these there are."""

    line: int
    reason: str
    total: int


_STAGE: Final = SQL.query("stage")
_COPY: Final = SQL.query("copy")
_TAKE_OVER: Final = SQL.query("take_over", int)
_WOULD_TAKE_OVER: Final = SQL.query("would_take_over", int)
_REFUSED: Final = SQL.query("refused", RefusedLine)
_TIMEOUT: Final = "SET LOCAL statement_timeout = '300s'"


@dataclass
class Import:
    """What became of a list's lines; of the rejected ones the first thousand are listed."""

    understood: Understood
    accepted: int = 0
    duplicates: int = 0
    rejected_total: int = 0
    rejected: list[dict[str, int | str]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Count a line that is not taken over."""
        self.rejected_total += 1
        if len(self.rejected) < MAX_REJECTED_LISTED:
            self.rejected.append({"line": line, "reason": reason})

    def refuse(self, refused: Sequence[RefusedLine]) -> int:
        """Add refused lines in their order; return how many there are."""
        total = refused[0].total if refused else 0
        self.rejected_total += total
        self.rejected += [{"line": line, "reason": reason} for line, reason, _ in refused]
        self.rejected.sort(key=itemgetter("line"))
        del self.rejected[MAX_REJECTED_LISTED:]
        return total


def import_chats(session: Session, caller: Caller, bot: Bot, given: ChatList) -> Import:
    """Make the chats of a list active subscribers of `bot`; active ones are duplicates.

    A person that said /stop to the bot, has blocked it or was erased is rejected, and stays as is.

    Raises:
        ServiceError: the list cannot be read, or is too long for the quota; nothing is taken over.
    """
    found = _taken(session, bot, given, _TAKE_OVER)
    quotas.check(session, bot.user_id, "subscribers", added=found.accepted)
    details = {"accepted": found.accepted, "rejected": found.rejected_total}
    audit.record(session, caller, "bot.import_chats", "bot", bot.id, details)
    return found


def preview_import(session: Session, bot: Bot, given: ChatList) -> Import:
    """Return what `import_chats` would answer at this moment; changes nothing.

    Raises:
        ServiceError: as `import_chats` does.
    """
    found = _taken(session, bot, given, _WOULD_TAKE_OVER)
    quotas.check(session, bot.user_id, "subscribers", added=0, coming=found.accepted)
    return found


def _taken(session: Session, bot: Bot, given: ChatList, taken: StatementTemplate[int]) -> Import:
    found = Import(given.understood)
    connection = session.connection()
    connection.exec_driver_sql(_TIMEOUT)
    engine.run(session, _STAGE())
    valid = _stage(connection, given, found, _erased(session, bot))
    found.accepted = engine.rows(session, taken(bot_id=bot.id))[0]
    lines = engine.rows(session, _REFUSED(bot_id=bot.id, limit=MAX_REJECTED_LISTED))
    refused = found.refuse(lines)
    found.duplicates = valid - found.accepted - refused
    return found


def _stage(
    connection: sa.Connection, given: ChatList, found: Import, erased: frozenset[int]
) -> int:
    """Copy the ids into the temporary table, but those of people who were erased; says how many."""
    valid = 0
    driver = connection.connection.driver_connection
    assert isinstance(driver, Connection)
    with driver.cursor() as cursor, cursor.copy(_COPY.text) as copy:
        for line, chat in given.items:
            if isinstance(chat, str):
                found.reject(line, chat)
            elif chat in erased:
                found.reject(line, "asked to be erased: only their /start brings them back")
            else:
                copy.write(b"%d\t%d\n" % (line, chat))
                valid += 1
    return valid


def _erased(session: Session, bot: Bot) -> frozenset[int]:
    """Return the chats that asked this bot's owner to be erased and have not come back."""
    vault = Vault(keys_of(session))
    sealed = engine.rows(session, _ERASED(bot_id=bot.id))
    ids = {int(vault.open(subject, PERSON)) for subject in sealed}
    known = engine.rows(session, _KNOWN(bot_id=bot.id, chat_ids=list(ids))) if ids else []
    return frozenset(ids.difference(known))
