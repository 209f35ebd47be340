"""Invite links of a chat."""

from __future__ import annotations

import secrets

from crier.sandbox.calls import Call, Chat
from crier.sandbox.errors import bad
from crier.sandbox.methods.chats.rights import demand, group_of
from crier.sandbox.people import Group
from crier.sandbox.wire import Json, encode

MAX_NAME = 32
_REFUSAL = "not enough rights to manage chat invite link"


def export_chat_invite_link(call: Call) -> bytes:
    """Return a new primary link; the one before is revoked."""
    _, group = _chat(call)
    for link in group.links.values():
        if link["is_primary"] and link["creator"]["id"] == call.bot.id:
            link |= {"is_primary": False, "is_revoked": True}
    return encode(_add(call, group, {"is_primary": True})["invite_link"])


def create_chat_invite_link(call: Call) -> bytes:
    _, group = _chat(call)
    return encode(_add(call, group, _limits(call)))


def edit_chat_invite_link(call: Call) -> bytes:
    _, group = _chat(call)
    link = _find(call, group)
    if link["is_primary"]:
        raise bad("INVITE_HASH_EXPIRED")
    for name in ("name", "expire_date", "member_limit"):
        link.pop(name, None)
    link |= {"creates_join_request": False} | _limits(call)
    return _changed(call, link)


def revoke_chat_invite_link(call: Call) -> bytes:
    _, group = _chat(call)
    link = _find(call, group)
    if link["is_primary"]:
        _add(call, group, {"is_primary": True})
    link |= {"is_revoked": True, "is_primary": False}
    return _changed(call, link)


def create_subscription_link(call: Call) -> bytes:
    period = call.arguments.integer("subscription_period")
    price = call.arguments.integer("subscription_price")
    _, group = _chat(call)
    if group.type != "channel" or period != 2_592_000 or not 1 <= price <= 10_000:
        raise bad("SUBSCRIPTION_EXPORT_INVALID" if group.type == "channel" else "CHAT_INVALID")
    name = call.arguments.get("name", "")[:MAX_NAME]
    fields: Json = {"subscription_period": period, "subscription_price": price}
    return encode(_add(call, group, ({"name": name} if name else {}) | fields))


def edit_subscription_link(call: Call) -> bytes:
    _, group = _chat(call)
    link = _find(call, group)
    link.pop("name", None)
    name = call.arguments.get("name", "")[:MAX_NAME]
    link |= {"name": name} if name else {}
    return _changed(call, link)


def _chat(call: Call) -> tuple[Chat, Group]:
    chat, group = group_of(call, private="can't invite members to a private chat")
    demand(call, chat, "can_invite_users", _REFUSAL)
    return chat, group


def _limits(call: Call) -> Json:
    arguments = call.arguments
    fields: Json = {}
    name = arguments.get("name", "")[:MAX_NAME]
    if name:
        fields["name"] = name
    expires, limit = (
        arguments.integer("expire_date"),
        arguments.integer("member_limit", 0, 0, 99999),
    )
    if expires > 0:
        if expires < call.world.unix():
            raise bad("EXPIRE_DATE_INVALID")
        fields["expire_date"] = expires
    request = arguments.flag("creates_join_request")
    if limit:
        if request:
            raise bad("member limit can't be specified for links requiring administrator approval")
        fields["member_limit"] = limit
    return fields | {"creates_join_request": request}


def _add(call: Call, group: Group, fields: Json) -> Json:
    link: Json = {
        "invite_link": f"https://t.me/+{secrets.token_urlsafe(12)}",
        "creator": call.bot.user(),
        "creates_join_request": False,
        "is_primary": False,
        "is_revoked": False,
    }
    link |= fields
    group.links[link["invite_link"]] = link
    call.world.touch()
    return link


def _find(call: Call, group: Group) -> Json:
    text = call.arguments.get("invite_link", "")
    if not text:
        raise bad("invite link must be non-empty")
    if text not in group.links:
        raise bad("INVITE_HASH_EXPIRED")
    return group.links[text]


def _changed(call: Call, link: Json) -> bytes:
    call.world.touch()
    return encode(link)
