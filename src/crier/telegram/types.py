"""Telegram's objects as far as Crier reads them; fields that are not here are ignored.

Numbers are bounded to what PostgreSQL's bigint holds; anything else is a decode error, never a
number that fails later. Source of the shapes: Bot API 10.2.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
MAX_UPDATE_ID = 2**63 - 2
"""The offset that confirms an update is one more, and has to fit into a bigint too."""

UpdateId = Annotated[int, Meta(ge=0, le=MAX_UPDATE_ID)]
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Unix time, up to the last one that a datetime can say."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of everything here."""


class User(Record, frozen=True):
    """A person or a bot."""

    id: Int64
    is_bot: bool = False
    first_name: str = ""
    username: str | None = None
    language_code: str | None = None


class Chat(Record, frozen=True):
    """A private chat, group, supergroup or channel."""

    id: Int64
    type: str = "private"
    title: str | None = None
    username: str | None = None
    first_name: str | None = None


class File(Record, frozen=True):
    """Any file that Telegram keeps; `file_id` is good for one bot only."""

    file_id: str
    width: Int64 = 0
    height: Int64 = 0


class Message(Record, frozen=True, rename={"from_": "from"}):
    """A message, or as much of one as a callback query still knows (then `date` is 0)."""

    message_id: Int64
    chat: Chat
    date: Seconds = 0
    from_: User | None = None
    text: str | None = None
    caption: str | None = None
    photo: tuple[File, ...] | None = None
    video: File | None = None
    animation: File | None = None
    document: File | None = None
    audio: File | None = None
    voice: File | None = None
    video_note: File | None = None
    sticker: File | None = None
    contact: Any = None
    location: Any = None
    venue: Any = None
    poll: Any = None
    dice: Any = None
    game: Any = None
    story: Any = None
    paid_media: Any = None
    invoice: Any = None
    successful_payment: Any = None
    new_chat_members: Any = None
    left_chat_member: Any = None
    new_chat_title: Any = None
    pinned_message: Any = None
    migrate_to_chat_id: Int64 | None = None
    migrate_from_chat_id: Int64 | None = None

    @property
    def content_type(self) -> str:
        """Telegram's own name of what the message holds, `other` for what is not known here."""
        return next((name for name in _CONTENT if getattr(self, name) is not None), "other")

    @property
    def content(self) -> str | None:
        """The words of the message: its text or its caption."""
        return self.caption if self.text is None else self.text

    @property
    def file(self) -> File | None:
        """The file that another send of this bot can reuse; of a photo the largest size."""
        if self.photo:
            return max(self.photo, key=lambda size: size.width * size.height)
        files = (self.animation, self.video, self.document, self.audio, self.voice)
        return next((file for file in files if file is not None), None)


# An animation comes with a duplicate `document`, a venue with a `location`: the real one first.
_CONTENT = (
    "text", "photo", "video", "animation", "document", "audio", "voice", "video_note", "sticker",
    "contact", "venue", "location", "poll", "dice", "game", "story", "paid_media", "invoice",
    "successful_payment", "new_chat_members", "left_chat_member", "new_chat_title",
    "pinned_message", "migrate_to_chat_id", "migrate_from_chat_id",
)  # fmt: skip


class CallbackQuery(Record, frozen=True, rename={"from_": "from"}):
    """A press on an inline button. A modified client can send any `data`: check it."""

    id: str
    from_: User
    message: Message | None = None
    data: str | None = None


class ChatMember(Record, frozen=True):
    """Somebody's place in a chat: creator, administrator, member, restricted, left or kicked."""

    status: str
    user: User
    is_member: bool | None = None

    @property
    def present(self) -> bool:
        """Whether they are in the chat (and, in a private chat, have not blocked the bot)."""
        if self.status == "restricted":
            return self.is_member is not False
        return self.status in {"creator", "administrator", "member"}


class ChatMemberUpdated(Record, frozen=True, rename={"from_": "from"}):
    """A place in a chat changed; in a private chat: the bot was blocked or unblocked."""

    chat: Chat
    from_: User
    new_chat_member: ChatMember
    date: Seconds = 0


class ChatJoinRequest(Record, frozen=True, rename={"from_": "from"}):
    """Somebody asks to join a chat."""

    chat: Chat
    from_: User
    date: Seconds = 0


class WebhookInfo(Record, frozen=True):
    """What Telegram knows of a bot's webhook; `url` is empty while there is none."""

    url: str = ""
    pending_update_count: Int64 = 0
    last_error_date: Seconds | None = None
    last_error_message: str | None = None
    max_connections: Int64 | None = None
    allowed_updates: tuple[str, ...] | None = None


class BotCommand(Record, frozen=True):
    """An entry of a bot's command menu: `[a-z0-9_]{1,32}` and 1 to 256 characters about it."""

    command: str
    description: str


class Update(Record, frozen=True):
    """One update: an id and, unless its kind is not known here, exactly one other field."""

    update_id: UpdateId
    message: Message | None = None
    edited_message: Message | None = None
    channel_post: Message | None = None
    edited_channel_post: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_member: ChatMemberUpdated | None = None
    chat_join_request: ChatJoinRequest | None = None

    @property
    def kind(self) -> str | None:
        """The name of the field that is there; None for a kind that is not known here."""
        return next((name for name in KINDS if getattr(self, name) is not None), None)


KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query",
    "my_chat_member", "chat_member", "chat_join_request",
)  # fmt: skip
"""What to ask Telegram for as `allowed_updates`."""
