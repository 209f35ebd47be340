"""People and groups: make them, and change how they stand to a bot."""

from __future__ import annotations

import random

import msgspec

from crier.sandbox.bot import Bot, Message
from crier.sandbox.calls import emit
from crier.sandbox.control import NotFoundError, Order
from crier.sandbox.methods.chats.rights import rights_of, shown_rights
from crier.sandbox.people import MAX_USER_ID, Group, Member, Person
from crier.sandbox.roster import Status
from crier.sandbox.wire import Json, encode
from crier.sandbox.world import World

FIRST_PERSON_ID = 1_000_000_001
MAX_AT_ONCE = 5_000_000
PERSONAL = ("seen", "started", "blocked", "deleted")
IN_GROUP = ("member", "administrator", "kicked", "left", "gone")


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """One described person."""

    id: int
    first_name: str = "Person"
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    status: str = "started"
    photo: bytes = b""  # base64 of the profile photo


class NewPeople(msgspec.Struct, forbid_unknown_fields=True):
    """Described people, or `count` of them with successive ids.

    Shares are exact counts (rounded) at random places; the rest stands as `status`. `languages`
    maps codes to weights. Equal `seed`, equal world.
    """

    people: list[NewPerson] = []
    count: int = 0
    first_id: int = 0
    status: str = "started"
    blocked_share: float = 0.0
    deleted_share: float = 0.0
    seen_share: float = 0.0
    languages: dict[str, float] = msgspec.field(default_factory=lambda: {"en": 1.0})
    seed: int = 1


class NewGroup(msgspec.Struct, forbid_unknown_fields=True):
    """A group that the bot is in, or with the `id` of one that is there: the bot joins it.

    `rights` are the bot's own, where it is an administrator; what is not named it may do.
    """

    title: str
    type: str = "group"
    username: str = ""
    id: int = 0
    status: str = "member"
    denied: list[str] = []
    is_update: bool = True
    is_forum: bool = False
    creator: int = 0
    members: list[int] = []
    requests: list[int] = []
    photo: bytes = b""  # base64
    rights: dict[str, bool] = {}


class StatusChange(msgspec.Struct, forbid_unknown_fields=True):
    """New standing of some chats: `chats` by id, or a share of all people that started."""

    status: str
    chats: list[int] = []
    share: float = 0.0
    seed: int = 1
    is_update: bool = True


class Migration(msgspec.Struct, forbid_unknown_fields=True):
    chat: int
    to: int = 0


def add_people(order: Order) -> Json:
    wanted, bot = order.read(NewPeople), order.bot
    if wanted.people:
        for new in wanted.people:
            _add_person(order.world, bot, new)
        return {"added": len(wanted.people)}
    if not 1 <= wanted.count <= MAX_AT_ONCE:
        raise ValueError(f"count must be 1..{MAX_AT_ONCE}")
    first = wanted.first_id or _free_id(bot)
    if not 1 <= first <= MAX_USER_ID - wanted.count:
        raise ValueError(f"first_id must be 1..{MAX_USER_ID - wanted.count}")
    statuses = _statuses(wanted)
    bot.roster.add_range(first, statuses, _languages(order.world, wanted))
    shares = {name: statuses.count(status_of(name, PERSONAL)) for name in PERSONAL}
    return {"first_id": first, "last_id": first + wanted.count - 1} | shares


def _add_person(world: World, bot: Bot, new: NewPerson) -> None:
    if not 1 <= new.id <= MAX_USER_ID:
        raise ValueError(f"a person's id must be 1..{MAX_USER_ID}")
    described = Person(new.first_name, new.last_name, new.username, new.language_code)
    if new.photo:
        described.photo = world.files.add("photo", new.photo, "", "").unique
    status = status_of(new.status, PERSONAL)
    world.people[new.id] = described
    bot.roster.add(new.id, status, world.language_index(new.language_code))


def _free_id(bot: Bot) -> int:
    people = (chat_id for chat_id in bot.roster.chat_ids if chat_id > 0)
    return max(max(people, default=0) + 1, FIRST_PERSON_ID)


def _statuses(wanted: NewPeople) -> bytes:
    rest = status_of(wanted.status, PERSONAL)
    shares = {
        Status.BLOCKED: wanted.blocked_share,
        Status.DELETED: wanted.deleted_share,
        Status.SEEN: wanted.seen_share,
    }
    if min(shares.values()) < 0 or sum(shares.values()) > 1:
        raise ValueError("shares must not be negative, and not more than 1 together")
    statuses = bytearray(bytes([rest]) * wanted.count)
    counts = {status: round(wanted.count * share) for status, share in shares.items()}
    total = min(wanted.count, sum(counts.values()))
    places = iter(random.Random(wanted.seed).sample(range(wanted.count), total))  # noqa: S311
    for status, count in counts.items():
        for place, _ in zip(places, range(count), strict=False):
            statuses[place] = status
    return bytes(statuses)


def _languages(world: World, wanted: NewPeople) -> bytes:
    codes = [world.language_index(code) for code in wanted.languages] or [0]
    weights = list(wanted.languages.values()) or [1.0]
    if len(codes) == 1:
        return bytes(codes) * wanted.count
    chosen = random.Random(wanted.seed + 1)  # noqa: S311
    return bytes(chosen.choices(codes, weights, k=wanted.count))


