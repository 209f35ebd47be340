"""Adding, changing and deleting bots.

Invariants and what holds them: a token, and a Telegram account, belongs to one bot that is not
deleted (unique indexes `bots_token_key` and `bots_telegram_id_key`); changes of one bot come one
after the other (`FOR UPDATE` on its row). Tokens are stored sealed and never leave this module.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crier.domain import bot_state, replies, urls
from crier.secrets.vault import WEBHOOK_SECRET, Vault
from crier.services import audit, quotas, workspace
from crier.services.audit import AuditLine
from crier.services.bots import start_stop
from crier.services.caller import Caller
from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.settings import TELEGRAM_API_URL, Settings
from crier.storage import engine, lifecycle, queue
from crier.storage.models.bots import Bot, BotCounter
from crier.storage.text import contains
from crier.telegram.types import User

NAME_MAX_CHARS: Final = 100
_RELOADED: Final = {"receive_mode", "welcome", "settings", "commands", "bot_token"}


@dataclass(frozen=True, kw_only=True)
class NewBot:
    """A token that Telegram has vouched for, and how the bot is to be run."""

    token: str
    account: User
    name: str | None = None
    receive_mode: str = "polling"


def query(caller: Caller) -> sa.Select[Bot]:
    """Return a query of all bots in the caller's scope."""
    return sa.select(Bot).where(Bot.deleted_at.is_(None), caller.owns(Bot.user_id))


def search(caller: Caller, *, q: str | None) -> sa.Select[Bot]:
    """Return a query of the bots in the caller's scope whose name or username holds `q`."""
    found = query(caller)
    if q is None:
        return found
    return found.where(sa.or_(contains(Bot.bot_name, q), contains(Bot.username, q)))


def count_by_status(session: Session, found: sa.Select[Bot]) -> dict[str, int]:
    """Return how many bots of a query there are by status; statuses of none are left out."""
    counts = found.with_only_columns(Bot.status, sa.func.count()).group_by(Bot.status)
    return dict(session.execute(counts).all())


def get(session: Session, caller: Caller, bot_id: int, *, lock: bool = False) -> Bot:
    """Return one bot in the caller's scope; `lock` for a change.

    Raises:
        NotFoundError: there is none.
    """
    statement = query(caller).where(Bot.id == bot_id)
    if lock:
        statement = statement.with_for_update(of=Bot).execution_options(populate_existing=True)
    bot = session.scalar(statement)
    if bot is None:
        raise NotFoundError("no such bot")
    return bot


def add(session: Session, caller: Caller, vault: Vault, settings: Settings, new: NewBot) -> Bot:
    """Keep a bot of the caller's organisation, stopped.

    Raises:
        ConflictError: it has been added already, by whomever, or the quota is reached.
        InvalidError: webhooks cannot reach this platform.
    """
    check_receive_mode(new.receive_mode, settings)
    bot = Bot(
        user_id=caller.organisation_id,
        bot_name=_name_of(new),
        public_key=secrets.token_urlsafe(18),
        webhook_secret=vault.seal(secrets.token_urlsafe(32), WEBHOOK_SECRET),
        receive_mode=new.receive_mode,
    )
    _set_token(bot, vault, new.token, new.account)
    if _holder(session, vault, new.token, new.account.id) is not None:
        raise ConflictError("this bot has been added already")
    session.add(bot)
    try:
        session.flush()
    except IntegrityError:  # somebody was faster
        raise ConflictError("this bot has been added already") from None
    session.add(BotCounter(bot_id=bot.id))
    session.flush()
    session.refresh(bot)
    quotas.check(session, bot.user_id, "bots")
    audit.record(session, caller, "bot.add", "bot", bot.id, _facts(bot))
    return bot


def change(
    session: Session, caller: Caller, bot: Bot, settings: Settings, given: dict[str, Any]
) -> None:
    """Set fields of a locked bot: bot_name, receive_mode, welcome, settings, commands.

    Of `settings` only what is named changes; None takes a setting back to its default. What a
    session works by makes it start over.

    Raises:
        InvalidError: webhooks cannot reach this platform.
    """
    before, new = _facts(bot), dict(given)
    if new.get("receive_mode", bot.receive_mode) != bot.receive_mode:
        check_receive_mode(new["receive_mode"], settings)
    if "settings" in new:
        merged = bot.settings | new["settings"]
        new["settings"] = {name: value for name, value in merged.items() if value is not None}
    changed = {name: value for name, value in new.items() if getattr(bot, name) != value}
    for name, value in changed.items():
        setattr(bot, name, value)
    if not changed:
        return
    if _RELOADED & set(changed):
        bot.generation += 1
    session.flush()
    start_stop.nudge(session, bot)
    details = {"changed": sorted(changed), "before": before, "after": _facts(bot)}
    audit.record(session, caller, "bot.change", "bot", bot.id, details)


