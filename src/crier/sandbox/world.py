"""The whole simulated world in one object; every part of the sandbox works on it.

One process, one event loop, no lock: every change is made between two awaits.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from crier.sandbox.arguments import Arguments
from crier.sandbox.bot import Bot, Message
from crier.sandbox.faults import Fault
from crier.sandbox.files import FileStore
from crier.sandbox.limits import Limits
from crier.sandbox.people import (
    Group,
    Person,
    StickerSet,
    group_json,
    person_of,
    private_chat_json,
    user_json,
)
from crier.sandbox.wire import Json

FIRST_BOT_ID = 7_000_000_001


class Config(msgspec.Struct, kw_only=True):
    """How the process was started."""

    limits: Limits = msgspec.field(default_factory=Limits)
    outbox: int = 50_000
    fetch: str = "loopback"
    control_token: str = ""
    key: bytes = msgspec.field(default_factory=lambda: secrets.token_bytes(16))
    web: list[tuple[str, str]] = []  # URLs that begin so are files in this folder


class World:
    """Bots, people, groups, files and faults."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.limits = config.limits
        self.bots: dict[int, Bot] = {}
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.languages: list[str] = [""]
        self.faults: list[Fault] = []
        self.last_fault_id = 0
        self.files = FileStore(config.key, config.fetch, config.web)
        self.sticker_sets: dict[str, StickerSet] = {}
        self.first_uses: dict[str, deque[float]] = {}
        self.used_tokens: set[str] = set()
        self.next_group_id = 1
        self.changes = 0  # counts every change, so that the snapshot knows when to write
        self.urgent = asyncio.Event()  # set by the control API: write a snapshot soon
        self.callback_seed = secrets.randbits(48)
        self._stored: deque[tuple[int, int]] = deque()
        self._usernames: dict[str, int] = {}
        self.execute: Callable[[Bot, Arguments], Awaitable[None]] | None = None
        self.monotonic: Callable[[], float] = time.monotonic
        self.unix: Callable[[], float] = time.time

    # --- bots ----------------------------------------------------------------------------------

    def add_bot(self, token: str, username: str, first_name: str) -> Bot:
        """Make a bot, inventing what is empty.

        Raises:
            ValueError: the token is taken or malformed.
        """
        if not token:
            token = f"{max(self.bots, default=FIRST_BOT_ID - 1) + 1}:{secrets.token_urlsafe(27)}"
        bot_id = bot_id_of(token)
        if bot_id is None:
            raise ValueError("a token looks like 123456:AA..., with at least 24 characters behind")
        if bot_id in self.bots:
            raise ValueError(f"bot {bot_id} exists already")
        username = username or f"sandbox_{bot_id}_bot"
        if self.find_username(username):
            raise ValueError(f"username {username} is taken")
        bot = Bot(bot_id, token, username, first_name or f"Sandbox bot {len(self.bots) + 1}")
        self.bots[bot_id] = bot
        self._usernames[username.lower()] = bot_id
        return bot

    def bot_by_token(self, token: str) -> Bot | None:
        """Return the bot that this token opens, or None."""
        head = token.partition(":")[0]
        bot = self.bots.get(int(head)) if head.isdecimal() and len(head) < 20 else None
        if (
            bot is None
            or bot.revoked
            or not hmac.compare_digest(bot.token.encode(), token.encode())
        ):
            return None
        return bot

    def limits_of(self, bot: Bot) -> Limits:
        return bot.limits or self.limits

    # --- people and groups ---------------------------------------------------------------------

    def language_index(self, language: str) -> int:
        """Return a small number for a language code; at most 255 are told apart."""
        if language not in self.languages:
            if len(self.languages) == 255:
                raise ValueError("more than 254 different languages")
            self.languages.append(language)
        return self.languages.index(language)

    def person(self, user_id: int) -> Person:
        return self.people.get(user_id) or person_of(user_id)

    def user_json(self, bot: Bot, user_id: int) -> Json:
        """`User` of a person (or of a bot, where the id is one's)."""
        if user_id in self.bots:
            return self.bots[user_id].user()
        row = bot.roster.find(user_id)
        language = self.languages[bot.roster.language[row]] if row >= 0 else ""
        return user_json(user_id, self.person(user_id), language)

    def chat_json(self, chat_id: int) -> Json:
        """`Chat`, short form."""
        group = self.groups.get(chat_id)
        if group is not None:
            return group_json(chat_id, group)
        return private_chat_json(chat_id, self.person(chat_id))

    def add_group(self, group: Group, chat_id: int = 0) -> int:
        """Make a group, supergroup or channel; returns its id.

        Raises:
            ValueError: its id is taken.
        """
        if group.type not in ("group", "supergroup", "channel"):
            raise ValueError("type must be group, supergroup or channel")
        if group.username and self.find_username(group.username):
            raise ValueError(f"username {group.username} is taken")
        if not chat_id:
            while -self.next_group_id in self.groups or self._channel_id() in self.groups:
                self.next_group_id += 1
            chat_id = -self.next_group_id if group.type == "group" else self._channel_id()
            self.next_group_id += 1
        if chat_id in self.groups or chat_id >= 0:
            raise ValueError(f"{chat_id} is taken or no group id")
        self.groups[chat_id] = group
        if group.username:
            self._usernames[group.username.lower()] = chat_id
        return chat_id

    def find_username(self, username: str) -> int:
        """Id of the group or bot with this public name, 0 where there is none."""
        return self._usernames.get(username.lower().removeprefix("@"), 0)

    def _channel_id(self) -> int:
        return -1_000_000_000_000 - self.next_group_id

    # --- messages ------------------------------------------------------------------------------

    def store(self, bot: Bot, message_id: int, message: Message) -> None:
        """Keep a message in full; the oldest of all is forgotten when there are too many."""
        bot.messages[message_id] = message
        self._stored.append((bot.id, message_id))
        if len(self._stored) > self.config.outbox:
            owner, oldest = self._stored.popleft()
            if owner in self.bots:
                self.bots[owner].messages.pop(oldest, None)

    def clear(self) -> None:
        """Forget bots, people, groups, messages and files; limits are those of the start again."""
        self.limits = self.config.limits
        for bot in self.bots.values():
            bot.end_poll()
            if bot.sender is not None:
                bot.sender.stop()
        for part in (self.bots, self.people, self.groups, self._usernames, self.used_tokens):
            part.clear()
        self._stored.clear()
        self.first_uses.clear()
        self.files = FileStore(self.config.key, self.config.fetch)

    def index_usernames(self) -> None:
        """Find bots and groups by name again, after a snapshot was read."""
        self._usernames = {bot.username.lower(): bot.id for bot in self.bots.values()}
        named = ((group.username.lower(), i) for i, group in self.groups.items())
        self._usernames |= {name: chat_id for name, chat_id in named if name}

    def touch(self, *, urgent: bool = False) -> None:
        """Note that something changed; `urgent` asks for a snapshot at once."""
        self.changes += 1
        if urgent:
            self.urgent.set()


def bot_id_of(token: str) -> int | None:
    """Return the bot id in a well-formed token, else None."""
    head, _, tail = token.partition(":")
    well_formed = (
        len(token) <= 80
        and head.isascii()
        and head.isdecimal()
        and not token.startswith("0")
        and 0 < int(head) < 2**54
        and len(tail) >= 24
        and all(c.isascii() and (c.isalnum() or c in "-_") for c in tail)
    )
    return int(head) if well_formed else None
