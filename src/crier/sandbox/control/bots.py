"""Bots: make them, look at them, take their token away."""

from __future__ import annotations

import secrets

import msgspec

from crier.sandbox.bot import Bot, Game
from crier.sandbox.control import Order
from crier.sandbox.limits import Limits
from crier.sandbox.wire import Json

MAX_AT_ONCE = 10_000


class NewBot(msgspec.Struct, forbid_unknown_fields=True):
    """One bot to make; what is empty is made up."""

    token: str = ""
    username: str = ""
    first_name: str = ""
    stars: int = 0
    games: list[Game] = []


class NewBots(msgspec.Struct, forbid_unknown_fields=True):
    """Either `count` made-up bots or the given ones."""

    count: int = 0
    bots: list[NewBot] = []


class BotChange(msgspec.Struct, forbid_unknown_fields=True):
    """What may be changed; `limits` null goes back to the common ones."""

    first_name: str | msgspec.UnsetType = msgspec.UNSET
    stars: int | msgspec.UnsetType = msgspec.UNSET
    limits: dict[str, float] | msgspec.UnsetType | None = msgspec.UNSET


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    new_token: bool = False


class Ban(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


def create(order: Order) -> Json:
    wanted = order.read(NewBots)
    if not 0 <= wanted.count <= MAX_AT_ONCE:
        raise ValueError(f"count must be 0..{MAX_AT_ONCE}")
    asked = wanted.bots or [NewBot() for _ in range(wanted.count or 1)]
    made = []
    for new in asked:
        bot = order.world.add_bot(new.token, new.username, new.first_name)
        bot.stars_tenths = new.stars * 10
        bot.profile.games = new.games
        made.append(bot)
    return {"bots": [describe(bot) for bot in made]}


def describe(bot: Bot) -> Json:
    """Return a bot as the control API shows it."""
    return {
        "id": bot.id,
        "token": bot.token,
        "username": bot.username,
        "first_name": bot.first_name,
        "revoked": bot.revoked,
        "logged_out": bot.logged_out,
        "stars": bot.stars_tenths / 10,
        "chats": len(bot.roster),
        "pending_updates": len(bot.queue),
        "dropped_updates": bot.queue.dropped,
        "next_update_id": bot.queue.next_id,
        "is_polling": bot.poll is not None,
        "webhook": bot.webhook.url if bot.webhook else "",
        "commands": bot.commands,
        "answered_callbacks": bot.answered_callbacks,
        "totals": bot.totals,
        "methods": bot.methods,
        "limits": bot.limits,
    }


def list_bots(order: Order) -> Json:
    return {"bots": [describe(bot) for bot in order.world.bots.values()]}


def show(order: Order) -> Json:
    return describe(order.bot)


def change(order: Order) -> Json:
    bot, wanted = order.bot, order.read(BotChange)
    if wanted.limits is None:
        bot.limits = None
    elif isinstance(wanted.limits, dict):
        bot.limits = merge(order.world.limits_of(bot), wanted.limits)
    if isinstance(wanted.stars, int):
        bot.stars_tenths = wanted.stars * 10
    if isinstance(wanted.first_name, str):
        bot.rename(wanted.first_name)
    return describe(bot)


def merge(old: Limits, changes: dict[str, float]) -> Limits:
    """Return `old` with changes.

    Raises:
        ValueError: a value makes no sense.
        msgspec.ValidationError: a value is of another type.
    """
    merged = msgspec.convert(msgspec.to_builtins(old) | changes, type=Limits, strict=False)
    merged.check()
    return merged


def revoke(order: Order) -> Json:
    """Revoke the token; a waiting poll ends with 401 on its next call."""
    bot = order.bot
    if order.read(Revocation).new_token:
        bot.token = f"{bot.id}:{secrets.token_urlsafe(27)}"
        bot.revoked = False
    else:
        bot.revoked = True
    bot.end_poll()
    return describe(bot)


def ban(order: Order) -> Json:
    """Answer the bot's sends with a 429 that counts down; 0 seconds ends it."""
    seconds = order.read(Ban).seconds
    order.bot.limiter.banned_until = order.world.monotonic() + seconds if seconds > 0 else 0.0
    return describe(order.bot)
