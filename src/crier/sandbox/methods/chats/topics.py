"""Topics of a forum. A topic's id is the id of the service message that made it; General is 1."""

from __future__ import annotations

from crier.sandbox.calls import TRUE, Call, Chat, Method, find_chat
from crier.sandbox.errors import bad
from crier.sandbox.methods.chats.info import tell_service
from crier.sandbox.methods.chats.rights import demand
from crier.sandbox.people import Group, Topic
from crier.sandbox.wire import Json, encode

GENERAL = 1
COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
MAX_NAME = 128
_EDIT = "not enough rights to edit the topic"
_CLOSE = "not enough rights to close or open the topic"


def create_forum_topic(call: Call) -> bytes:
    name = call.arguments.get("name", "").strip()[:MAX_NAME]
    color = call.arguments.integer("icon_color") or COLORS[0]
    icon = call.arguments.get("icon_custom_emoji_id", "")
    chat, group = _forum(call)
    if not name:
        raise bad("name must be non-empty")
    if color not in COLORS:
        raise bad("invalid icon color specified")
    demand(call, chat, "can_manage_topics", "not enough rights to create a topic")
    shown: Json = {"name": name, "icon_color": color}
    shown |= {"icon_custom_emoji_id": icon} if icon else {}
    if call.bot.next_message_id == GENERAL:
        call.bot.take_message_id(0)  # that id is the general topic's
    topic_id = tell_service(call, chat, {"forum_topic_created": shown})
    group.topics[topic_id] = Topic(name, color, icon)
    call.world.touch()
    return encode({"message_thread_id": topic_id} | shown)


def edit_forum_topic(call: Call) -> bytes:
    chat, topic = _topic(call)
    demand(call, chat, "can_manage_topics", _EDIT)
    name = call.arguments.get("name", "").strip()[:MAX_NAME]
    icon = call.arguments.get("icon_custom_emoji_id", topic.icon)
    if (name or topic.name, icon) == (topic.name, topic.icon):
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon = name or topic.name, icon
    return _done(call, chat, {"forum_topic_edited": {"name": topic.name}})


def delete_forum_topic(call: Call) -> bytes:
    chat, _ = _topic(call)
    demand(call, chat, "can_delete_messages", "not enough rights to delete the topic")
    assert chat.group is not None
    del chat.group.topics[call.arguments.integer("message_thread_id")]
    call.world.touch()
    return TRUE


def closing(closed: bool, *, general: bool = False) -> Method:
    """Return the method that closes or reopens a topic, or the general one."""

    def close(call: Call) -> bytes:
        chat, topic = _general(call) if general else _topic(call)
        demand(call, chat, "can_manage_topics", _CLOSE)
        if topic.closed is closed:
            raise bad("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        return _done(call, chat, {"forum_topic_closed" if closed else "forum_topic_reopened": {}})

    return close


def hiding(hidden: bool) -> Method:
    """Return the method that hides the general topic (which closes it), or shows it again."""

    def hide(call: Call) -> bytes:
        chat, topic = _general(call)
        demand(call, chat, "can_manage_topics", _CLOSE)
        if topic.hidden is hidden:
            raise bad("TOPIC_NOT_MODIFIED")
        topic.hidden, topic.closed = hidden, hidden or topic.closed
        name = "general_forum_topic_hidden" if hidden else "general_forum_topic_unhidden"
        return _done(call, chat, {name: {}})

    return hide


def edit_general_topic(call: Call) -> bytes:
    chat, topic = _general(call)
    name = call.arguments.get("name", "").strip()[:MAX_NAME]
    if not name:
        raise bad("name must be non-empty")
    demand(call, chat, "can_manage_topics", _EDIT)
    if topic.name == name:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name = name
    return _done(call, chat, {"forum_topic_edited": {"name": name}})


def unpin_all_in_topic(call: Call) -> bytes:
    """unpinAllForumTopicMessages and the one for the general topic."""
    chat, _ = _general(call) if "general" in call.method else _topic(call)
    refusal = "not enough rights to manage pinned messages in the chat"
    demand(call, chat, "can_pin_messages", refusal)
    call.bot.pinned.pop(chat.id, None)
    return TRUE


def check_thread(call: Call, chat: Chat) -> Json:
    """Return what `message_thread_id` adds to a message: nothing outside forums.

    Raises:
        ApiError: Telegram refuses it.
    """
    topic_id = call.arguments.integer("message_thread_id")
    if not topic_id:
        return {}
    if chat.group is None:
        raise bad("message thread not found")
    if not chat.group.is_forum:
        return {}
    if topic_id not in chat.group.topics or topic_id == GENERAL:
        raise bad("message thread not found")
    return {"message_thread_id": topic_id, "is_topic_message": True}


def _forum(call: Call) -> tuple[Chat, Group]:
    chat = find_chat(call)
    if chat.group is None or not chat.group.is_forum:
        raise bad("the chat is not a forum")
    return chat, chat.group


def _topic(call: Call) -> tuple[Chat, Topic]:
    chat, group = _forum(call)
    topic = group.topics.get(call.arguments.integer("message_thread_id"))
    if topic is None:
        raise bad("TOPIC_ID_INVALID")
    return chat, topic


def _general(call: Call) -> tuple[Chat, Topic]:
    chat, group = _forum(call)
    return chat, group.topics.setdefault(GENERAL, Topic("General", COLORS[0]))


def _done(call: Call, chat: Chat, fields: Json) -> bytes:
    tell_service(call, chat, fields)
    call.world.touch()
    return TRUE
