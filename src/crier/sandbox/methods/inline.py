"""Inline queries, web apps, reactions, and methods that always end in one way here."""

from __future__ import annotations

import secrets

from crier.sandbox.calls import (
    TRUE,
    Call,
    Method,
    find_chat,
    find_user,
    json_argument,
    json_array,
    required,
)
from crier.sandbox.errors import bad
from crier.sandbox.wire import encode

MAX_RESULTS = 50
_REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢
🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳
❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓
🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈
😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿
🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀
😡
"""
REACTIONS = frozenset(_REACTIONS.split())


def answer_inline_query(call: Call) -> bytes:
    results = json_array(call, "results", "inline query results", "InlineQueryResult")
    if len(results) > MAX_RESULTS:
        raise bad("RESULTS_TOO_MUCH")
    ids = [_result(value) for value in results]
    if len(set(ids)) != len(ids):
        raise bad("RESULT_ID_DUPLICATE")
    return _spend(call, "inline_query_id")


def answer_web_app_query(call: Call) -> bytes:
    """answerWebAppQuery and answerGuestQuery."""
    _result(json_argument(call, "result", "web app query result"))
    guest = call.method == "answerguestquery"
    _spend(call, "guest_query_id" if guest else "web_app_query_id")
    return encode({"inline_message_id": secrets.token_urlsafe(20)})


def save_prepared_inline_message(call: Call) -> bytes:
    find_user(call)
    _result(json_argument(call, "result", "inline query result"))
    until = int(call.world.unix()) + 86_400
    return encode({"id": secrets.token_urlsafe(12), "expiration_date": until})


def save_prepared_button(call: Call) -> bytes:
    find_user(call)
    if not json_argument(call, "button", "keyboard button"):
        raise bad('parameter "button" is required')
    return encode({"id": secrets.token_urlsafe(12)})


def _spend(call: Call, name: str) -> bytes:
    if call.bot.callbacks.pop(call.arguments.get(name, ""), 0.0) < call.world.unix():
        raise bad("QUERY_ID_INVALID")
    return TRUE


def _result(value: object) -> str:
    """Return the id of an `InlineQueryResult`.

    Raises:
        ApiError: Telegram refuses it.
    """
    refused = "Can't parse inline query result: "
    if not isinstance(value, dict):
        raise bad(refused + "InlineQueryResult must be an Object")
    for name in ("type", "id"):
        if not isinstance(value.get(name), str) or not value[name]:
            raise bad(f'{refused}Can\'t find field "{name}"')
    if len(value["id"].encode()) > 64:
        raise bad("RESULT_ID_INVALID")
    return str(value["id"])


def set_message_reaction(call: Call) -> bytes:
    reactions = json_array(call, "reaction", "reaction types", "ReactionType")
    for value in reactions:
        _check_reaction(value)
    chat = find_chat(call, to_write=False)
    message_id = call.arguments.integer("message_id")
    if message_id <= 0 or call.bot.chat_of(message_id) != chat.id:
        raise bad("message to react not found")
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if reactions and reactions[0]["type"] == "emoji" and reactions[0]["emoji"] not in REACTIONS:
        raise bad("REACTION_INVALID")
    return TRUE


def _check_reaction(value: object) -> None:
    refused = "Can't parse ReactionType: "
    if not isinstance(value, dict):
        raise bad(refused + "expected an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise bad(refused + 'Can\'t find field "type"')
    if kind not in ("emoji", "custom_emoji"):
        raise bad(refused + "invalid reaction type specified")
    field = "emoji" if kind == "emoji" else "custom_emoji_id"
    if not value.get(field):
        raise bad(f'{refused}Can\'t find field "{field}"')


def delete_reactions(call: Call) -> bytes:
    """deleteMessageReaction and deleteAllMessageReactions: nobody reacts here."""
    chat = find_chat(call)
    message_id = call.arguments.integer("message_id")
    if call.method == "deletemessagereaction" and call.bot.chat_of(message_id) != chat.id:
        raise bad("message to delete reactions not found")
    return TRUE


def get_user_chat_boosts(call: Call) -> bytes:
    find_chat(call, to_write=False)
    find_user(call)
    return encode({"boosts": []})


def get_personal_chat_messages(call: Call) -> bytes:
    find_user(call)
    raise bad("USER_PERSONAL_CHANNEL_MISSING")


def set_passport_errors(call: Call) -> bytes:
    find_user(call)
    json_array(call, "errors", "errors", "PassportElementError")
    return TRUE


def send_message_draft(call: Call) -> bytes:
    if not call.arguments.integer("draft_id"):
        raise bad("DRAFT_ID_INVALID")
    if find_chat(call).group is not None:
        raise bad("drafts can be sent only to private chats")
    return TRUE


def with_user(text: str) -> Method:
    """Return a method that wants a user and then refuses: nobody here has what it is about."""

    def refuse(call: Call) -> bytes:
        find_user(call)
        raise bad(text)

    return refuse


def of_business(call: Call) -> bytes:
    """Return the methods of business accounts: no bot here is connected to one."""
    required(call, "business_connection_id")
    raise bad("business connection not found")


BUSINESS = (
    *("getbusinessconnection", "readbusinessmessage", "deletebusinessmessages"),
    *("setbusinessaccountname", "setbusinessaccountusername", "setbusinessaccountbio"),
    *("setbusinessaccountprofilephoto", "removebusinessaccountprofilephoto"),
    *("setbusinessaccountgiftsettings", "getbusinessaccountstarbalance"),
    *("transferbusinessaccountstars", "getbusinessaccountgifts", "convertgifttostars"),
    *("upgradegift", "transfergift", "poststory", "repoststory", "editstory", "deletestory"),
    *("sendchecklist", "editmessagechecklist"),
)
