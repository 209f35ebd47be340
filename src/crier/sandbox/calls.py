"""One call of the Bot API, and the steps that all methods share."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from crier.sandbox.arguments import Arguments, to_integer
from crier.sandbox.bot import Bot
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.people import Group
from crier.sandbox.roster import Status
from crier.sandbox.wire import Json, encode
from crier.sandbox.world import World


class Call(NamedTuple):
    """A call: the bot, the method and its arguments."""

    world: World
    bot: Bot
    method: str
    arguments: Arguments


class Answer(NamedTuple):
    """An encoded result with the rare `description` beside it."""

    result: bytes
    description: str = ""


Result = bytes | Answer
Method = Callable[[Call], "Result | Awaitable[Result]"]
TRUE = b"true"


class Chat(NamedTuple):
    """A chat that the bot knows: its row in the roster, and the group it is, if it is one."""

    id: int
    row: int
    status: Status
    group: Group | None


def find_chat(
    call: Call, name: str = "chat_id", *, to_write: bool = True, is_album: bool = False
) -> Chat:
    """Return the chat of an argument, checked as the server checks it before it asks Telegram. In
    an album the backend refuses a deactivated person part by part (`posting`).

    Raises:
        ApiError: Telegram refuses it.
    """
    text = call.arguments.get(name, "")
    if not text:
        raise bad(f"{name} is empty")
    world, bot = call.world, call.bot
    chat_id = world.find_username(text) if text.startswith("@") else to_integer(text)
    row = bot.roster.find(chat_id)
    group = world.groups.get(chat_id) if chat_id < 0 else None
    if row < 0:
        raise _unknown(world, bot, chat_id, group)
    chat = Chat(chat_id, row, Status(bot.roster.status[row]), group)
    if chat.status is Status.DELETED and to_write and not is_album:
        raise ApiError(403, "Forbidden: user is deactivated")
    if group is not None:
        _check_group(chat, group, to_write)
    return chat


def _unknown(world: World, bot: Bot, chat_id: int, group: Group | None) -> ApiError:
    if chat_id in world.bots:
        return ApiError(403, "Forbidden: the bot can't send messages to the bot")
    if group is not None and group.username:
        return ApiError(403, f"Forbidden: bot is not a member of the {group.type} chat")
    return bad("chat not found")


def _check_group(chat: Chat, group: Group, to_write: bool) -> None:
    if chat.status is Status.MIGRATED and to_write:
        text = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, text, migrate_to_chat_id=group.migrated_to)
    if chat.status is Status.GONE and to_write:
        raise ApiError(403, "Forbidden: the group chat was deleted")
    if chat.status is Status.KICKED and (to_write or group.type != "group"):
        raise ApiError(403, f"Forbidden: bot was kicked from the {group.type} chat")
    if chat.status is Status.LEFT and (to_write or group.type != "group"):
        raise ApiError(403, f"Forbidden: bot is not a member of the {group.type} chat")


def find_user(call: Call, name: str = "user_id") -> int:
    """Return the person or bot of an argument, where this bot can know it.

    Raises:
        ApiError: Telegram refuses it.
    """
    user_id = call.arguments.integer(name)
    if user_id <= 0:
        raise bad(f"invalid {name} specified")
    world = call.world
    known = user_id in world.bots or user_id in world.people or call.bot.roster.find(user_id) >= 0
    if not known and not any(user_id in group.members for group in world.groups.values()):
        raise bad("user not found")
    return user_id


def required(call: Call, *names: str) -> list[str]:
    """Return the texts of arguments that must be there.

    Raises:
        ApiError: Telegram refuses it.
    """
    values = [call.arguments.get(name, "") for name in names]
    for name, value in zip(names, values, strict=True):
        if not value:
            raise bad(f'parameter "{name}" is required')
    return values


def json_argument(call: Call, name: str, what: str) -> Json:
    """Return a JSON object argument, empty where absent.

    Raises:
        ApiError: Telegram refuses it.
    """
    text = call.arguments.get(name, "")
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad(f"Can't parse {what} JSON object") from None
    if not isinstance(value, dict):
        raise bad(f"Object expected as {what}")
    return value


def json_array(call: Call, name: str, what: str, expected: str) -> list[Any]:
    """Return a JSON array argument, empty where absent.

    Raises:
        ApiError: Telegram refuses it.
    """
    text = call.arguments.get(name, "")
    if not text:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad(f"Can't parse {what} JSON object") from None
    if not isinstance(value, list):
        raise bad(f"Expected an Array of {expected}")
    return value


def emit(world: World, bot: Bot, kind: str, payload: Json | bytes, order_key: int) -> int:
    """Hand an update to the bot; returns its id, 0 where it is filtered or dropped."""
    body = payload if isinstance(payload, bytes) else encode(payload)
    update = bot.queue.push(kind, body, order_key, world.unix())
    world.touch()
    if update is None:
        return 0
    if bot.sender is not None:
        bot.sender.take(update)
    elif bot.poll is not None:
        bot.poll.wake()
    return update.id
