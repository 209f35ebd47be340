"""Everything the simulator keeps about one bot."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from typing import Protocol

import msgspec

from crier.sandbox.errors import ApiError
from crier.sandbox.limits import BotLimiter, Limits
from crier.sandbox.poll import Poll
from crier.sandbox.roster import Roster
from crier.sandbox.updates import Update, UpdateQueue
from crier.sandbox.wire import Json, encode


class Sender(Protocol):
    """What delivers a bot's updates to its webhook."""

    def take(self, update: Update) -> None:
        """Deliver `update` after the others of its order."""

    def stop(self) -> None:
        """Deliver nothing more."""


class Message(msgspec.Struct):
    """A message that is still known in full: its JSON, and whether the bot wrote it."""

    chat_id: int
    body: bytes
    outgoing: bool
    at: float
    protected: bool = False
    editable: bool = True


class Webhook(msgspec.Struct):
    """What setWebhook set, and how delivery goes."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False
    certificate_bytes: int = 0
    last_error_at: int = 0
    last_error: str = ""


class Totals(msgspec.Struct):
    """Counts over the whole bot. `attempts` = accepted + flood + forbidden + refused."""

    calls: int = 0
    attempts: int = 0
    accepted: int = 0
    flood: int = 0
    forbidden: int = 0
    refused: int = 0
    duplicates: int = 0
    while_banned: int = 0
    paid: int = 0
    faults: int = 0
    edited: int = 0
    deleted: int = 0


class TextCount(msgspec.Struct):
    """How often one text was accepted, and by how many repeats to a chat that had it."""

    text: str
    accepted: int = 0
    duplicates: int = 0


class Game(msgspec.Struct, omit_defaults=True):
    """A game that the bot's owner registered."""

    short_name: str
    title: str = "Game"
    description: str = ""


class Profile(msgspec.Struct, omit_defaults=True):
    """What a bot says of itself, by language code ("" for every other), and its menu buttons."""

    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    short_descriptions: dict[str, str] = {}
    menu_buttons: dict[int, Json] = {}  # by private chat; 0 is the default
    rights: dict[str, dict[str, bool]] = {}  # suggested ones: "group", "channel"
    photos: list[bytes] = []  # `unique` of the files, the newest first
    games: list[Game] = []


class Bot:
    """One bot account. Message ids count up over all its chats and are never used twice."""

    def __init__(self, bot_id: int, token: str, username: str, first_name: str) -> None:
        self.id = bot_id
        self.token = token
        self.username = username
        self.first_name = first_name
        self.revoked = False
        self.logged_out = False
        self.answered_callbacks = 0
        self.stars_tenths = 0  # balance in tenths of a Star, the price of a paid message
        self.limits: Limits | None = None
        self.commands: dict[str, list[Json]] = {}
        self.callbacks: OrderedDict[str, float] = OrderedDict()  # open query id: until (unix)
        self.roster = Roster()
        self.queue = UpdateQueue()
        self.limiter = BotLimiter()
        self.totals = Totals()
        self.methods: dict[str, int] = {}
        self.texts: OrderedDict[int, TextCount] = OrderedDict()
        self.messages: dict[int, Message] = {}
        self.profile = Profile()
        self.pinned: dict[int, list[int]] = {}  # by chat: message ids, rising
        self.next_message_id = 1
        self.ledger_base = 1
        self.ledger = array("q")  # chat of message id `ledger_base + k`; 0 once deleted
        self.webhook: Webhook | None = None
        self.next_webhook_at = 0.0
        self.webhook_generation = 0
        self.sender: Sender | None = None
        self.poll: Poll | None = None
        self.last_poll_offset = 0
        self.last_poll_at = -100.0
        self.next_conflict_at = 0.0
        self.user_json = encode(self.user())

    def user(self, full: bool = False) -> Json:
        """`User` of the bot; `full` as getMe gives it."""
        user: Json = {
            "id": self.id,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
        }
        if full:
            user |= {
                "can_join_groups": True,
                "can_read_all_group_messages": False,
                "supports_inline_queries": False,
                "supports_guest_queries": False,
                "can_connect_to_business": False,
                "has_main_web_app": False,
                "has_topics_enabled": False,
                "allows_users_to_create_topics": False,
                "can_manage_bots": False,
            }
        return user

    def rename(self, first_name: str) -> None:
        self.first_name = first_name
        self.user_json = encode(self.user())

    def end_poll(self) -> None:
        """Answer a waiting getUpdates with 401, as after a revocation."""
        if self.poll is not None:
            self.poll.refuse(ApiError(401, "Unauthorized"))

    def take_message_id(self, chat_id: int) -> int:
        """Return the next message id, noted as being in `chat_id`."""
        message_id = self.next_message_id
        self.next_message_id += 1
        self.ledger.append(chat_id)
        return message_id

    def chat_of(self, message_id: int) -> int:
        """Return the chat in which the message stands; 0 where there is none (any more)."""
        at = message_id - self.ledger_base
        return self.ledger[at] if 0 <= at < len(self.ledger) else 0

    def forget_chat_of(self, message_id: int) -> None:
        """The message is deleted."""
        chat_id = self.ledger[message_id - self.ledger_base]
        if message_id in self.pinned.get(chat_id, ()):
            self.pinned[chat_id].remove(message_id)
        self.ledger[message_id - self.ledger_base] = 0
        self.messages.pop(message_id, None)
