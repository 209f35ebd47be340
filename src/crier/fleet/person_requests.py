"""Takes what a person asks of a bot about their own data; jobs do the rest (`services/privacy`).

The request, the end of all sending to the person, and the job for it are one transaction behind the
bot's fence. Ids of people are sealed wherever they are written.
"""

import hashlib
from datetime import datetime
from typing import Final, NamedTuple

from crier.domain.own_data import BY_PERSON, Ask
from crier.fleet.session_store import Fence
from crier.secrets.vault import PERSON, Vault
from crier.storage import aio, queries, queue
from crier.storage.pool import Pool


class _Asked(NamedTuple):
    user_id: int
    requested_at: datetime


_ASK: Final = queries.load("fleet").query("ask_erasure", _Asked)
_STOP: Final = queries.load("privacy").query("stop")


class PersonRequests:
    """Every method raises as psycopg does while PostgreSQL is away, and `FenceLost`."""

    def __init__(self, pool: Pool, fence: Fence, vault: Vault) -> None:
        self._pool, self._fence, self._vault = pool, fence, vault

    async def take(self, ask: Ask, chat_id: int) -> None:
        """Take a request of the person of a private chat."""
        subject = self._vault.seal(str(chat_id), PERSON)
        await (self._erase(chat_id, subject) if ask == "erase" else self._export(chat_id, subject))

    async def _erase(self, chat_id: int, subject: str) -> None:
        given = {**self._fence.ids, "subject": subject, "requested_by": BY_PERSON}
        async with self._pool.connection() as connection:
            asked = await aio.first(connection, _ASK(**given))
            if asked is None:
                raise self._fence.lost()
            stop = _STOP(chat_id=chat_id, user_id=asked.user_id, asked_at=asked.requested_at)
            await aio.run(connection, stop, queue.defer_erase())

    async def _export(self, chat_id: int, subject: str) -> None:
        """Ask for the file; a second request before it has come sends no second one."""
        bot_id = self._fence.bot_id
        person = self._vault.fingerprint(f"{bot_id} {chat_id}")
        lock = f"person_data:{hashlib.sha256(person).hexdigest()[:32]}"
        async with self._pool.connection() as connection:
            await aio.run(connection, queue.defer_person_data(bot_id, subject, lock))
