"""Takes what a person asks of a bot about their own data, or to link their chat to an account; jobs
do the rest (`services/privacy`, `services/people/linked_chats.py`).

The request, the end of all sending to the person, and the job for it are one transaction behind the
bot's fence. Ids of people are sealed wherever they are written.
"""

import hashlib
import json
from datetime import datetime
from typing import Final, NamedTuple

from crier.domain.chat_links import LinkRequest
from crier.domain.own_data import BY_PERSON, Ask
from crier.fleet.session_store import Fence
from crier.secrets.vault import PERSON, Vault
from crier.storage import aio, queries, queue
from crier.storage.pool import Pool


class _Asked(NamedTuple):
    user_id: int
    asked_at: datetime


_ASK: Final = queries.load("fleet").query("ask_erasure", _Asked)
_STOP: Final = queries.load("privacy").query("stop")
_UNLINK: Final = queries.load("privacy").query("unlink")


class PersonRequests:
    """Every method raises as psycopg does while PostgreSQL is away, and `FenceLost`."""

    def __init__(self, pool: Pool, fence: Fence, vault: Vault) -> None:
        self._pool, self._fence, self._vault = pool, fence, vault

    async def take(self, ask: Ask | LinkRequest, chat_id: int) -> None:
        """Take a request of the person of a private chat."""
        if isinstance(ask, LinkRequest):
            await self._link(ask, chat_id)
            return
        subject = self._vault.seal(str(chat_id), PERSON)
        await (self._erase(chat_id, subject) if ask == "erase" else self._export(chat_id, subject))

    async def _erase(self, chat_id: int, subject: str) -> None:
        given = {**self._fence.ids, "subject": subject, "requested_by": BY_PERSON}
        async with self._pool.connection() as connection:
            asked = await aio.first(connection, _ASK(**given))
            if asked is None:
                raise self._fence.lost()
            ids = {"chat_id": chat_id, **asked._asdict()}
            await aio.run(connection, _STOP(**ids), _UNLINK(**ids), queue.defer_erase())

    async def _link(self, ask: LinkRequest, chat_id: int) -> None:
        request = json.dumps({"chat_id": chat_id, **ask._asdict()})
        subject = self._vault.seal(request, PERSON)
        lock = self._lock("link_chat", f"{chat_id} {ask.code}")
        async with self._pool.connection() as connection:
            await aio.run(connection, queue.defer_link_chat(self._fence.bot_id, subject, lock))

    async def _export(self, chat_id: int, subject: str) -> None:
        """Ask for the file; a second request before it has come sends no second one."""
        bot_id = self._fence.bot_id
        lock = self._lock("person_data", f"{bot_id} {chat_id}")
        async with self._pool.connection() as connection:
            await aio.run(connection, queue.defer_person_data(bot_id, subject, lock))

    def _lock(self, kind: str, of: str) -> str:
        return f"{kind}:{hashlib.sha256(self._vault.fingerprint(of)).hexdigest()[:32]}"