def change_token(
    session: Session, caller: Caller, bot: Bot, vault: Vault, token: str, account: User
) -> None:
    """Give a locked bot a new token of the same Telegram account; an error is forgotten.

    Raises:
        InvalidError: the token is another bot's.
    """
    if account.id != bot.telegram_id:
        raise InvalidError(
            **{"bot_token": "belongs to another bot: add that one with POST /api/bots/add"}
        )
    if token_of(bot, vault) == token and bot.status != bot_state.BotStatus.ERROR:
        return
    _set_token(bot, vault, token, account)
    bot.last_error = bot.flood_until = None
    start_stop.apply(session, bot, bot_state.new_token, f"new token given by {caller.label}")
    audit.record(session, caller, "bot.change_token", "bot", bot.id, _hint(bot))


def delete(session: Session, caller: Caller | str, bot: Bot) -> None:
    """Delete a locked bot, as `take_down` does, and write that into the audit log."""
    line = take_down(session, caller, bot)
    audit.record_all(session, caller, [line])


def take_down(session: Session, caller: Caller | str, bot: Bot) -> AuditLine:
    """Stop a locked bot for good, and return the line for the audit log.

    Nobody sees it from then on, and its token may be added again.

    Recipients that still wait for it become `skipped`, schedules of it alone are cancelled. Its
    secrets and what it answered are gone at once. What it keeps of its chats is for `privacy`.
    """
    facts = _facts(bot)
    label = caller if isinstance(caller, str) else caller.label
    start_stop.apply(session, bot, bot_state.stop, f"deleted by {label}")
    bot.status = bot_state.BotStatus.STOPPED.value
    bot.instance_id = bot.worker = bot.started_at = None  # its worker may write no more
    bot.bot_token, bot.token_hint, bot.token_fingerprint, bot.webhook_secret = "", "", b"", None
    bot.welcome, bot.commands, bot.settings, bot.menu, bot.last_error = None, [], {}, None, None
    bot.deleted_at = datetime.now(UTC)
    session.flush()
    workspace.forget_bot(session, bot.id)
    engine.follow(session, lifecycle.cancel_schedules(bot.id, "cancelled: its bot was deleted"))
    skip_recipients(session, bot.id)
    return AuditLine("bot.delete", "bot", bot.id, facts)


def skip_recipients(session: Session, bot_id: int) -> None:
    """Close the deliveries of a bot that is deleted: its pending recipients are `skipped`.

    Where somebody is being sent to, the delivery's runner does that, after the answers that are on
    their way.
    """
    skip = lifecycle.skip_bot(bot_id, "the bot was deleted", also_in_flight=False)
    if not engine.follow(session, skip):
        engine.run(session, queue.defer_deliver(bot_id))
    engine.run(session, queue.notify(f"deliver:{bot_id}"))


def token_of(bot: Bot, vault: Vault) -> str:
    """Return the bot's token in clear; for calls to Telegram only."""
    return vault.open(bot.bot_token)


def forward_key(bot: Bot, vault: Vault) -> str | None:
    """Return the key that signs what is posted to the bot's `forward_url`; None without such a
    URL."""
    if not bot.settings.get("forward_url") or bot.webhook_secret is None:
        return None
    return replies.forward_key(vault.open(bot.webhook_secret, WEBHOOK_SECRET))


def masked(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a bot as people may read them that may not change it."""
    url = settings.get("forward_url")
    return {**settings, "forward_url": urls.masked(url)} if url else settings


def check_receive_mode(mode: str, settings: Settings) -> None:
    """Refuse webhooks where Telegram could not call us.

    Raises:
        InvalidError: CRIER_PUBLIC_URL is missing, or is not https while Telegram needs that.
    """
    if mode != "webhook":
        return
    if settings.public_url is None:
        raise InvalidError(receive_mode="webhook needs CRIER_PUBLIC_URL, which is not set")
    is_telegram = settings.telegram_api_url == TELEGRAM_API_URL
    if is_telegram and urlsplit(settings.public_url).scheme != "https":
        raise InvalidError(receive_mode="webhook needs a CRIER_PUBLIC_URL that begins with https")


def _holder(session: Session, vault: Vault, token: str, telegram_id: int) -> int | None:
    same = sa.or_(
        Bot.token_fingerprint.in_(vault.fingerprints(token)), Bot.telegram_id == telegram_id
    )
    return session.scalar(sa.select(Bot.id).where(Bot.deleted_at.is_(None), same).limit(1))


def _set_token(bot: Bot, vault: Vault, token: str, account: User) -> None:
    bot.bot_token = vault.seal(token)
    bot.token_fingerprint = vault.fingerprint(token)
    bot.token_hint = f"{token.partition(':')[0]}…{token[-2:]}"
    bot.telegram_id = account.id
    bot.username = account.username and account.username[:64]


def _name_of(new: NewBot) -> str:
    account = new.account
    name = new.name or account.first_name.strip() or account.username or str(account.id)
    return name[:NAME_MAX_CHARS]


def _hint(bot: Bot) -> dict[str, str]:
    return {"token_hint": bot.token_hint}


def _facts(bot: Bot) -> dict[str, Any]:
    """Return what the audit log may know of a bot."""
    return {
        "bot_name": bot.bot_name,
        "username": bot.username,
        "token_hint": bot.token_hint,
        "receive_mode": bot.receive_mode,
        "settings": masked(bot.settings),
        "welcome": bot.welcome is not None,
        "commands": len(bot.commands),
    }
