"""Decides what updates do, without any IO: rows to write, chats that change, calls to make.

Which chats are subscribers (docs/api.md, "Bots"): a private chat from its /start until its /stop; a
group or channel from when the bot becomes a member, or a /start in it, until the bot leaves. A
person that blocks the bot makes the chat blocked; one that writes again can be reached again. A
/start with a code that links a chat (`domain/chat_links.py`) subscribes to nothing, and the code is
kept nowhere.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from crier.domain import chat_links
from crier.fleet.effects import ChatChange, Effects, MessageRow
from crier.fleet.handlers import Call, Event, ReplyRules, answer, parse_command
from crier.telegram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User

CHAT_TYPES = frozenset({"private", "group", "supergroup", "channel"})
LATE = timedelta(hours=48)
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What planning needs to know of the bot and its session run."""

    bot_id: int
    instance_id: UUID
    username: str | None
    rules: ReplyRules


@dataclass(slots=True)
class PendingReply:
    """Calls that answer one update, waiting in the queue of its chat."""

    update_id: int
    chat_id: int
    calls: list[Call]
    raw: bytes
    received: float
    """On the event loop's clock, in seconds."""
    may_have_gone: bool = False
    """Whether the first of the calls may have reached Telegram."""


@dataclass(slots=True)
class Plan:
    """What a batch does: `effects` to record first, then `calls` of each update by its position."""

    effects: Effects
    calls: list[tuple[int, int, list[Call]]] = field(default_factory=list)
    """Position in the batch, chat and calls, for each update that is answered."""


def now_utc() -> datetime:
    """Return the time now, with its zone."""
    return datetime.now(UTC)


def plan(updates: list[Update], profile: Profile, now: datetime | None = None) -> Plan:
    """Return what a batch does, in its order."""
    now = now or now_utc()
    made = Plan(Effects(profile.bot_id, profile.instance_id))
    for place, update in enumerate(updates):
        event = _take(update, made.effects, profile, now)
        if event is not None and (calls := answer(event, profile.rules)):
            made.calls.append((place, event.chat_id, calls))
    return made


def event_of(update: Update, profile: Profile) -> Event | None:
    """Return what the handlers are to answer of an update; None where there is nothing."""
    scratch = Effects(profile.bot_id, profile.instance_id)
    return _take(update, scratch, profile, now_utc())


def chat_of(update: Update) -> int:
    """Return the chat in whose order an update is handled; its person's where there is no chat,
    else 0."""
    for name in ("message", "edited_message", "channel_post", "edited_channel_post"):
        message: Message | None = getattr(update, name)
        if message is not None:
            return message.chat.id
    if update.callback_query is not None:
        message = update.callback_query.message
        return update.callback_query.from_.id if message is None else message.chat.id
    for change in (update.my_chat_member, update.chat_member, update.chat_join_request):
        if change is not None:
            return change.chat.id
    return 0


def _take(update: Update, effects: Effects, profile: Profile, now: datetime) -> Event | None:
    if update.message is not None:
        return _message(update.message, effects, profile, now)
    if update.callback_query is not None:
        return _press(update.callback_query, effects, profile)
    if update.channel_post is not None:
        _post(update.channel_post, effects, profile, now)
    elif update.my_chat_member is not None:
        _membership(update.my_chat_member, effects)
    elif update.edited_message is not None:
        effects.chat(_seen(update.edited_message.chat, update.edited_message.from_))
    effects.active = True
    return None


def _message(message: Message, effects: Effects, profile: Profile, now: datetime) -> Event | None:
    _record(message, effects, now)
    effects.active = True
    person, chat = message.from_, message.chat
    command, argument = parse_command(message.text, profile.username)
    event = Event(
        chat.id, message.text, command, argument,
        person.first_name if person else "", person.username if person else None,
    )  # fmt: skip
    change = _seen(chat, person)
    if not chat_links.is_code(event.payload):
        _subscribe(change, command, event.payload)
    effects.chat(change)
    _moved(message, effects)
    return None if person is not None and person.is_bot else event


def _post(post: Message, effects: Effects, profile: Profile, now: datetime) -> None:
    _record(post, effects, now)
    change = _change(post.chat, None)
    _subscribe(change, parse_command(post.text, profile.username)[0], None)
    effects.chat(change)


def _subscribe(change: ChatChange, command: str | None, source: str | None) -> None:
    if command == "start":
        change.opted_out, change.reach, change.source = False, "ok", source
    elif command == "stop":
        change.opted_out = True


def _press(query: CallbackQuery, effects: Effects, profile: Profile) -> Event:
    """Return the event of a press. It proves that its person is there, but only a private chat is
    that person's own."""
    effects.active = True
    chat_id = query.from_.id
    if query.message is not None:
        chat_id = query.message.chat.id
        effects.chat(_seen(query.message.chat, query.from_))
    command, argument = parse_command(query.data, profile.username)
    if command == "start":  # only a message subscribes
        argument = None
    return Event(
        chat_id, query.data, command, argument, query.from_.first_name, query.from_.username,
        callback_id=query.id,
    )  # fmt: skip


def _membership(update: ChatMemberUpdated, effects: Effects) -> None:
    change = _change(update.chat, update.from_ if update.chat.type == "private" else None)
    change.seen = False
    present = update.new_chat_member.present
    if change.type == "private":
        change.reach = "ok" if present else "blocked"
    elif present:
        change.reach, change.opted_out = "ok", False
    else:
        change.reach = "gone"
    effects.chat(change)


def _moved(message: Message, effects: Effects) -> None:
    if message.migrate_to_chat_id is not None:
        effects.moved.append((message.chat.id, message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None:
        effects.moved.append((message.migrate_from_chat_id, message.chat.id))


def _record(message: Message, effects: Effects, now: datetime) -> None:
    sent_at = datetime.fromtimestamp(message.date, UTC)
    effects.counts.messages_in += 1
    effects.messages.append(
        MessageRow(
            effects.bot_id,
            message.chat.id,
            message.content_type,
            chat_links.without_codes(message.content),
            sent_at if now - LATE < sent_at < now + SOON else now,
            "received",
            "in",
            message.message_id,
        )
    )


def _seen(chat: Chat, person: User | None) -> ChatChange:
    """Return the change where a person did something: one that writes to a bot in private can be
    reached by it."""
    change = _change(chat, person if chat.type == "private" else None)
    if change.type == "private":
        change.reach = "ok"
    return change


def _change(chat: Chat, person: User | None) -> ChatChange:
    """Return the chat as the update shows it, cut to what the columns hold."""
    kind = chat.type if chat.type in CHAT_TYPES else ("private" if chat.id > 0 else "group")
    username = chat.username if person is None else person.username
    language = person.language_code if person is not None else None
    return ChatChange(
        chat.id,
        kind,
        (chat.title or "")[:255] or None,
        (username or "")[:64] or None,
        ((chat.first_name if person is None else person.first_name) or "")[:64] or None,
        (language or "")[:35] or None,
        seen=True,
    )
