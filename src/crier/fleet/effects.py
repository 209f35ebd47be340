"""What is to be written for a bot, as plain values; `effects_recorder` writes them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from crier.domain.histogram import BUCKETS, bucket_of

Reach = Literal["ok", "blocked", "gone"]


class MessageRow(NamedTuple):
    """A row of `messages`, in the order of the COPY in `fleet.sql`."""

    bot_id: int
    chat_id: int
    message_type: str
    content: str | None
    sent_at: datetime
    status: str
    direction: str
    message_id: int | None = None
    error_code: int | None = None
    error: str | None = None


@dataclass(slots=True)
class ChatChange:
    """Everything that a batch says about one chat, in its order.

    `opted_out` and `reach` are None where nothing was said about them. The chat's status follows:
    `blocked` or `gone` by reach, else `active` where `opted_out` is false (said /start), else
    `unsubscribed`.
    """

    chat_id: int
    type: str
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    language_code: str | None = None
    source: str | None = None
    opted_out: bool | None = None
    reach: Reach | None = None
    seen: bool = False

    def then(self, later: "ChatChange") -> None:
        """Add what a later update says."""
        if later.seen or not self.seen:
            self.type, self.title = later.type, later.title or self.title
            self.username, self.first_name = later.username, later.first_name
        self.language_code = later.language_code or self.language_code
        self.source = self.source or later.source
        self.opted_out = self.opted_out if later.opted_out is None else later.opted_out
        self.reach = later.reach or self.reach
        self.seen = self.seen or later.seen


@dataclass(slots=True)
class Counts:
    """What is added to a bot's row in `bot_minutes`."""

    messages_in: int = 0
    messages_out: int = 0
    errors: int = 0
    throttled: int = 0
    latency: list[int] | None = None

    def add(self, other: "Counts") -> None:
        """Add another row's counts to this one."""
        self.messages_in += other.messages_in
        self.messages_out += other.messages_out
        self.errors += other.errors
        self.throttled += other.throttled
        if other.latency is not None:
            mine = self.latency or [0] * BUCKETS
            self.latency = [a + b for a, b in zip(mine, other.latency, strict=True)]

    def __bool__(self) -> bool:
        return bool(
            self.messages_in or self.messages_out or self.errors or self.throttled or self.latency
        )


def latency(seconds: float, updates: int = 1) -> list[int]:
    """Return a histogram with so many updates that took so long."""
    counts = [0] * BUCKETS
    counts[bucket_of(seconds)] = updates
    return counts


@dataclass(slots=True)
class Effects:
    """Everything that one transaction writes for one bot, if `instance_id` still has it."""

    bot_id: int
    instance_id: UUID
    offset: int | None = None
    """The new update offset; None leaves it."""
    handled: list[int] = field(default_factory=list)
    """Ids of `webhook_updates` that are recorded by this."""
    messages: list[MessageRow] = field(default_factory=list)
    chats: dict[int, ChatChange] = field(default_factory=dict)
    moved: list[tuple[int, int]] = field(default_factory=list)
    """Groups that became supergroups: old and new chat id."""
    counts: Counts = field(default_factory=Counts)
    active: bool = False
    """Whether people did something: moves `last_active`."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Rows of the bot's log: level and message."""

    def chat(self, change: ChatChange) -> None:
        """Add what an update says about a chat."""
        known = self.chats.get(change.chat_id)
        if known is None:
            self.chats[change.chat_id] = change
        else:
            known.then(change)
