"""Telegram's webhook calls: the bot that each is for, whether it is genuine, and its row in
PostgreSQL."""

import hmac

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import WEBHOOK_SECRET, Vault
from crier.services import account_state
from crier.services.errors import InvalidError, NotFoundError, ServiceError, UnauthenticatedError
from crier.storage import inbound
from crier.storage.engine import run
from crier.storage.models.bots import Bot
from crier.telegram.types import UpdateId


class _Head(msgspec.Struct):
    """As much of an update as is needed to store it once."""

    update_id: UpdateId


def take_in(session: Session, vault: Vault, public_key: str, secret: str, body: bytes) -> None:
    """Store an update for the bot's session; it is safe once the transaction is committed.

    The body is kept as it came, whatever else is in it: what to make of it is the session's.

    Raises:
        NotFoundError: no bot takes webhooks under this key, or nobody who is active owns it
            (Telegram keeps the update, and polling brings it). UnauthenticatedError: the secret is
            wrong.
        ServiceError, InvalidError: it is no update.
    """
    bot = session.execute(
        sa.select(Bot.id, Bot.webhook_secret).where(
            account_state.has_runner(Bot.user_id),
            Bot.public_key == public_key,
            Bot.deleted_at.is_(None),
            Bot.receive_mode == "webhook",
            Bot.webhook_secret.is_not(None),
        )
    ).one_or_none()
    if bot is None or bot.webhook_secret is None:
        raise NotFoundError("no bot takes webhooks here")
    wanted = vault.open(bot.webhook_secret, WEBHOOK_SECRET)
    if not hmac.compare_digest(secret.encode(), wanted.encode()):
        raise UnauthenticatedError("the secret token is wrong")
    run(session, *inbound.store_webhook(bot.id, _update_id(body), body))


def _update_id(body: bytes) -> int:
    try:
        return msgspec.json.decode(body, type=_Head).update_id
    except msgspec.ValidationError:
        raise InvalidError(update_id="must be a whole number that Telegram could give") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ServiceError("the body is no JSON") from None
