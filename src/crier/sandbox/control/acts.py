"""What people do: write to a bot, press its buttons."""

from __future__ import annotations

import asyncio
import json
from itertools import islice

import msgspec

from crier.sandbox.bot import Bot, Message
from crier.sandbox.calls import emit
from crier.sandbox.control import NotFoundError, Order
from crier.sandbox.control.people import change_status
from crier.sandbox.entities.detect import detect
from crier.sandbox.entities.model import entity_json
from crier.sandbox.roster import Status
from crier.sandbox.wire import Json, encode
from crier.sandbox.world import World

MAX_AT_ONCE = 1_000_000
AT_A_TIME = 200
CALLBACK_LIFE_S = 150.0
MAX_OPEN_CALLBACKS = 10_000
_ANSWERED = {  # how long an answer is taken
    "callback_query": CALLBACK_LIFE_S,
    "inline_query": 30.0,
    "shipping_query": CALLBACK_LIFE_S,
    "pre_checkout_query": 10.0,
}


class NewMessages(msgspec.Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    """Messages to the bot.

    From one person (`from`), or `count` of them from the bot's people in turn (`from` 0). `text`
    may hold `{n}` for the number of the message. `content` adds or replaces fields of Message.
    `chat` is a group that the bot is in. `kind` may be `edited_message`.
    """

    sender: int = 0
    text: str = ""
    chat: int = 0
    count: int = 1
    content: Json = {}
    kind: str = "message"


class Press(msgspec.Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    """A press on a button of `message_id`, or of the last message with buttons in the chat.

    `data` is sent as it is; without it the button is found by `button` (its text), else the first.
    """

    sender: int
    message_id: int = 0
    data: str | None = None
    button: str = ""
    chat: int = 0


class RawUpdates(msgspec.Struct, forbid_unknown_fields=True):
    """Updates of any kind and shape: each {"kind": ..., "payload": ...}; ids are given here."""

    updates: list[Json]


async def send_messages(order: Order) -> Json:
    wanted, world, bot = order.read(NewMessages), order.world, order.bot
    if not 1 <= wanted.count <= MAX_AT_ONCE:
        raise ValueError(f"count must be 1..{MAX_AT_ONCE}")
    if not wanted.text and not wanted.content:
        raise ValueError("a message needs text or content")
    senders = _senders(bot, wanted)
    first = last = queued = 0
    for number in range(wanted.count):
        text = wanted.text.replace("{n}", str(number))
        message_id, update_id = _write(world, bot, senders[number % len(senders)], text, wanted)
        first, last = first or message_id, message_id
        queued += bool(update_id)
        if number % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)  # bots are served in between
    return {"sent": wanted.count, "queued": queued, "first_id": first, "last_id": last}


def _senders(bot: Bot, wanted: NewMessages) -> list[int]:
    if wanted.sender:
        return [wanted.sender]
    roster = bot.roster
    able = (row for row in roster.rows() if roster.status[row] in (Status.SEEN, Status.STARTED))
    senders = [roster.chat_ids[row] for row in islice(able, wanted.count)]
    if not senders:
        raise ValueError("the bot has no people who could write: make some, or give `from`")
    return senders


def _write(world: World, bot: Bot, sender: int, text: str, wanted: NewMessages) -> tuple[int, int]:
    chat_id = wanted.chat or sender
    if chat_id > 0:
        _open_chat(world, bot, sender)
    elif bot.roster.find(chat_id) < 0:
        raise NotFoundError(f"bot {bot.id} is not in chat {chat_id}")
    message_id, at = bot.take_message_id(chat_id), world.unix()
    group = world.groups.get(chat_id)
    is_post = group is not None and group.type == "channel"
    message: Json = {"message_id": message_id}
    if is_post:
        message["sender_chat"] = world.chat_json(chat_id)
    else:
        message["from"] = world.user_json(bot, sender)
    message |= {"chat": world.chat_json(chat_id), "date": int(at)}
    if text:
        message["text"] = text
        entities = [entity_json(entity) for entity in detect(text)]
        if entities:
            message["entities"] = entities
    message |= wanted.content
    body = encode(message)
    world.store(bot, message_id, Message(chat_id, body, False, at))
    kind = "channel_post" if is_post and wanted.kind == "message" else wanted.kind
    return message_id, emit(world, bot, kind, body, chat_id)


def _open_chat(world: World, bot: Bot, sender: int) -> None:
    """Writing to a bot starts it, and unblocks it where it was blocked."""
    row = bot.roster.find(sender)
    if row < 0:
        language = world.language_index(world.person(sender).language_code)
        bot.roster.add(sender, Status.STARTED, language)
    elif bot.roster.status[row] == Status.DELETED:
        raise ValueError(f"person {sender} has deleted their account and cannot write")
    else:
        change_status(world, bot, sender, Status.STARTED)


def press_button(order: Order) -> Json:
    wanted, world, bot = order.read(Press), order.world, order.bot
    chat_id = wanted.chat or wanted.sender
    message_id = wanted.message_id or _last_with_buttons(bot, chat_id)
    if bot.chat_of(message_id) != chat_id:
        raise NotFoundError(f"there is no message {message_id} in chat {chat_id}")
    stored = bot.messages.get(message_id)
    message: Json = {"message_id": message_id, "chat": world.chat_json(chat_id), "date": 0}
    if stored is not None:
        message = json.loads(stored.body)
    data = _data(message, wanted)
    world.callback_seed += 1
    query_id = str(world.callback_seed)
    bot.callbacks[query_id] = world.unix() + CALLBACK_LIFE_S
    if len(bot.callbacks) > MAX_OPEN_CALLBACKS:
        bot.callbacks.popitem(last=False)
    query: Json = {
        "id": query_id,
        "from": world.user_json(bot, wanted.sender),
        "message": message,
        "chat_instance": str(hash((bot.id, chat_id)) & 0x7FFFFFFFFFFFFFFF),
        "data": data,
    }
    update_id = emit(world, bot, "callback_query", query, wanted.sender)
    return {"callback_query_id": query_id, "data": data, "update_id": update_id}


def _last_with_buttons(bot: Bot, chat_id: int) -> int:
    for message_id in reversed(bot.messages):
        stored = bot.messages[message_id]
        if stored.chat_id == chat_id and b'"reply_markup"' in stored.body:
            return message_id
    raise NotFoundError(f"no message with buttons is known in chat {chat_id}")


def _data(message: Json, wanted: Press) -> str:
    if wanted.data is not None:
        return wanted.data
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row if "callback_data" in button]
    if wanted.button:
        buttons = [button for button in buttons if button["text"] == wanted.button]
    if not buttons:
        raise NotFoundError("the message has no such callback button")
    return str(buttons[0]["callback_data"])


def push_raw(order: Order) -> Json:
    """Queue updates as they are, whatever they hold and whatever the bot allows."""
    bot, world = order.bot, order.world
    allowed, ids = bot.queue.allowed, []
    try:
        for update in order.read(RawUpdates).updates:
            kind = str(update.get("kind", "message"))
            bot.queue.allowed = allowed | {kind}
            payload = update.get("payload", {})
            if kind in _ANSWERED and isinstance(payload, dict):
                bot.callbacks[str(payload.get("id", ""))] = world.unix() + _ANSWERED[kind]
            ids.append(emit(world, bot, kind, payload, 0))
    finally:
        bot.queue.allowed = allowed
    return {"update_ids": ids}
