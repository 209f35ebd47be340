"""Links a chat to an account, as its person has asked the platform's bot, and answers.

The link and the end of its code are one transaction; an answer that Telegram does not take is
logged and not sent again. Neither the chat nor the code is written anywhere but sealed.
"""

import asyncio
import logging
from typing import Final

import msgspec
from sqlalchemy.orm import Session, sessionmaker

from crier.domain import chat_links
from crier.domain.chat_links import LinkRequest
from crier.fleet.fleet_context import FleetContext
from crier.secrets.vault import PERSON, Vault
from crier.services.people import linked_chats
from crier.storage.models.bots import Bot
from crier.telegram.errors import TelegramError

log = logging.getLogger(__name__)
TIMEOUT_S: Final = 20.0


class _Asked(msgspec.Struct):
    chat_id: int
    code: str | None
    name: str


class _Sent(msgspec.Struct):
    message_id: int


async def link(
    fleet: FleetContext, database: sessionmaker[Session], bot_id: int, subject: str
) -> None:
    """Do what `subject`, a sealed request, asks for, and tell the chat."""
    asked = msgspec.json.decode(fleet.vault.open(subject, PERSON), type=_Asked)
    done = await asyncio.to_thread(_link, database, fleet.vault, bot_id, asked)
    if done is None:
        return
    token, rate, text = done
    await fleet.limiters.of(bot_id, rate).reply_turn(asked.chat_id)
    parameters: dict[str, object] = {"chat_id": asked.chat_id, "text": text}
    if text not in (chat_links.NOT_LINKED, chat_links.UNLINKED):
        button = {"text": chat_links.BUTTON, "callback_data": chat_links.UNLINK}
        parameters["reply_markup"] = {"inline_keyboard": [[button]]}
    try:
        await fleet.bot_api.call(
            token, "sendMessage", parameters, returns=_Sent, timeout_s=TIMEOUT_S
        )
    except TelegramError as error:
        log.warning("chat_link_not_answered", extra={"bot_id": bot_id, "error": str(error)})


def _link(
    database: sessionmaker[Session], vault: Vault, bot_id: int, asked: _Asked
) -> tuple[str, float | None, str] | None:
    with database.begin() as session:
        bot = session.get(Bot, bot_id)
        if bot is None or bot.deleted_at is not None:
            return None
        request = LinkRequest(asked.code, asked.name)
        text = linked_chats.take(session, vault, bot_id, asked.chat_id, request)
        return vault.open(bot.bot_token), bot.settings.get("send_rate"), text
