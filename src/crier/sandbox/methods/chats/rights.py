"""What a bot may do in a group, and the names of rights and permissions."""

from __future__ import annotations

from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.errors import bad
from crier.sandbox.people import Group, Member
from crier.sandbox.roster import Status
from crier.sandbox.wire import Json

_COMMON = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "is_anonymous",
)
_IN_CHANNEL = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
_IN_GROUP = ("can_pin_messages", "can_manage_topics", "can_manage_tags")
RIGHTS = (*_COMMON, *_IN_CHANNEL, *_IN_GROUP)
_POSTING = {
    "can_send_messages": ("text",),
    "can_send_audios": ("audio",),
    "can_send_documents": ("document",),
    "can_send_photos": ("photo", "live_photo"),
    "can_send_videos": ("video",),
    "can_send_video_notes": ("video_note",),
    "can_send_voice_notes": ("voice",),
    "can_send_polls": ("poll",),
    "can_send_other_messages": ("animation", "sticker", "game", "dice"),
}
PERMISSIONS = (
    *_POSTING,
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


def group_of(call: Call, *, private: str) -> tuple[Chat, Group]:
    """Return the group or channel of `chat_id`; `private` refuses chats with people.

    Raises:
        ApiError: Telegram refuses it.
    """
    chat = find_chat(call)
    if chat.group is None:
        raise bad(private)
    return chat, chat.group


def demand(call: Call, chat: Chat, right: str, refusal: str) -> None:
    """Check that the bot has a right.

    Raises:
        ApiError: it lacks the right in a group; the words are `refusal`.
    """
    if chat.group is None:
        return
    if chat.status is not Status.ADMINISTRATOR or not rights_of(chat.group, call.bot.id)[right]:
        raise bad(refusal)


def rights_of(group: Group, user_id: int) -> dict[str, bool]:
    """Return the rights of an administrator by name."""
    given = group.members.get(user_id, Member()).rights
    return dict.fromkeys(RIGHTS, True) | {"is_anonymous": False} | given


def shown_rights(rights: dict[str, bool], kind: str) -> Json:
    """Rights as the Bot API shows them in a group, supergroup or channel."""
    names = _COMMON + (_IN_CHANNEL if kind == "channel" else _IN_GROUP)
    return {name: rights.get(name, False) for name in names}


def shown_permissions(given: dict[str, bool], default: bool = True) -> Json:
    """`ChatPermissions`."""
    shown = {name: given.get(name, default) for name in PERMISSIONS}
    media = ("audios", "documents", "photos", "videos", "video_notes", "voice_notes")
    shown["can_send_media_messages"] = any(shown[f"can_send_{name}"] for name in media)
    return shown


def read_permissions(value: Json) -> dict[str, bool]:
    """Permissions out of their JSON; one that is not named is refused."""
    given = {name: value.get(name) is True for name in PERMISSIONS}
    if value.get("can_send_media_messages") is True:
        given |= dict.fromkeys((n for n in _POSTING if n not in _OTHERS), True)
    if value.get("can_send_other_messages") is True or value.get("can_send_media_messages") is True:
        given["can_send_messages"] = True
    return given


_OTHERS = ("can_send_messages", "can_send_polls", "can_send_other_messages")


def denied_kinds(permissions: dict[str, bool]) -> list[str]:
    """Content kinds that nobody but administrators may post."""
    return [
        kind
        for name, kinds in _POSTING.items()
        if not permissions.get(name, True)
        for kind in kinds
    ]
