"""One entity, and the measures Telegram uses."""

from __future__ import annotations

from typing import NamedTuple

from crier.sandbox.arguments import to_integer
from crier.sandbox.wire import Json

SPLITTABLE = frozenset(("bold", "italic", "underline", "strikethrough", "spoiler"))
QUOTES = frozenset(("blockquote", "expandable_blockquote"))
CLOSED = frozenset(("code", "pre", "date_time"))
"""Kinds in which no other entity can be."""

_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "date_time": 30,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}


class Entity(NamedTuple):
    """A run of text with a meaning; offset and length are in UTF-16 code units.

    `argument` is a link's address, code's language, a person's or an emoji's id, or a date as
    Unix time, a space, and how it is to be shown.
    """

    type: str
    offset: int
    length: int
    argument: str = ""

    @property
    def end(self) -> int:
        """The place behind."""
        return self.offset + self.length


_ARGUMENT_NAMES = {
    "text_link": "url",
    "pre": "language",
    "custom_emoji": "custom_emoji_id",
}


def entity_json(entity: Entity) -> Json:
    """`MessageEntity` of the Bot API."""
    data: Json = {"offset": entity.offset, "length": entity.length, "type": entity.type}
    if entity.type == "text_mention":
        user_id = to_integer(entity.argument)
        data["user"] = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
    elif entity.type == "date_time":
        unix, _, shown_as = entity.argument.partition(" ")
        data |= {"unix_time": int(unix), "date_time_format": shown_as}
    elif entity.argument and entity.type in _ARGUMENT_NAMES:
        data[_ARGUMENT_NAMES[entity.type]] = entity.argument
    return data


def sort_entities(entities: list[Entity]) -> list[Entity]:
    """By place, the longer first, then by kind."""
    return sorted(entities, key=_order)


def _order(entity: Entity) -> tuple[int, int, int]:
    priority = _PRIORITY.get(entity.type, 50)
    if entity.type == "pre" and entity.argument:
        priority -= 1
    return entity.offset, -entity.length, priority


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def byte_offset(text: str, at: int) -> int:
    """Place of character `at` in the UTF-8 bytes, as error texts count."""
    return len(text[:at].encode("utf-8", "surrogatepass"))


def lower(text: str) -> str:
    """`text` with its Latin letters in lower case; all others stay as they are."""
    if text.isascii():
        return text.lower()
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
