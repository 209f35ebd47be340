"""Sends a person what is kept of them, as a file, through the bot that they have asked.

At most once: a file that Telegram did not take is logged and not sent again, and the person can ask
again. Neither the id nor the file is recorded anywhere.
"""

import asyncio
import gzip
import json
import logging
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session, sessionmaker

from crier.domain import own_data
from crier.fleet.fleet_context import FleetContext
from crier.secrets.vault import PERSON, Vault
from crier.services.privacy import export
from crier.telegram.client import Upload
from crier.telegram.errors import TelegramError

log = logging.getLogger(__name__)
TIMEOUT_S: Final = 60.0
LONGEST: Final = 40 * 2**20
"""Bytes; Telegram takes files of up to 50 MB from bots."""


class _Sent(msgspec.Struct):
    message_id: int


async def send(
    fleet: FleetContext, database: sessionmaker[Session], bot_id: int, subject: str
) -> None:
    """Send the file to the person whose sealed id `subject` is."""
    chat_id = int(fleet.vault.open(subject, PERSON))
    found = await asyncio.to_thread(_read, database, fleet.vault, bot_id, chat_id)
    if found is None:
        return
    token, rate, document = found
    await fleet.limiters.of(bot_id, rate).reply_turn(chat_id)
    params = {"chat_id": chat_id, "caption": own_data.CAPTION}
    try:
        await fleet.bot_api.call(
            token,
            "sendDocument",
            params,
            returns=_Sent,
            files={"document": _file(document)},
            timeout_s=TIMEOUT_S,
        )
    except TelegramError as error:
        log.warning("person_data_not_sent", extra={"bot_id": bot_id, "error": str(error)})


def _read(
    database: sessionmaker[Session], vault: Vault, bot_id: int, chat_id: int
) -> tuple[str, float | None, dict[str, Any]] | None:
    with database.begin() as session:
        found = export.for_person(session, vault, bot_id, chat_id)
        if found is None:
            return None
        bot, document = found
        return vault.open(bot.bot_token), bot.settings.get("send_rate"), document


def _file(document: dict[str, Any]) -> Upload:
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    if len(content) <= LONGEST:
        return Upload(content, "my-data.json", "application/json")
    return Upload(gzip.compress(content), "my-data.json.gz", "application/gzip")
