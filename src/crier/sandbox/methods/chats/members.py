"""Members of a chat: listing, banning, restricting and promoting them."""

from __future__ import annotations

from crier.sandbox.calls import TRUE, Call, Chat, emit, find_chat, find_user, json_argument
from crier.sandbox.errors import bad
from crier.sandbox.methods.chats.rights import (
    RIGHTS,
    demand,
    group_of,
    read_permissions,
    rights_of,
    shown_permissions,
    shown_rights,
)
from crier.sandbox.people import Group, Member
from crier.sandbox.roster import Status
from crier.sandbox.wire import Json, encode

_PRIVATE = "chat member status can't be changed in private chats"
_NO_RIGHT = "not enough rights to restrict/unrestrict chat member"
_IN = ("creator", "administrator", "member", "restricted")
_BOTS = {
    Status.ADMINISTRATOR: "administrator",
    Status.MEMBER: "member",
    Status.KICKED: "kicked",
}


def get_chat_member(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    return encode(member_json(call, chat, find_user(call)))


def get_chat_administrators(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    if chat.group is None:
        raise bad("there are no administrators in the private chat")
    shown = [member_json(call, chat, user_id) for user_id in _everybody(call, chat, chat.group)]
    admins = [m for m in shown if m["status"] in ("creator", "administrator")]
    with_bots = call.arguments.flag("return_bots")
    return encode(
        [
            m
            for m in admins
            if with_bots or not m["user"]["is_bot"] or m["user"]["id"] == call.bot.id
        ]
    )


def get_chat_member_count(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    if chat.group is None:
        return encode(2)
    people = _everybody(call, chat, chat.group)
    return encode(sum(member_json(call, chat, user_id)["status"] in _IN for user_id in people))


def _everybody(call: Call, chat: Chat, group: Group) -> list[int]:
    bots = [bot.id for bot in call.world.bots.values() if bot.roster.find(chat.id) >= 0]
    return [user_id for user_id in group.members if user_id not in call.world.bots] + bots


def member_of(call: Call, chat: Chat, user_id: int) -> Member:
    """Return how a person or bot stands to a chat."""
    if chat.group is None:
        return Member("member" if user_id in (chat.id, call.bot.id) else "left")
    given = chat.group.members.get(user_id)
    bot = call.world.bots.get(user_id)
    if bot is None:
        return given or Member("left")
    row = bot.roster.find(chat.id)
    status = "left" if row < 0 else _BOTS.get(Status(bot.roster.status[row]), "left")
    return Member(status, given.title if given else "", rights_of(chat.group, user_id))


def member_json(call: Call, chat: Chat, user_id: int, member: Member | None = None) -> Json:
    """`ChatMember`."""
    has = member or member_of(call, chat, user_id)
    shown: Json = {"user": call.world.user_json(call.bot, user_id), "status": has.status}
    kind = chat.group.type if chat.group else ""
    if has.status == "creator":
        shown["is_anonymous"] = False
    if has.status == "administrator":
        shown["can_be_edited"] = user_id != call.bot.id
        shown |= shown_rights(has.rights, kind)
        shown["can_manage_voice_chats"] = has.rights.get("can_manage_video_chats", False)
    if has.status in ("creator", "administrator") and has.title:
        shown["custom_title"] = has.title
    elif has.status in ("member", "restricted") and has.title:
        shown["tag"] = has.title
    if has.status == "restricted" and kind == "supergroup":
        shown |= {"until_date": has.until, **shown_permissions(has.rights), "is_member": True}
    if has.status == "kicked":
        shown["until_date"] = has.until
    return shown


def ban_chat_member(call: Call) -> bytes:
    chat, user_id = _target(call)
    return _change(call, chat, user_id, Member("kicked", until=_until(call)))


def unban_chat_member(call: Call) -> bytes:
    chat, user_id = _target(call)
    status = member_of(call, chat, user_id).status
    if status != "kicked" and call.arguments.flag("only_if_banned"):
        return TRUE
    return _change(call, chat, user_id, Member("left"))


def restrict_chat_member(call: Call) -> bytes:
    rights = read_permissions(json_argument(call, "permissions", "ChatPermissions"))
    chat, user_id = _target(call)
    if chat.group is None or chat.group.type != "supergroup":
        raise bad("method is available only for supergroups")
    free = all(rights.values())
    member = Member("member") if free else Member("restricted", "", rights, _until(call))
    return _change(call, chat, user_id, member)


def promote_chat_member(call: Call) -> bytes:
    rights = {name: call.arguments.flag(name) for name in RIGHTS}
    chat, group = group_of(call, private="can't promote members in the chat")
    user_id = find_user(call)
    demand(call, chat, "can_promote_members", "not enough rights")
    if user_id == call.bot.id:
        raise bad("can't promote self")
    old = member_of(call, chat, user_id)
    if old.status == "creator":
        raise bad("can't edit chat owner")
    if old.status == "left" and group.type != "channel":
        raise bad("USER_NOT_PARTICIPANT")
    if any(rights.values()):
        return _change(call, chat, user_id, Member("administrator", old.title, rights))
    return _change(call, chat, user_id, Member("member"))


def set_custom_title(call: Call) -> bytes:
    title = call.arguments.get("custom_title", "")
    chat, group = group_of(call, private=_PRIVATE)
    user_id = find_user(call)
    member = member_of(call, chat, user_id)
    if group.type != "supergroup":
        raise bad("method is available only for supergroups")
    if member.status == "creator":
        raise bad("only creator can edit their custom title")
    if member.status != "administrator":
        raise bad("user is not an administrator")
    demand(
        call, chat, "can_promote_members", "not enough rights to change custom title of the user"
    )
    member.title = title[:16]
    return _change(call, chat, user_id, member)


def set_member_tag(call: Call) -> bytes:
    tag = call.arguments.get("tag", "")
    chat, _ = group_of(call, private="chat member tag can't be changed in private chats")
    user_id = find_user(call)
    demand(call, chat, "can_manage_tags", "not enough rights")
    member = member_of(call, chat, user_id)
    member.title = tag[:16]
    return _change(call, chat, user_id, member)


def ban_sender_chat(call: Call) -> bytes:
    """banChatSenderChat and unbanChatSenderChat: checked, and without an effect here."""
    chat, _ = group_of(call, private="can't ban members in private chats")
    find_chat(call, "sender_chat_id", to_write=False)
    demand(call, chat, "can_restrict_members", _NO_RIGHT)
    return TRUE


def answer_join_request(call: Call) -> bytes:
    """approveChatJoinRequest and declineChatJoinRequest."""
    chat, group = group_of(call, private="the chat can't have join requests")
    user_id = find_user(call)
    demand(call, chat, "can_invite_users", "not enough rights to manage chat join requests")
    if member_of(call, chat, user_id).status in _IN:
        raise bad("USER_ALREADY_PARTICIPANT")
    if user_id not in group.requests:
        raise bad("HIDE_REQUESTER_MISSING")
    group.requests.remove(user_id)
    if call.method == "declinechatjoinrequest":
        return TRUE
    return _change(call, chat, user_id, Member("member"))


def leave_chat(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    if chat.group is None:
        raise bad("can't leave private chats")
    old = member_json(call, chat, call.bot.id)
    call.bot.roster.status[chat.row] = Status.LEFT
    change: Json = {
        "chat": call.world.chat_json(chat.id),
        "from": call.bot.user(),
        "date": int(call.world.unix()),
        "old_chat_member": old,
        "new_chat_member": {"user": call.bot.user(), "status": "left"},
    }
    emit(call.world, call.bot, "my_chat_member", change, chat.id)
    return TRUE


def _target(call: Call) -> tuple[Chat, int]:
    """Return the person to ban or restrict, checked.

    Raises:
        ApiError: Telegram refuses it.
    """
    chat, _ = group_of(call, private="can't ban members in private chats")
    user_id = find_user(call)
    if user_id == call.bot.id:
        raise bad("can't restrict self")
    demand(call, chat, "can_restrict_members", _NO_RIGHT)
    status = member_of(call, chat, user_id).status
    if status == "creator":
        raise bad("can't remove chat owner")
    if status == "administrator":
        raise bad("USER_ADMIN_INVALID")
    return chat, user_id


def _until(call: Call) -> int:
    """Less than 30 seconds or more than 366 days from now is for ever."""
    until, now = call.arguments.integer("until_date"), call.world.unix()
    return until if now + 30 <= until <= now + 366 * 86400 else 0


def _change(call: Call, chat: Chat, user_id: int, new: Member) -> bytes:
    """Set how somebody stands to a group; bots that asked for it get `chat_member`."""
    assert chat.group is not None
    world, old = call.world, member_json(call, chat, user_id)
    if user_id in world.bots:
        roster = world.bots[user_id].roster
        names = {name: status for status, name in _BOTS.items()} | {"left": Status.LEFT}
        roster.add(chat.id, names.get(new.status, Status.MEMBER))
    chat.group.members[user_id] = new
    change: Json = {
        "chat": world.chat_json(chat.id),
        "from": call.bot.user(),
        "date": int(world.unix()),
        "old_chat_member": old,
        "new_chat_member": member_json(call, chat, user_id),
    }
    for bot in world.bots.values():
        row = bot.roster.find(chat.id)
        if bot.id == user_id:
            emit(world, bot, "my_chat_member", change, chat.id)
        elif row >= 0 and bot.roster.status[row] == Status.ADMINISTRATOR:
            emit(world, bot, "chat_member", change, chat.id)
    world.touch()
    return TRUE
