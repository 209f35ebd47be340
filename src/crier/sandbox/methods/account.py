"""The bot's account: getMe, commands, getChat, getFile, callbacks, logOut, close."""

from __future__ import annotations

import json

from crier.sandbox.calls import TRUE, Call, find_chat, json_argument
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.files import MAX_DOWNLOAD_BYTES
from crier.sandbox.methods.profile import language_of
from crier.sandbox.wire import Json, encode

MAX_COMMANDS = 100
_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")
_ACTIONS = frozenset(
    (
        *("cancel", "typing", "record_video", "upload_video", "record_audio", "record_voice"),
        *("upload_audio", "upload_voice", "upload_photo", "upload_document", "choose_sticker"),
        *("pick_up_location", "find_location", "record_video_note", "upload_video_note"),
    )
)
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def get_me(call: Call) -> bytes:
    return encode(call.bot.user(full=True))


def get_my_commands(call: Call) -> bytes:
    return encode(call.bot.commands.get(_scope(call), []))


def delete_my_commands(call: Call) -> bytes:
    call.bot.commands.pop(_scope(call), None)
    call.world.touch()
    return TRUE


def set_my_commands(call: Call) -> bytes:
    try:
        items = json.loads(call.arguments.get("commands", "") or "[]")
    except (ValueError, RecursionError):
        raise bad("Can't parse commands JSON object") from None
    if not isinstance(items, list):
        raise bad("expected an Array of BotCommand")
    if len(items) > MAX_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[_scope(call)] = [_command(item) for item in items]
    call.world.touch()
    return TRUE


def _command(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad("Can't parse BotCommand: expected an Object")
    command, description = item.get("command"), item.get("description")
    for name, value in (("command", command), ("description", description)):
        if not isinstance(value, str):
            raise bad(f"Can't parse BotCommand: Can't find field \"{name}\"")
    command, description = str(command).removeprefix("/"), str(description).strip()
    if not command:
        raise bad("command must be non-empty")
    if len(command) > 32:
        raise bad("command length must not exceed 32")
    if not _NAME.issuperset(command):
        raise bad("BOT_COMMAND_INVALID")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": command, "description": description}


def _scope(call: Call) -> str:
    """Return a key for scope and language.

    Raises:
        ApiError: Telegram refuses it.
    """
    scope = json_argument(call, "scope", "BotCommandScope")
    kind = str(scope.get("type", "default"))
    if kind not in (*_SCOPES, *_CHAT_SCOPES):
        raise bad("Can't parse BotCommandScope: unsupported type specified")
    language = language_of(call)
    where = f"{scope.get('chat_id', '')}/{scope.get('user_id', '')}"
    return f"{kind}/{where}/{language}" if kind in _CHAT_SCOPES else f"{kind}//{language}"


def get_file(call: Call) -> bytes:
    file_id = call.arguments.get("file_id", "")
    if not file_id:
        raise bad("file_id not specified")
    try:
        file = call.world.files.open(call.bot.id, file_id)
    except ApiError:
        raise bad("invalid file_id") from None
    if file.size > MAX_DOWNLOAD_BYTES:
        raise bad("file is too big")
    shown: Json = {
        "file_id": file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }
    return encode(shown)


def answer_callback_query(call: Call) -> bytes:
    if len(call.arguments.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    until = call.bot.callbacks.pop(call.arguments.get("callback_query_id", ""), 0.0)
    if until < call.world.unix():
        raise bad("QUERY_ID_INVALID")
    call.bot.answered_callbacks += 1
    return TRUE


def send_chat_action(call: Call) -> bytes:
    if call.arguments.get("action", "").lower() not in _ACTIONS:
        raise bad("wrong parameter action in request")
    find_chat(call)
    return TRUE


def log_out(call: Call) -> bytes:
    bot = call.bot
    bot.logged_out = True
    bot.queue.clear()
    if bot.sender is not None:
        bot.sender.stop()
    bot.webhook = bot.sender = None
    call.world.touch(urgent=True)
    return TRUE


def close(call: Call) -> bytes:
    """Accepted always: the first ten minutes of a server's life allow it."""
    if call.bot.poll is not None:
        call.bot.poll.refuse(ApiError(500, "Internal Server Error: restart"))
    return TRUE