def add_group(order: Order) -> Json:
    wanted, world, bot = order.read(NewGroup), order.world, order.bot
    status = status_of(wanted.status, IN_GROUP)
    if wanted.id in world.groups:
        chat_id = wanted.id  # another bot joins a group that is there
    else:
        group = Group(wanted.title, wanted.type, wanted.username, 0, wanted.denied)
        group.is_forum, group.requests = wanted.is_forum, wanted.requests
        chat_id = world.add_group(group, wanted.id)
    _add_members(world.groups[chat_id], bot, wanted)
    if wanted.photo:
        photo = world.files.add("chat_photo", wanted.photo, "", "")
        world.groups[chat_id].photo = photo.unique
    bot.roster.add(chat_id, status)
    if wanted.is_update and status in (Status.MEMBER, Status.ADMINISTRATOR):
        _membership_update(world, bot, chat_id, Status.LEFT, status)
    return {"id": chat_id}


def _add_members(group: Group, bot: Bot, wanted: NewGroup) -> None:
    for user_id in wanted.members:
        group.members.setdefault(user_id, Member())
    if wanted.creator:
        group.members[wanted.creator] = Member("creator")
    if wanted.rights:
        group.members[bot.id] = Member("administrator", "", wanted.rights)


def set_status(order: Order) -> Json:
    wanted, bot = order.read(StatusChange), order.bot
    chats = wanted.chats or _share_of_people(bot, wanted)
    for chat_id in chats:
        allowed = PERSONAL if chat_id > 0 else IN_GROUP
        change_status(
            order.world, bot, chat_id, status_of(wanted.status, allowed), wanted.is_update
        )
    return {"changed": len(chats)}


def _share_of_people(bot: Bot, wanted: StatusChange) -> list[int]:
    if not 0 <= wanted.share <= 1:
        raise ValueError("share must be 0..1")
    rows = [row for row in bot.roster.rows() if bot.roster.status[row] == Status.STARTED]
    chosen = random.Random(wanted.seed).sample(rows, round(len(rows) * wanted.share))  # noqa: S311
    return [bot.roster.chat_ids[row] for row in chosen]


def change_status(
    world: World, bot: Bot, chat_id: int, status: Status, is_update: bool = True
) -> None:
    """Change a chat's standing; blocking, unblocking and membership give `my_chat_member`."""
    row = bot.roster.find(chat_id)
    if row < 0:
        raise NotFoundError(f"bot {bot.id} has no chat {chat_id}")
    old = Status(bot.roster.status[row])
    bot.roster.status[row] = status
    if not is_update or old is status:
        return
    blocks = {old, status} == {Status.STARTED, Status.BLOCKED}
    if blocks or (chat_id < 0 and Status.GONE not in (old, status)):
        _membership_update(world, bot, chat_id, old, status)


def status_of(name: str, allowed: tuple[str, ...]) -> Status:
    """Return the status of a name.

    Raises:
        ValueError: there is no such status.
    """
    if name not in allowed:
        raise ValueError(f"status must be one of {', '.join(allowed)}, not {name!r}")
    return Status[name.upper()]


def _membership_update(world: World, bot: Bot, chat_id: int, old: Status, new: Status) -> None:
    by = chat_id if chat_id > 0 else FIRST_PERSON_ID
    change: Json = {
        "chat": world.chat_json(chat_id),
        "from": world.user_json(bot, by),
        "date": int(world.unix()),
        "old_chat_member": _member(world, bot, chat_id, old),
        "new_chat_member": _member(world, bot, chat_id, new),
    }
    emit(world, bot, "my_chat_member", change, chat_id)


def _member(world: World, bot: Bot, chat_id: int, status: Status) -> Json:
    names = {Status.STARTED: "member", Status.BLOCKED: "kicked"}
    member: Json = {"user": bot.user(), "status": names.get(status, status.name.lower())}
    if member["status"] == "kicked":
        member["until_date"] = 0
    group = world.groups.get(chat_id)
    if group is not None and status is Status.ADMINISTRATOR:
        rights = shown_rights(rights_of(group, bot.id), group.type)
        member |= {"can_be_edited": False, **rights}
    return member


def migrate(order: Order) -> Json:
    """Make a group a supergroup: new id, service messages in both chats."""
    wanted, world, bot = order.read(Migration), order.world, order.bot
    old = world.groups.get(wanted.chat)
    if old is None or old.type != "group":
        raise NotFoundError(f"there is no basic group {wanted.chat}")
    if old.migrated_to:
        raise ValueError(f"group {wanted.chat} has moved to {old.migrated_to} already")
    group = Group(old.title, "supergroup", old.username, 0, old.denied)
    new_id = world.add_group(group, wanted.to)
    old.migrated_to = new_id
    for member in world.bots.values():
        row = member.roster.find(wanted.chat)
        if row >= 0:
            member.roster.add(new_id, Status(member.roster.status[row]))
            member.roster.status[row] = Status.MIGRATED
            service(world, member, wanted.chat, {"migrate_to_chat_id": new_id})
            service(world, member, new_id, {"migrate_from_chat_id": wanted.chat})
    return {"id": new_id, "bot": bot.id}


def service(world: World, bot: Bot, chat_id: int, fields: Json) -> None:
    """A service message in a group."""
    message_id = bot.take_message_id(chat_id)
    message: Json = {
        "message_id": message_id,
        "from": world.user_json(bot, FIRST_PERSON_ID),
        "chat": world.chat_json(chat_id),
        "date": int(world.unix()),
    }
    message |= fields
    world.store(bot, message_id, Message(chat_id, encode(message), False, world.unix()))
    emit(world, bot, "message", message, chat_id)
