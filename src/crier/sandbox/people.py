"""The people and groups of the simulated world, and how they look in the Bot API's JSON.

People are not stored: one id always gives the same name and username. Only what a test set by hand
is kept.
"""

from __future__ import annotations

import msgspec

from crier.sandbox.wire import Json

FIRST_NAMES = (
    *("Ada", "Bela", "Carlos", "Dina", "Emil", "Farah", "Grete", "Hugo", "Ines", "Jonas"),
    *("Kira", "Liam", "Mona", "Nils", "Olga", "Pavel", "Quentin", "Rosa", "Sami", "Tara"),
    *("Umar", "Vera", "Wanda", "Xenia", "Yusuf", "Zoe"),
)
LAST_NAMES = ("Adler", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad")
MAX_USER_ID = 2**40 - 1


class Person(msgspec.Struct, omit_defaults=True):
    """A person whose looks a test chose; an empty field is absent in the JSON."""

    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    photo: bytes = b""  # `unique` of the file


class Member(msgspec.Struct, omit_defaults=True):
    """How a person stands to a group; `rights` are those of an administrator or restricted one."""

    status: str = "member"
    title: str = ""
    rights: dict[str, bool] = {}
    until: int = 0


class Topic(msgspec.Struct, omit_defaults=True):
    """A topic of a forum."""

    name: str
    color: int
    icon: str = ""
    closed: bool = False
    hidden: bool = False


class Group(msgspec.Struct, omit_defaults=True):
    """A group, supergroup or channel. `denied` names content kinds that nobody may post.

    Bots are in `members` where their rights are not those of every administrator; where they stand
    is in their own roster.
    """

    title: str
    type: str = "group"
    username: str = ""
    migrated_to: int = 0
    denied: list[str] = []
    is_forum: bool = False
    description: str = ""
    photo: bytes = b""
    sticker_set: str = ""
    members: dict[int, Member] = {}
    permissions: dict[str, bool] = {}
    links: dict[str, Json] = {}
    topics: dict[int, Topic] = {}
    requests: list[int] = []  # people who asked to join


class StickerSet(msgspec.Struct, omit_defaults=True):
    """A set of stickers: `stickers` are `unique` of the files."""

    title: str
    owner: int
    type: str = "regular"
    stickers: list[bytes] = []
    thumbnail: bytes = b""


def person_of(user_id: int) -> Person:
    """Return the looks of a person that nobody described."""
    first = FIRST_NAMES[user_id % len(FIRST_NAMES)]
    last = LAST_NAMES[user_id // 26 % len(LAST_NAMES)] if user_id % 3 else ""
    return Person(first, last, f"user{user_id}" if user_id % 4 else "")


def user_json(user_id: int, person: Person, language: str) -> Json:
    """`User` of a person."""
    user: Json = {"id": user_id, "is_bot": False, "first_name": person.first_name}
    if person.last_name:
        user["last_name"] = person.last_name
    if person.username:
        user["username"] = person.username
    if person.language_code or language:
        user["language_code"] = person.language_code or language
    return user


def private_chat_json(user_id: int, person: Person) -> Json:
    """`Chat` of a person's private chat with the bot."""
    chat: Json = {"id": user_id, "first_name": person.first_name}
    if person.last_name:
        chat["last_name"] = person.last_name
    if person.username:
        chat["username"] = person.username
    chat["type"] = "private"
    return chat


def group_json(chat_id: int, group: Group) -> Json:
    """`Chat` of a group, supergroup or channel."""
    chat: Json = {"id": chat_id, "title": group.title}
    if group.username:
        chat["username"] = group.username
    if group.is_forum:
        chat["is_forum"] = True
    chat["type"] = group.type
    if group.type == "group":
        chat["all_members_are_administrators"] = True
        chat["accepted_gift_types"] = {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
        }
    return chat
