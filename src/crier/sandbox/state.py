"""The world in a file, so that a restarted sandbox keeps its bots, people, updates and counters.

Written whole to a temporary file and renamed, `SOON_S` after a change by the control API and at
most every `EVERY_S` otherwise, and at the end. A killed sandbox loses the last seconds; so that ids
are never given twice, it then goes on with a gap in them. Messages in full, files' contents, common
limits and faults are not kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from array import array
from pathlib import Path

import msgspec

from crier.sandbox.bot import Bot, Profile, TextCount, Totals, Webhook
from crier.sandbox.files import File
from crier.sandbox.limits import Limits
from crier.sandbox.people import Group, Person, StickerSet
from crier.sandbox.roster import Roster
from crier.sandbox.updates import Update
from crier.sandbox.webhook import start_sender
from crier.sandbox.wire import Json
from crier.sandbox.world import Config, World

SOON_S = 0.2
EVERY_S = 5.0
GAP = 100_000
VERSION = 1


class StateError(Exception):
    """The state file cannot be read or written; the text says why."""


class _SavedBot(msgspec.Struct):
    id: int
    token: str
    username: str
    first_name: str
    revoked: bool
    logged_out: bool
    stars_tenths: int
    limits: Limits | None
    commands: dict[str, list[Json]]
    totals: Totals
    methods: dict[str, int]
    texts: dict[int, TextCount]
    roster: Json
    next_update_id: int
    allowed: list[str]
    updates: list[Update]
    webhook: Webhook | None
    next_message_id: int
    ledger_base: int
    ledger: bytes
    answered_callbacks: int
    profile: Profile = msgspec.field(default_factory=Profile)
    pinned: dict[int, list[int]] = {}


class _SavedWorld(msgspec.Struct):
    version: int
    clean: bool
    key: bytes
    languages: list[str]
    people: dict[int, Person]
    groups: dict[int, Group]
    next_group_id: int
    files: list[File]
    bots: list[_SavedBot]
    sticker_sets: dict[str, StickerSet] = {}


class Keeper:
    """Loads and saves one world."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved_changes = -1
        self._lock = threading.Lock()  # one write at a time, and never an older one after a newer
        self._last_taken = 0
        self._last_written = 0

    def load(self, config: Config) -> World:
        """Return the saved world, or a new one where there is no file.

        Raises:
            StateError: the file cannot be read.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            self._make_folder()
            return World(config)
        except OSError as error:
            raise StateError(f"cannot read {self._path}: {error.strerror}") from None
        try:
            saved = msgspec.msgpack.decode(data, type=_SavedWorld)
            return _restore(saved, config)
        except (msgspec.DecodeError, KeyError, AssertionError):
            raise StateError(f"{self._path} is no state of this sandbox: delete it") from None

    def _make_folder(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"cannot make {self._path.parent}: {error.strerror}") from None

    def start_senders(self, world: World) -> None:
        """Deliver again to the webhooks that were set."""
        for bot in world.bots.values():
            if bot.webhook is not None:
                start_sender(world, bot)

    async def watch(self, world: World) -> None:
        """Save whenever something changed, for ever; a failure is reported and tried again."""
        while True:
            try:
                if world.changes != self._saved_changes:
                    await asyncio.to_thread(self._write, *self._take(world, clean=False))
            except StateError as error:
                print(f"sandbox: {error}", file=sys.stderr, flush=True)  # noqa: T201
                self._saved_changes = -1
                await asyncio.sleep(EVERY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await world.urgent.wait()
                await asyncio.sleep(SOON_S)
            world.urgent.clear()

    def save(self, world: World, *, clean: bool = False) -> None:
        """Save now.

        Raises:
            StateError: the file cannot be written.
        """
        self._write(*self._take(world, clean=clean))

    def _take(self, world: World, *, clean: bool) -> tuple[int, bytes]:
        """Return a numbered snapshot."""
        self._saved_changes = world.changes
        self._last_taken += 1
        return self._last_taken, _dump(world, clean=clean)

    def _write(self, number: int, data: bytes) -> None:
        """Runs in a thread while the sandbox serves; the one before may still be running."""
        temporary = self._path.with_name(self._path.name + ".new")
        with self._lock:
            if number < self._last_written:
                return
            self._last_written = number
            try:
                with temporary.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._path)
            except OSError as error:
                raise StateError(f"cannot write {self._path}: {error.strerror}") from None


def _dump(world: World, *, clean: bool) -> bytes:
    saved = _SavedWorld(
        version=VERSION,
        clean=clean,
        key=world.files.key,
        languages=world.languages,
        people=world.people,
        groups=world.groups,
        next_group_id=world.next_group_id,
        files=list(world.files.known.values()),
        bots=[_save_bot(bot) for bot in world.bots.values()],
        sticker_sets=world.sticker_sets,
    )
    return msgspec.msgpack.encode(saved)


def _save_bot(bot: Bot) -> _SavedBot:
    return _SavedBot(
        id=bot.id,
        token=bot.token,
        username=bot.username,
        first_name=bot.first_name,
        revoked=bot.revoked,
        logged_out=bot.logged_out,
        stars_tenths=bot.stars_tenths,
        limits=bot.limits,
        commands=bot.commands,
        totals=bot.totals,
        methods=bot.methods,
        texts=dict(bot.texts),
        roster=bot.roster.dump(),
        next_update_id=bot.queue.next_id,
        allowed=sorted(bot.queue.allowed),
        updates=bot.queue.pending(),
        webhook=bot.webhook,
        next_message_id=bot.next_message_id,
        ledger_base=bot.ledger_base,
        ledger=bot.ledger.tobytes(),
        answered_callbacks=bot.answered_callbacks,
        profile=bot.profile,
        pinned=bot.pinned,
    )


def _restore(saved: _SavedWorld, config: Config) -> World:
    if saved.version != VERSION:
        raise KeyError("version")
    config.key = saved.key
    world = World(config)
    world.languages = saved.languages
    world.people = saved.people
    world.groups = saved.groups
    world.next_group_id = saved.next_group_id
    world.sticker_sets = saved.sticker_sets
    for file in saved.files:
        world.files.note(file)
    for bot in saved.bots:
        world.bots[bot.id] = _restore_bot(bot, 0 if saved.clean else GAP)
    world.index_usernames()
    return world


def _restore_bot(saved: _SavedBot, gap: int) -> Bot:
    bot = Bot(saved.id, saved.token, saved.username, saved.first_name)
    bot.revoked, bot.logged_out = saved.revoked, saved.logged_out
    bot.stars_tenths, bot.limits = saved.stars_tenths, saved.limits
    bot.commands, bot.totals, bot.methods = saved.commands, saved.totals, saved.methods
    bot.texts.update(saved.texts)
    bot.roster = Roster.load(saved.roster)
    bot.queue.allowed = frozenset(saved.allowed)
    for update in saved.updates:
        bot.queue.restore(update)
    bot.queue.next_id = saved.next_update_id + gap
    bot.webhook = saved.webhook
    bot.answered_callbacks = saved.answered_callbacks
    bot.profile, bot.pinned = saved.profile, saved.pinned
    bot.next_message_id = saved.next_message_id + gap
    bot.ledger_base, bot.ledger = saved.ledger_base, array("q", saved.ledger)
    if gap:
        bot.ledger_base, bot.ledger = bot.next_message_id, array("q")
    return bot
