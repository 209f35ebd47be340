"""The way of every message that a bot sends: limits, the recipient's will, effect, counters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import msgspec

from crier.sandbox import limits
from crier.sandbox.bot import Bot, Message, TextCount
from crier.sandbox.calls import Call, Chat
from crier.sandbox.errors import ApiError, bad, of_part, refuse, too_many
from crier.sandbox.keyboards import is_other
from crier.sandbox.roster import Status, text_hash
from crier.sandbox.wire import Json, encode

MAX_TEXTS = 1000
_KIND_NAMES = {
    **{"text": "text messages", "audio": "music", "voice": "voice notes", "dice": "dice"},
    **{"paid_media": "paid media", "invoice": "invoice messages"},
}


class Content(msgspec.Struct):
    """One message to be: its kind, its fields, and the text by which repeats are found."""

    kind: str
    fields: Json
    text: str


def post(call: Call, chat: Chat, contents: list[Content]) -> bytes | Awaitable[bytes]:
    """Send `contents` to `chat`: the encoded Message, or an array where there are several.

    Raises:
        ApiError: Telegram refuses it; it has been counted then.
    """
    _check_rights(chat, contents)
    delay = admit(call, chat, len(contents))
    if delay > 0:
        return _post_later(call, chat, contents, delay)
    return _deliver(call, chat, contents)


async def _post_later(call: Call, chat: Chat, contents: list[Content], delay: float) -> bytes:
    await asyncio.sleep(delay)
    return _deliver(call, chat, contents)


def _check_rights(chat: Chat, contents: list[Content]) -> None:
    if chat.group is None:
        return
    if chat.group.type == "channel" and chat.status is not Status.ADMINISTRATOR:
        raise bad("need administrator rights in the channel chat")
    for content in contents:
        if content.kind in chat.group.denied and chat.status is not Status.ADMINISTRATOR:
            name = _KIND_NAMES.get(content.kind, f"{content.kind.replace('_', ' ')}s")
            raise bad(f"not enough rights to send {name} to the chat")


def admit(call: Call, chat: Chat, count: int) -> float:
    """Take `count` messages out of the buckets; return the seconds to wait first.

    Raises:
        ApiError: 429, where too many are waiting.
    """
    bot, now = call.bot, call.world.monotonic()
    rules, limiter = call.world.limits_of(bot), bot.limiter
    if limiter.banned_until > now:
        bot.totals.while_banned += count
        raise _flooded(bot, chat, count, limiter.banned_until - now)
    full_at = bot.roster.next_free[chat.row]
    wait = limits.wait_for(full_at, rules.chat_rate, rules.chat_burst, now, count)
    if chat.group is not None:
        by_group = limiter.group_wait(chat.id, rules.group_per_minute, now, count)
        wait = max(wait, by_group)
    by_bot = limits.wait_for(limiter.full_at, rules.bot_rate, rules.bot_burst, now, count)
    paid = by_bot > 0 and bot.stars_tenths > 0 and call.arguments.flag("allow_paid_broadcast")
    if paid:
        if bot.stars_tenths < count:
            raise bad("BALANCE_TOO_LOW")
        burst, rate = rules.paid_burst, rules.paid_rate
        by_bot = limits.wait_for(limiter.paid_full_at, rate, burst, now, count)
    if max(wait, by_bot) > rules.absorb_s:
        if by_bot > 0 and rules.ban_s > 0:
            limiter.banned_until = now + rules.ban_s
            by_bot = rules.ban_s
        raise _flooded(bot, chat, count, max(wait, by_bot))
    _take(call, chat, count, paid, now)
    return max(wait, by_bot)


def _take(call: Call, chat: Chat, count: int, paid: bool, now: float) -> None:
    bot = call.bot
    rules, limiter = call.world.limits_of(bot), bot.limiter
    column = bot.roster.next_free
    column[chat.row] = limits.after_taking(column[chat.row], rules.chat_rate, now, count)
    if chat.group is not None and rules.group_per_minute:
        limiter.group_take(chat.id, now, count)
    if paid:
        at = limits.after_taking(limiter.paid_full_at, rules.paid_rate, now, count)
        limiter.paid_full_at = at
        bot.stars_tenths -= count
        bot.totals.paid += count
    else:
        limiter.full_at = limits.after_taking(limiter.full_at, rules.bot_rate, now, count)


def _flooded(bot: Bot, chat: Chat, count: int, wait: float) -> ApiError:
    count_outcome(bot, chat.row, "flood", count)
    return too_many(limits.retry_after(wait))


def count_outcome(bot: Bot, row: int, outcome: str, count: int = 1) -> None:
    """Count an attempt and how it ended, for the bot and, where `row` is one, for the chat.

    `attempts` is thus always the sum of accepted, flood, forbidden and refused.
    """
    totals, counters = bot.totals, bot.roster.counters
    totals.attempts += count
    setattr(totals, outcome, getattr(totals, outcome) + count)
    if row >= 0:
        counters["attempts"][row] += count
        if outcome in counters:
            counters[outcome][row] += count


def _deliver(call: Call, chat: Chat, contents: list[Content]) -> bytes:
    _ask_recipient(call, chat)
    done = [_post_one(call, chat, content) for content in contents]
    return done[0] if len(done) == 1 else b"[%b]" % b",".join(done)


def _ask_recipient(call: Call, chat: Chat) -> None:
    status = call.bot.roster.status[chat.row]
    if status == Status.SEEN:
        error = ApiError(403, "Forbidden: bot can't initiate conversation with a user")
    elif status == Status.BLOCKED:
        error = refuse(400, "USER_IS_BLOCKED")
    elif status == Status.DELETED:
        error = refuse(400, "INPUT_USER_DEACTIVATED")
    else:
        return
    raise of_part(1, error) if call.method == "sendmediagroup" else error


def _post_one(call: Call, chat: Chat, content: Content) -> bytes:
    world, bot, at = call.world, call.bot, call.world.unix()
    message_id = bot.take_message_id(chat.id)
    message: Json = {"message_id": message_id}
    if chat.group is not None and chat.group.type == "channel":
        message["sender_chat"] = world.chat_json(chat.id)
    else:
        message["from"] = msgspec.Raw(bot.user_json)
    message["chat"] = world.chat_json(chat.id)
    message["date"] = int(at)
    message |= content.fields
    body = encode(message)
    protected = "has_protected_content" in content.fields
    markup = "" if "reply_markup" in message else call.arguments.get("reply_markup", "")
    editable = not markup or not is_other(markup)
    world.store(bot, message_id, Message(chat.id, body, True, at, protected, editable))
    _count(bot, chat.row, content.text)
    world.touch()
    return body


def _count(bot: Bot, row: int, text: str) -> None:
    count_outcome(bot, row, "accepted")
    key = text_hash(text)
    entry = bot.texts.get(key)
    if entry is None:
        entry = bot.texts[key] = TextCount(text[:200])
        if len(bot.texts) > MAX_TEXTS:
            bot.texts.popitem(last=False)
    entry.accepted += 1
    if bot.roster.remember(row, key):
        bot.roster.counters["duplicates"][row] += 1
        bot.totals.duplicates += 1
        entry.duplicates += 1


def count_refusal(call: Call, error: ApiError) -> None:
    """Count a refused sending call, whatever step refused it (a 429 has been counted)."""
    if error.code != 429:
        chat_id = call.arguments.get("chat_id", "")
        row = call.bot.roster.find(int(chat_id)) if _is_number(chat_id) else -1
        count_outcome(call.bot, row, "forbidden" if error.code == 403 else "refused")


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 20
