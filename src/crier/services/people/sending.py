"""Sends what waits in the outbox: mails by the mail server, messages by the platform's bot.

After `TRIES` a letter is given up; at once where its key is gone, where no chat is linked any more,
or where Telegram says that the chat does not want it.
"""

import asyncio
import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

import msgspec
from sqlalchemy.orm import Session, sessionmaker

from crier import setting_values
from crier.domain import chat_links
from crier.domain.outcomes import Action
from crier.secrets.vault import MAIL, Vault, VaultError
from crier.services import workspace
from crier.services.people import letters, linked_chats, outbox
from crier.services.people.outbox import Channel, Claimed, Letter
from crier.setting_groups import Mail
from crier.settings import Settings
from crier.telegram.client import BotApi, Upload
from crier.telegram.errors import ApiError, TelegramError, TooManyRequests
from crier.telegram.transport import HttpTransport

TRIES: Final = 9
"""Over some eight hours, each wait twice as long as the one before."""
TIMEOUT_S: Final = 20.0
_FOR_GOOD: Final = frozenset({Action.BLOCKED, Action.DEAD, Action.DROP, Action.SKIP})
log = logging.getLogger(__name__)


class _Sent(msgspec.Struct):
    message_id: int


class _NoChatError(Exception):
    """No chat is linked any more, or no bot is the platform's."""


def work_off(database: sessionmaker[Session], vault: Vault, settings: Settings) -> None:
    """Send what is due, one after the other."""
    channels: set[Channel] = {"mail", "telegram"} if settings.mail else {"telegram"}
    while True:
        with database.begin() as session:
            row = outbox.due(session, channels)
            if row is None:
                return
            if row.channel is None:
                letters.write(session, vault, settings, row)
                continue
            claimed = outbox.claim(row)
        try:
            if _is_over(database, vault, settings, claimed):
                with database.begin() as session:
                    outbox.forget(session, claimed.id)
        except TooManyRequests as error:
            with database.begin() as session:
                outbox.put_off(session, claimed.id, error.verdict.retry_after_s or 1.0)


def send_mail(mail: Mail, letter: Letter) -> None:
    """Hand a letter to the mail server.

    Raises:
        OSError, SMTPException: it did not take it.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="crier.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.file is not None:
        kind, _, subtype = letter.file.content_type.partition("/")
        message.add_attachment(
            letter.file.content, maintype=kind, subtype=subtype, filename=letter.file.name
        )
    server, secure = mail.server, ssl.create_default_context()
    opened = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=secure)
        if server.tls
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    )
    with opened as connection:
        connection.ehlo()
        offered = connection.has_extn("starttls")
        if not server.tls and (offered or not setting_values.is_loopback(server.host)):
            connection.starttls(context=secure)
        if server.user is not None and server.password is not None:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _is_over(
    database: sessionmaker[Session], vault: Vault, settings: Settings, claimed: Claimed
) -> bool:
    """Send a letter; return whether it is not to be tried again.

    Raises:
        TooManyRequests: Telegram says for how long to wait.
    """
    try:
        letter = msgspec.json.decode(vault.open(claimed.sealed, MAIL), type=Letter)
        if claimed.channel == "telegram":
            _send_message(database, vault, settings, claimed.user_id, letter)
        elif settings.mail is not None:
            send_mail(settings.mail, letter)
    except VaultError:
        log.error("letter_unreadable", extra={"channel": claimed.channel})
    except _NoChatError:
        return True
    except TooManyRequests:
        raise
    except (OSError, smtplib.SMTPException, TelegramError) as error:  # a text may name people
        facts = {"error": type(error).__name__, "tries": claimed.tries, "channel": claimed.channel}
        log.warning("letter_not_sent", extra=facts)
        refused = isinstance(error, ApiError) and error.verdict.action in _FOR_GOOD
        return refused or claimed.tries >= TRIES
    return True


def _send_message(
    database: sessionmaker[Session],
    vault: Vault,
    settings: Settings,
    user_id: int | None,
    letter: Letter,
) -> None:
    """Send a letter to the chat that is linked by now."""
    with database.begin() as session:
        bot = workspace.platform_bot(session)
        chat = linked_chats.of(session, user_id or 0)
        if bot is None or chat is None:
            raise _NoChatError
        token, chat_id = vault.open(bot.bot_token), chat.chat_id
    asyncio.run(_call(settings.telegram_api_url, token, chat_id, letter))


async def _call(api_url: str, token: str, chat_id: int, letter: Letter) -> None:
    button = {"text": chat_links.BUTTON, "callback_data": chat_links.UNLINK}
    text = f"{letter.subject}\n\n{letter.text}"
    parameters = {"chat_id": chat_id, "reply_markup": {"inline_keyboard": [[button]]}}
    file, files = letter.file, None
    if file is None:
        method = "sendMessage"
        parameters |= {"text": text[:4096], "link_preview_options": {"is_disabled": True}}
    else:
        method, files = (
            "sendDocument",
            {"document": Upload(file.content, file.name, file.content_type)},
        )
        parameters["caption"] = text[:1024]
    api = BotApi(HttpTransport(api_url, max_connections=1))
    try:
        await api.call(token, method, parameters, returns=_Sent, files=files, timeout_s=TIMEOUT_S)
    finally:
        await api.close()
